/**
 * What a rate limit costs per request: `npm run build && node bench/micro/rate-limit.mjs`.
 * One check of the table that workers share, the reading of the clock included: a single key, and a million keys that take turns, each
 * somewhere else in 24 MB. The floor of the latter has no budget: the clock read, and one word read somewhere else in as much memory each
 * time, which neither the processor's caches nor its table of pages hold.
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
const FLOOR = 'floor: the clock, and one word of 24 MB';
const LET_IN = { requestsPerSecond: 1_000_000, burst: 1_000_000, seed0: 1, seed1: 2 };
const REFUSED = { requestsPerSecond: 0.001, burst: 1, seed0: 3, seed1: 4 };

function newTable() {
  const buffer = new SharedArrayBuffer(limiterTableBytes(KEYS));
  initLimiterTable(buffer, 0x1234_5678_9abc, systemSharedClock.sharedMs());
  return new LimiterTable(buffer, 0);
}

/** As short as the key of an IPv4 address is. A million texts that lie about would be measured more than the table. */
const keyOf = (i) => String.fromCharCode(2_560 + (i >> 16), i & 0xffff);

const floorWords = new Int32Array(new SharedArrayBuffer(limiterTableBytes(KEYS))).fill(1);

summary(() => {
  let place = 1;
  bench(FLOOR, () => {
    // A linear congruential generator, to which the word read is added: the processor can neither foresee a read nor begin it early.
    const word = floorWords[Math.floor((place / 2 ** 32) * floorWords.length)];
    place = (Math.imul(place, 1_664_525) + 1_013_904_222 + word) >>> 0;
    return do_not_optimize(systemSharedClock.sharedMs() + word);
  });
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

function budgetOf(name) {
  if (name === FLOOR) return null;
  return (name === 'two limits' ? 2 : 1) * BUDGET_NS.limit;
}

await runAgainst(budgetOf);
