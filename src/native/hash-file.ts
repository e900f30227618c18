/**
 * The SHA-256 of a file, in pieces: the engine's file is 7 MB, and a thread that reads it whole keeps as much memory until its next
 * garbage collection, which a process with little to do does not come to. Any thread.
 */

import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

const PIECE_BYTES = 64 * 1024;

/** In hex. Throws what the file system says. */
export function hashFile(path: string): string {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  const fd = openSync(path, 'r');
  try {
    for (let read = readSync(fd, piece); read > 0; read = readSync(fd, piece))
      hash.update(piece.subarray(0, read));
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex');
}
