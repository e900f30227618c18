/**
 * A stand-in for `penstock run` under the supervisor: node fake-child.mjs FOLDER STEP…
 * Each start takes the next step (the last one repeats) and leaves a line in FOLDER/starts: `STEP`.
 *   ready-then-<status>  says that it is ready and exits with the status
 *   ready-then-abort     … and dies of SIGABRT
 *   exit-<status>        exits without ever being ready
 *   serve                says that it is ready, notes signals in FOLDER/signals, and exits with 0 at SIGTERM or SIGINT
 *   stubborn             the same, but goes on after signals
 */

import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = '.', ...steps] = process.argv.slice(2);
const startsFile = join(folder, 'starts');
const before = existsSync(startsFile) ? readFileSync(startsFile, 'utf8').split('\n').length - 1 : 0;
const step = steps[Math.min(before, steps.length - 1)] ?? 'exit-1';

const note = (signal) => appendFileSync(join(folder, 'signals'), `${signal}\n`);

function become(ready) {
  if (ready) process.send?.('penstock:ready');
  appendFileSync(startsFile, `${step} ${process.pid}\n`);
}

if (step === 'serve' || step === 'stubborn') {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    process.on(signal, () => {
      note(signal);
      if (step === 'serve' && signal !== 'SIGHUP') process.exit(0);
    });
  }
  setInterval(() => {}, 1_000);
  become(true);
} else if (step === 'ready-then-abort') {
  become(true);
  setImmediate(() => process.kill(process.pid, 'SIGABRT'));
} else {
  const status = Number(step.split('-').at(-1));
  become(step.startsWith('ready'));
  setImmediate(() => process.exit(status));
}
