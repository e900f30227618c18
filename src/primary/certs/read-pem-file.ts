/**
 * Reads a file of PEM blocks, bounded, together with the stamp of what was read. Primary thread. Never throws.
 */

import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { messageOf } from '../../kit/errors.ts';
import { type FileStamp, stampOf } from '../file-stamp.ts';

export interface PemFile {
  /** Latin-1, so that no byte is lost or added; PEM is ASCII. */
  readonly text: string;
  readonly stamp: FileStamp;
}

/** No chain comes near it; a device or a log named by mistake does not fill the memory. */
const MAX_FILE_BYTES = 1 << 20;

/** The file, or why it cannot be had. */
export function readPemFile(path: string): PemFile | string {
  try {
    // Without O_NONBLOCK, opening a pipe that nobody writes to would never return.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return readOpened(path, descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return `cannot be read: ${messageOf(error)}`;
  }
}

/** The stamp is of the very file that is read, and from before: what is written meanwhile changes it. */
function readOpened(path: string, descriptor: number): PemFile | string {
  const stats = fstatSync(descriptor, { bigint: true });
  if (!stats.isFile()) return `${path} is not a file`;
  if (stats.size > MAX_FILE_BYTES)
    return `${path} has ${stats.size} bytes, more than any certificate or key (${MAX_FILE_BYTES})`;
  return { text: readFileSync(descriptor, 'latin1'), stamp: stampOf(stats) };
}
