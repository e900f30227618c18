/**
 * A thread that asks the limiter table as fast as it can, beside others like it. Reads its orders from `workerData`, waits until all of
 * them are there, and posts what it saw.
 *
 *   orders: { table, clock: URLs of the modules, buffer, worker, limit, flood: new keys between two requests of the key, shared:
 *             SharedArrayBuffer, members: how many must come, ms }
 *   shared, 32-bit words: [ threads that are ready ]
 *
 * Seen: { passed, refused: of the key; others: new keys that passed; firstMs, lastMs: of the shared clock, as the table was told }.
 */

import { parentPort, workerData } from 'node:worker_threads';

const { buffer, worker, limit, flood, shared, members, ms } = workerData;
const { LimiterTable } = await import(workerData.table);
const { systemSharedClock } = await import(workerData.clock);
const table = new LimiterTable(buffer, worker);
const words = new Int32Array(shared);
const seen = { passed: 0, refused: 0, others: 0, firstMs: 0, lastMs: 0 };

if (Atomics.add(words, 0, 1) + 1 === members) Atomics.notify(words, 0);
for (let ready = 0; ready < members; ready = Atomics.load(words, 0)) Atomics.wait(words, 0, ready, 1000);

seen.firstMs = systemSharedClock.sharedMs();
seen.lastMs = seen.firstMs;
for (let round = 0; seen.lastMs < seen.firstMs + ms; round++) {
  for (let i = 0; i < flood; i++) {
    if (table.take(limit, `${worker} ${round} ${i}`, systemSharedClock.sharedMs()) === 0) seen.others++;
  }
  seen.lastMs = systemSharedClock.sharedMs();
  if (table.take(limit, 'key', seen.lastMs) === 0) seen.passed++;
  else seen.refused++;
}
parentPort.postMessage(seen);
