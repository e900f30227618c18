/**
 * A thread that enters and leaves one endpoint of the table as fast as it can, beside others like it. Reads its orders from
 * `workerData`, waits until all of them are there, and posts what it saw.
 *
 *   orders: { module: URL of the table, segment, worker, workers, limit, most: requests it holds at a time, shared, ms }
 *   shared, 32-bit words: [ threads that are ready | requests that are in ]
 *
 * The second word is a count beside the table: one more after an entry, one less before a leave, so never more than the table has.
 */

import { parentPort, workerData } from 'node:worker_threads';

const { module, segment, worker, workers, limit, most, shared, ms } = workerData;
const { EndpointTable } = await import(module);
const table = new EndpointTable(worker, workers);
table.adopt([segment]);
const words = new Int32Array(shared);
const [READY, INSIDE] = [0, 1];
const SLOT = 200;

const seen = { entered: 0, refused: 0, above: 0 };
let held = 0;
let random = worker + 1;

function coin() {
  random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
  return random >= 2 ** 31;
}

function leave() {
  held--;
  Atomics.sub(words, INSIDE, 1);
  table.leave(SLOT);
}

if (Atomics.add(words, READY, 1) + 1 === workers) Atomics.notify(words, READY);
for (let ready = 0; ready < workers; ready = Atomics.load(words, READY))
  Atomics.wait(words, READY, ready, 1000);

const end = performance.now() + ms;
while (performance.now() < end) {
  for (let i = 0; i < 64; i++) {
    if (held === most || (held > 0 && coin())) leave();
    else if (table.enter(SLOT, limit)) {
      if (Atomics.add(words, INSIDE, 1) + 1 > limit) seen.above++;
      held++;
      seen.entered++;
    } else seen.refused++;
  }
}
while (held > 0) leave();
parentPort.postMessage(seen);
