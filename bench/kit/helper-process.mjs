/** A helper of a benchmark in a process of its own, so that what it does is not measured: orders and answers by IPC, in turns. */

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Where the origins and clients of the tests are. */
export const TEST_SUPPORT = new URL('../../test/support/', import.meta.url);

const running = new Set();

/** @param {URL} file */
export function startHelper(file, args = []) {
  const path = fileURLToPath(file);
  const child = fork(path, args, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  running.add(child);
  void ended.then(() => running.delete(child));
  return {
    child,
    /** The next message; `what` is for the error. */
    answer: (what, timeoutMs = 30_000) => nextMessage(child, `${path}: ${what}`, timeoutMs),
    /** Sends an order, gives the next message. */
    ask(order, timeoutMs) {
      const answer = this.answer(JSON.stringify(order).slice(0, 60), timeoutMs);
      child.send(order);
      return answer;
    },
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** @throws where none comes in time, or the process ends */
function nextMessage(child, what, timeoutMs) {
  return new Promise((resolve, reject) => {
    const settle = (end) => (value) => {
      clearTimeout(timer);
      child.off('message', onMessage).off('exit', onExit);
      end(value);
    };
    const onMessage = settle(resolve);
    const onExit = () => settle(reject)(new Error(`${what}: the process ended`));
    const timer = setTimeout(
      () => settle(reject)(new Error(`${what}: no answer in ${timeoutMs} ms`)),
      timeoutMs,
    );
    child.on('message', onMessage).on('exit', onExit);
  });
}

/** Ends all that are left. */
export async function stopHelpers() {
  await Promise.all(
    [...running].map(
      (child) =>
        new Promise((resolve) => {
          child.once('exit', resolve);
          child.kill('SIGKILL');
        }),
    ),
  );
}
