/**
 * What tells one content of a file from the next without reading it: device, inode, size, and both times in nanoseconds. Primary
 * thread. A file that is replaced by renaming or through a symbolic link is another inode; one that is written in place has
 * another ctime, which no program can set back.
 *
 * The times are no finer than the clock that the file system takes them from (a tick of the kernel, 1 to 10 ms; 2 s on FAT). So a stamp that was
 * taken within that of the last change may stand for a later content as well: see `isSettled`.
 */

import { type BigIntStats, statSync } from 'node:fs';

export interface FileStamp {
  /** Equal for the same content, but for what `isSettled` says. */
  readonly text: string;
  /** When the file was last touched, milliseconds since the epoch. */
  readonly changedMs: number;
}

/** More than any file system's clock takes for a tick, and what the clock of a file server may be off by. */
const SETTLED_MS = 10_000;

export function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): FileStamp {
  const changedNs = mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
  // Bigints, since overlayfs and network file systems have inodes that a double would round to their neighbour's.
  return { text: `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`, changedMs: Number(changedNs / 1_000_000n) };
}

/** Symbolic links are followed. Null: there is no such file, or it cannot be looked at. */
export function stampAt(path: string): FileStamp | null {
  try {
    return stampOf(statSync(path, { bigint: true }));
  } catch {
    return null;
  }
}

/**
 * Whether a file that was read after `beforeMs` (since the epoch) with this stamp, and has it still, has the same content still. Else it could have
 * been written again, after it was read, within the tick of its stamp.
 */
export function isSettled({ changedMs }: FileStamp, beforeMs: number): boolean {
  return beforeMs - changedMs > SETTLED_MS;
}
