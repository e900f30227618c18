/**
 * A thread that enters and leaves the connection table as fast as it can, beside others like it. Reads its orders from
 * `workerData`, waits until all of them are there, and posts what it saw.
 *
 *   orders: { module: URL of the table, buffer, worker, workers, keys, limit, most: connections it holds at a time,
 *             shared: SharedArrayBuffer, members: how many must come, ms }
 *   shared, 32-bit words: [ threads that are ready | gate | holders of key 0, key 1, … ]
 *
 * `holders` is a count beside the table: one more after an entry, one less before a leave, so never more than the table has.
 * With `gate` > 0 no more than that many threads are inside at a time, from before they enter to after they have left: where
 * the limit is not smaller, none may be refused.
 */

import { parentPort, workerData } from 'node:worker_threads';

const { module, buffer, worker, workers, keys, limit, most, gate, shared, members, ms } = workerData;
const { ConnectionTable } = await import(module);
const table = new ConnectionTable(buffer, worker, workers);
const words = new Int32Array(shared);
const [READY, INSIDE, HOLDERS] = [0, 1, 2];

const seen = { entered: 0, refused: 0, uncounted: 0, above: 0 };
const held = [];
let random = worker + 1;

function next(below) {
  random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((random / 2 ** 32) * below);
}

function passGate() {
  for (;;) {
    const inside = Atomics.load(words, INSIDE);
    if (inside < gate && Atomics.compareExchange(words, INSIDE, inside, inside + 1) === inside) return;
    // Lets a thread that stands still inside come to its end.
    Atomics.wait(words, INSIDE, gate, 1);
  }
}

function enter() {
  if (gate > 0) passGate();
  const key = next(keys.length);
  const slot = table.enter(keys[key], limit);
  if (slot >= 0) {
    if (Atomics.add(words, HOLDERS + key, 1) + 1 > limit) seen.above++;
    held.push([key, slot]);
    seen.entered++;
    return;
  }
  if (slot === -1) seen.refused++;
  else seen.uncounted++;
  if (gate > 0) Atomics.sub(words, INSIDE, 1);
}

function leave() {
  const [[key, slot]] = held.splice(next(held.length), 1);
  Atomics.sub(words, HOLDERS + key, 1);
  table.leave(slot);
  if (gate > 0) Atomics.sub(words, INSIDE, 1);
}

if (Atomics.add(words, READY, 1) + 1 === members) Atomics.notify(words, READY);
for (let ready = 0; ready < members; ready = Atomics.load(words, READY))
  Atomics.wait(words, READY, ready, 1000);

const end = performance.now() + ms;
while (performance.now() < end) {
  for (let i = 0; i < 64; i++) {
    if (held.length < most && (held.length === 0 || next(2) === 0)) enter();
    else leave();
  }
}
while (held.length > 0) leave();
parentPort.postMessage(seen);
