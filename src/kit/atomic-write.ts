/**
 * Whole files or none: a reader, another process or a power cut sees the old content or the new one, never a part.
 * Synchronous, for either thread while it starts or reloads; never on the request path.
 */

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** Puts `bytes` at `path`, in place of what is there. The folder must exist; `mode` holds whatever the umask is. */
export function writeFileAtomic(path: string, bytes: Uint8Array, mode: number): void {
  const temporary = writeTemporary(path, bytes, mode);
  try {
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

/**
 * Puts `bytes` at `path` unless something is there: false then, and nothing changed. Unlike `writeFileAtomic` it
 * never puts a second inode in the place of one that another thread may have open already.
 */
export function createFileAtomic(path: string, bytes: Uint8Array, mode: number): boolean {
  const temporary = writeTemporary(path, bytes, mode);
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(temporary);
  }
  syncFolder(dirname(path));
  return true;
}

/** Makes a folder and what is missing above it, and their names last. One that is there stays as it is. */
export function makeFolder(path: string, mode: number): void {
  const highest = mkdirSync(path, { recursive: true, mode });
  if (highest === undefined) return;
  for (let made = resolve(path); made.length >= highest.length; made = dirname(made))
    syncFolder(dirname(made));
}

/** Takes a file away for good: no power cut brings it back. Throws ENOENT where there is none. */
export function removeFile(path: string): void {
  unlinkSync(path);
  syncFolder(dirname(path));
}

/** A file of this content beside `path`, already on the disk. The name is new each time: writers never meet. */
function writeTemporary(path: string, bytes: Uint8Array, mode: number): string {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`);
  const file = openSync(temporary, 'wx', mode);
  try {
    fchmodSync(file, mode);
    writeFileSync(file, bytes);
    fsyncSync(file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  return temporary;
}

/**
 * Makes a change of names in a folder last. Some network file systems refuse to sync a folder; they keep their own promises. One that this user may write
 * but not read, as the folder above `state_dir` may be, cannot be synced at all.
 */
export function syncFolder(folder: string): void {
  let handle: number | null = null;
  try {
    handle = openSync(folder, 'r');
    fsyncSync(handle);
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'EINVAL' && code !== 'ENOTSUP' && code !== 'EACCES') throw error;
  } finally {
    if (handle !== null) closeSync(handle);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
