// Starts as many threads at once as it is told, each of which loads the engine and answers one request of its own.
// Prints their results as one JSON line.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const count = Number(process.argv[2]);
const threads = Array.from({ length: count }, () => new Worker(new URL('serve-once.mjs', import.meta.url)));
const results = await Promise.all(
  threads.map(async (thread) => {
    const ended = once(thread, 'exit');
    const [result] = await once(thread, 'message');
    const [exit] = await ended;
    return { ...result, exit };
  }),
);
console.log(JSON.stringify(results));
