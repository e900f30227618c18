/**
 * `npm run check`: everything that can be said about the code without running it. Runs all checks even when one fails,
 * then prints what the failed ones said and one line a check.
 */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { buildState, ROOT } from './build-state.mjs';

const bin = (/** @type {string} */ name) => join(ROOT, 'node_modules', '.bin', name);

/** The longest first: two go side by side. */
const CHECKS = [
  {
    name: 'types of the tests',
    mend: '',
    command: [bin('tsc'), '-p', 'tsconfig.test.json', '--pretty', 'false'],
  },
  { name: 'lint and format', mend: 'npm run format', command: [bin('biome'), 'check', '--colors=off', '.'] },
  {
    name: 'types',
    mend: '',
    // The build begins with the same program over the same files.
    isShown: buildState() === 'fresh',
    command: [bin('tsc'), '-p', 'tsconfig.json', '--noEmit', '--pretty', 'false'],
  },
  {
    name: 'import rules',
    mend: 'each violated rule in .dependency-cruiser.mjs says how',
    command: [bin('depcruise'), 'src', '--config', '.dependency-cruiser.mjs', '--output-type', 'err-long'],
  },
  { name: 'dead code', mend: 'delete it, or use it', command: [bin('knip'), '--no-progress'] },
  {
    name: 'dead code in the package',
    mend: 'delete it; what only tests use belongs into test/support',
    command: [bin('knip'), '--production', '--no-progress'],
  },
];

const results = [];
const waiting = CHECKS.values();
// The smallest machine has as many cores.
await Promise.all([work(), work()]);

async function work() {
  for (const check of waiting) {
    const isShown = check.isShown === true;
    results.push({
      ...check,
      ...(isShown ? { status: 0, output: '', seconds: 0 } : await run(check.command)),
    });
  }
}

for (const { name, mend, status, output } of results) {
  if (status !== 0) console.log(`\n── ${name}${mend === '' ? '' : ` (to mend: ${mend})`}\n${output.trim()}`);
}
console.log('');
for (const { name, status, seconds } of results) {
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'}  ${name} (${seconds.toFixed(1)} s)`);
}
process.exitCode = results.every(({ status }) => status === 0) ? 0 : 1;

/**
 * @param {readonly string[]} command
 * @returns {Promise<{ status: number, output: string, seconds: number }>}
 */
function run([file = '', ...args]) {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    let output = '';
    const finish = (/** @type {number} */ status) =>
      resolve({ status, output, seconds: (performance.now() - startedMs) / 1000 });
    const child = spawn(file, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.setEncoding('utf8').on('data', (piece) => (output += piece));
    child.stderr.setEncoding('utf8').on('data', (piece) => (output += piece));
    child.once('error', (error) => {
      output += error.message;
      finish(-1);
    });
    child.once('close', (status) => finish(status ?? -1));
  });
}
