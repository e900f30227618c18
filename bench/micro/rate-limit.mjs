/**
 * What a rate limit costs per request: `npm run build && node bench/micro/rate-limit.mjs`.
 * One check of the table that workers share, the reading of the clock included: a single key, and a million keys that take turns, each
 * somewhere else in 24 MB. Less than a microsecond is what is asked for.
 */

import { bench, do_not_optimize, summary } from 'mitata';
import {
  initLimiterTable,
  LimiterTable,
  limiterTableBytes,
} from '../../build/bridge/memory/limiter-table.js';
import { systemSharedClock } from '../../build/kit/clock.js';
import { RateLimiter } from '../../build/worker/policies/rate-limiter.js';
import { BUDGET_NS, runAgainst } from './verdict.mjs';

const KEYS = 1_000_000;
const LET_IN = { requestsPerSecond: 1_000_000, burst: 1_000_000, seed0: 1, seed1: 2 };
const REFUSED = { requestsPerSecond: 0.001, burst: 1, seed0: 3, seed1: 4 };

function newTable() {
  const buffer = new SharedArrayBuffer(limiterTableBytes(KEYS));
  initLimiterTable(buffer, 0x1234_5678_9abc, systemSharedClock.sharedMs());
  return new LimiterTable(buffer, 0);
}

/** As short as the key of an IPv4 address is. A million texts that lie about would be measured more than the table. */
const keyOf = (i) => String.fromCharCode(2_560 + (i >> 16), i & 0xffff);

summary(() => {
  for (const [name, limit] of [
    ['let in', LET_IN],
    ['refused', REFUSED],
  ]) {
    const one = newTable();
    bench(`${name}, 1 key`, () => do_not_optimize(one.take(limit, keyOf(7), systemSharedClock.sharedMs())));

    const many = newTable();
    for (let i = 0; i < KEYS; i++) many.take(limit, keyOf(i), systemSharedClock.sharedMs());
    let next = 0;
    bench(`${name}, ${KEYS} keys`, () => {
      // A stride that is prime to the number: neighbours in time are not neighbours in memory.
      next = (next + 7_919) % KEYS;
      return do_not_optimize(many.take(limit, keyOf(next), systemSharedClock.sharedMs()));
    });
  }
});

summary(() => {
  const request = { host: 'a.test', header: () => null };
  const ip = { ...LET_IN, name: 'ip', by: 'ip', header: '' };
  const all = { ...LET_IN, name: 'global', by: 'global', header: '', seed0: 5 };
  for (const [name, limits] of [
    ['one limit by ip, from the address on', [ip]],
    ['two limits', [ip, all]],
  ]) {
    const limiter = new RateLimiter(newTable(), systemSharedClock);
    bench(name, () => do_not_optimize(limiter.refuses(limits, '192.0.2.1', request)));
  }
});

await runAgainst((name) => (name === 'two limits' ? 2 : 1) * BUDGET_NS.limit);
