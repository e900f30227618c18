/**
 * The origin behind what is measured, in a process of its own: the one in C (native-bench), or the one in Node where there is no compiler.
 * Both answer the same: `?bytes=` and `headers=` in the target say what a request gets.
 */

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from './lab.mjs';

const NATIVE = fileURLToPath(new URL('../../native-bench', import.meta.url));
const IN_NODE = fileURLToPath(new URL('node-origin.mjs', import.meta.url));

/** Builds the programs of native-bench; where they cannot be built, throws. */
export function buildNative() {
  execFileSync('make', ['-s', '-C', NATIVE], { stdio: ['ignore', 'inherit', 'inherit'] });
}

/** `cpus`: those that it may run on, as taskset has them; empty = all. Gives its port and a way to stop it. */
export function startNativeOrigin(cpus = '') {
  const program = [`${NATIVE}/build/origin`];
  return startOriginProgram(cpus === '' ? program : ['taskset', '-c', cpus, ...program]);
}

/** The best origin that this machine has, and what it is. */
export async function startBestOrigin() {
  try {
    buildNative();
  } catch {
    return { ...(await startOriginProgram([process.execPath, IN_NODE])), kind: 'origin in Node' };
  }
  return { ...(await startNativeOrigin()), kind: 'origin in C' };
}

async function startOriginProgram([program, ...args]) {
  const port = await freePort();
  const child = spawn(program, [...args, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return { port, stop: () => child.kill('SIGTERM') };
}
