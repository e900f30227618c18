/**
 * Reads a whole file as UTF-8 text, bounded, and says in words what is wrong with one that cannot be read.
 * Primary thread, synchronous: configurations are read before anything serves, or while workers serve without us.
 */

import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { messageOf } from '../../kit/errors.ts';

export interface TextFault {
  readonly message: string;
  /** The line (from 1) that is not UTF-8; 1 for every other fault. */
  readonly line: number;
}

export interface ReadTextOptions {
  readonly maxBytes: number;
  /** Refuses pipes and devices, which could make the reader wait for ever. */
  readonly regularOnly: boolean;
}

const CHUNK_BYTES = 65_536;
const LINE_FEED = 0x0a;

/** The text without a byte order mark, or what is wrong. Never throws. */
export function readText(path: string, options: ReadTextOptions): string | TextFault {
  let bytes: Buffer | string;
  try {
    // Without O_NONBLOCK, opening a pipe that nobody writes to would never return.
    const descriptor = openSync(path, constants.O_RDONLY | (options.regularOnly ? constants.O_NONBLOCK : 0));
    try {
      bytes = readBounded(descriptor, options);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return { message: wordsOf(error), line: 1 };
  }
  if (typeof bytes === 'string') return { message: bytes, line: 1 };
  if (!isUtf8(bytes)) {
    return { message: 'is not UTF-8 text; save it in that encoding', line: firstBadLine(bytes) };
  }
  return new TextDecoder().decode(bytes);
}

/** The bytes, or why they are refused. */
function readBounded(descriptor: number, options: ReadTextOptions): Buffer | string {
  const stat = fstatSync(descriptor);
  if (stat.isDirectory()) return 'is a folder, not a file';
  if (options.regularOnly && !stat.isFile()) return 'is no regular file';
  const tooLarge = `is larger than ${options.maxBytes} bytes, the most that is read`;
  if (stat.size > options.maxBytes) return tooLarge;
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, stat.size - total + 1));
    const count = readSync(descriptor, chunk);
    if (count === 0) return Buffer.concat(chunks, total);
    chunks.push(chunk.subarray(0, count));
    total += count;
    // A file under /proc says that it is empty, and another one may grow as we read: count what really came.
    if (total > options.maxBytes) return tooLarge;
  }
}

/** A line feed is never part of a longer UTF-8 sequence, so lines can be checked one by one. */
function firstBadLine(bytes: Buffer): number {
  let line = 1;
  let from = 0;
  for (;;) {
    const end = bytes.indexOf(LINE_FEED, from);
    if (end < 0 || !isUtf8(bytes.subarray(from, end))) return line;
    from = end + 1;
    line += 1;
  }
}

function wordsOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by this user';
    case 'ELOOP':
      return 'is a symbolic link that leads to itself';
    case 'ERR_INVALID_ARG_VALUE':
      return 'has a name that no file can have';
    default:
      return `cannot be read (${typeof code === 'string' ? code : messageOf(error)})`;
  }
}
