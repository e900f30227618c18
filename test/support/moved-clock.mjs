/**
 * `--import` of a process under test: its clock, and that of its threads, shows another time and may run faster. PENSTOCK_TEST_CLOCK is a JSON file,
 * looked at again and again: `{ "fromMs": …, "showsMs": …, "rate": … }`, so that it shows `showsMs` when the real one shows `fromMs`, and goes
 * `rate` times as fast. Long timers go with it; those of some seconds watch over real work, as the start of a thread. `performance.now()` knows
 * nothing of it, nor does what is not JavaScript (TLS).
 */

import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const RealDate = Date;
const file = process.env.PENSTOCK_TEST_CLOCK ?? '';
const read = () => JSON.parse(readFileSync(file, 'utf8'));
let setting = read();
const { setTimeout: realTimeout, setInterval: realInterval } = globalThis;
realInterval(() => {
  setting = read();
}, 50).unref();

function now() {
  const { fromMs, showsMs, rate } = setting;
  return Math.round(showsMs + (RealDate.now() - fromMs) * rate);
}

globalThis.Date = class extends RealDate {
  /** @param {[]} given */
  constructor(...given) {
    if (given.length === 0) super(now());
    else super(...given);
  }
  static now() {
    return now();
  }
};

const LONG_MS = 12_000;
const scaled = (ms = 0) => (ms < LONG_MS ? ms : ms / setting.rate);
/** @type {typeof setTimeout} */
const timeout = (run, ms, ...args) => realTimeout(run, scaled(ms), ...args);
/** @type {typeof setInterval} */
const interval = (run, ms, ...args) => realInterval(run, scaled(ms), ...args);
globalThis.setTimeout = Object.assign(timeout, { [promisify.custom]: realTimeout[promisify.custom] });
globalThis.setInterval = interval;
