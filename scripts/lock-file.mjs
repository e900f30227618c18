/**
 * A lock between processes: a file that holds the process id of its owner. Whoever finds it held waits; the lock of a
 * process that is gone is taken over. No dependency: `ensure-installed.mjs` runs before anything is installed.
 */

import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;

/**
 * Runs `work` while holding the lock.
 * @template T
 * @param {{ file: string, what: string, timeoutMs: number }} options `what` is named while waiting: "an installation".
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLockFile({ file, what, timeoutMs }, work) {
  const deadline = Date.now() + timeoutMs;
  let told = false;
  while (!tryTake(file)) {
    if (Date.now() > deadline)
      throw new Error(`another process (see ${file}) has held the lock of ${what} for too long`);
    if (!told) console.error(`waiting for ${what} in another process`);
    told = true;
    await sleep(POLL_MS);
  }
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** @param {string} file */
function tryTake(file) {
  // Written aside and linked into place, so that nobody ever reads a lock without its owner's id.
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    removeIfOrphaned(file);
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** @param {string} file */
function removeIfOrphaned(file) {
  const owner = readOwner(file);
  if (owner === null || isAlive(owner)) return;
  // Two waiters may both have found the owner gone, and the slower one would remove the faster one's new lock:
  // so look at what was really moved away, and put a living owner's lock back.
  const aside = `${file}.orphan.${process.pid}`;
  try {
    renameSync(file, aside);
    if (readOwner(aside) !== owner) linkSync(aside, file);
  } catch {
    // Somebody else was faster.
  } finally {
    rmSync(aside, { force: true });
  }
}

/** @param {string} file */
function readOwner(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
