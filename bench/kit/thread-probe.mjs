/**
 * Loaded into every thread of a penstock before its own code (`--import`), where a benchmark asks what only the thread itself can tell.
 * Listens on a Unix socket of its own, `$PENSTOCK_PROBE_FOLDER/THREAD`; one word in, one line of JSON out:
 *
 *   reset     forgets the delays so far
 *   delays    { maxMs, ownMs }: the longest time between two turns of the thread's event loop, less the millisecond that lies between them
 *             anyway; and the longest that the loop was at work between two turns: less what it slept in the kernel, and less what it was
 *             ready and had no core (proc(5), schedstat). Those are the machine's, which may wake it late from a sleep, too
 *   collect   { usedBytes }: what is in use in the thread's heap, and outside for objects in it, once V8 has collected all that it can
 *
 * A turn each millisecond takes about 1 % of a core.
 */

import { openSync, readSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { threadId } from 'node:worker_threads';

const TURN_MS = 1;
const ZERO = 0x30;
const SPACE = 0x20;

const delays = { maxMs: 0, ownMs: 0 };
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

const ORDERS = {
  reset() {
    delays.maxMs = 0;
    delays.ownMs = 0;
    return {};
  },
  delays: () => delays,
  collect() {
    // What the first frees by finalizers, the second gives back.
    collect();
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return { usedBytes: heapUsed + external };
  },
};

const schedstat = openSync('/proc/thread-self/schedstat', 'r');
const text = Buffer.alloc(96);

/** Milliseconds that this thread has waited for a core: the second of the numbers, in nanoseconds. Read without garbage. */
function waitedMs() {
  const length = readSync(schedstat, text, 0, text.length, 0);
  let at = text.indexOf(SPACE) + 1;
  let nanoseconds = 0;
  for (; at < length && text[at] !== SPACE; at++) nanoseconds = nanoseconds * 10 + text[at] - ZERO;
  return nanoseconds / 1e6;
}

/** Milliseconds that the loop has slept, waiting for something to do. */
const sleptMs = () => performance.eventLoopUtilization().idle;

let lastMs = performance.now();
let lastWaitedMs = waitedMs();
let lastSleptMs = sleptMs();
setInterval(() => {
  const nowMs = performance.now();
  const nowWaitedMs = waitedMs();
  const nowSleptMs = sleptMs();
  const turnMs = nowMs - lastMs;
  delays.maxMs = Math.max(delays.maxMs, turnMs - TURN_MS);
  delays.ownMs = Math.max(delays.ownMs, turnMs - (nowSleptMs - lastSleptMs) - (nowWaitedMs - lastWaitedMs));
  lastMs = nowMs;
  lastWaitedMs = nowWaitedMs;
  lastSleptMs = nowSleptMs;
}, TURN_MS).unref();

const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', (word) => socket.end(`${JSON.stringify(ORDERS[word.toString()]())}\n`));
});
server.listen(join(process.env.PENSTOCK_PROBE_FOLDER, String(threadId))).unref();
