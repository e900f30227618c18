/**
 * A folder that nobody but this user can write, for files that are loaded as code. Every file in it, or the folder that it lies in, is
 * named after its SHA-256, and each is checked before each use, so any number of threads and processes may share it. Whoever is killed
 * while he writes leaves a temporary file behind, and nothing that counts.
 */

import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, lstatSync, mkdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { createFileAtomic, writeFileAtomic } from '../kit/atomic-write.ts';
import { messageOf } from '../kit/errors.ts';
import { hashFile } from './hash-file.ts';
import { cacheUnavailable } from './native-error.ts';
import type { Environment } from './system.ts';

const MEND =
  'Name a folder that only this user can write, on a file system mounted neither read-only nor noexec, with PENSTOCK_CACHE=/path.';
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o500;

/**
 * The first usable of PENSTOCK_CACHE (then no other is tried), XDG_CACHE_HOME/penstock, ~/.cache/penstock and
 * penstock-UID in the temporary folder. One that exists but that others may write is an error, not a reason to go on:
 * somebody may have put it there.
 */
export function privateCacheFolder(environment: Environment): string {
  const failures: string[] = [];
  for (const folder of candidates(environment)) {
    try {
      makeFolder(folder);
    } catch (error) {
      failures.push(messageOf(error));
      continue;
    }
    checkFolder(folder);
    return folder;
  }
  throw cacheUnavailable(`no cache folder can be made (${failures.join('; ')})`, MEND);
}

/** The path of a native library in `folder` with this SHA-256. `make` is called where there is none, and has to give its bytes. */
export function cacheFile(folder: string, name: string, sha256: string, make: () => Uint8Array): string {
  const path = join(folder, `${name}-${sha256.slice(0, 32)}.node`);
  keepFile(path, sha256, make);
  checkLoadable(path);
  return path;
}

/** Afterwards the file at `path`, somewhere below a private folder, has this SHA-256. `make` is called where it has not, and has to give its bytes. */
export function keepFile(path: string, sha256: string, make: () => Uint8Array): void {
  if (orRefusal(path, () => holds(path, sha256))) return;
  const bytes = make();
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
    throw cacheUnavailable(`what was made for ${path} is not what was expected`, 'Install penstock anew.');
  }
  orRefusal(path, () => {
    makeFolder(dirname(path));
    // Another thread may be loading the same file: two inodes of one library in one process would be two libraries.
    if (createFileAtomic(path, bytes, FILE_MODE) || holds(path, sha256)) return;
    writeFileAtomic(path, bytes, FILE_MODE);
  });
}

/** Node's own way to make folders within folders says ENOENT of a read-only file system. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: FOLDER_MODE });
  } catch (error) {
    // Another process was faster.
    if (!existsSync(folder)) throw error;
  }
}

/** What `act` gives, or the file system's refusal in our words. */
function orRefusal<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw cacheUnavailable(`${path} cannot be written (${messageOf(error)})`, MEND, error);
  }
}

/**
 * Fails where the file lies on a file system that is mounted with noexec: the kernel refuses to load a library from there, in words that
 * name neither the reason nor the way out. access(2) tells it, also to root.
 */
export function checkLoadable(path: string): void {
  try {
    accessSync(path, constants.X_OK);
  } catch (error) {
    throw cacheUnavailable(`${path} is on a file system that is mounted with noexec`, MEND, error);
  }
}

function candidates(environment: Environment): readonly string[] {
  const { PENSTOCK_CACHE: own, XDG_CACHE_HOME: xdg } = environment;
  if (own !== undefined && own !== '') return [resolve(own)];
  const home = environment.HOME ?? homedir();
  return [
    // The XDG base directory specification: a relative path is to be ignored.
    ...(xdg !== undefined && isAbsolute(xdg) ? [join(xdg, 'penstock')] : []),
    ...(isAbsolute(home) ? [join(home, '.cache', 'penstock')] : []),
    join(tmpdir(), `penstock-${userId()}`),
  ];
}

function checkFolder(folder: string): void {
  const stat = lstatSync(folder);
  if (!stat.isDirectory()) throw cacheUnavailable(`the cache ${folder} is not a folder`, MEND);
  if (stat.uid !== userId()) {
    throw cacheUnavailable(
      `the cache ${folder} belongs to user ${stat.uid}, and penstock runs as user ${userId()}`,
      MEND,
    );
  }
  if ((stat.mode & 0o077) !== 0) {
    const mode = (stat.mode & 0o777).toString(8);
    throw cacheUnavailable(
      `other users have access to the cache ${folder} (mode ${mode})`,
      `Close it with: chmod 700 ${folder}. Or name another one with PENSTOCK_CACHE=/path.`,
    );
  }
}

/** Whether a file of ours with this content is there already. */
function holds(path: string, sha256: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile() || stat.uid !== userId() || (stat.mode & 0o022) !== 0)
    return false;
  return hashFile(path) === sha256;
}

function userId(): number {
  return process.getuid?.() ?? -1;
}
