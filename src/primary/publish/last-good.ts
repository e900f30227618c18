/** Keeps the last good snapshot in the state directory: whole, on the disk, readable by its owner only. Primary thread. */

import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../kit/atomic-write.ts';
import { messageOf, PenstockError } from '../../kit/errors.ts';

const FILE_NAME = 'last-good.snapshot';
const FOLDER_MODE = 0o700;
/** It holds private keys. */
const FILE_MODE = 0o600;

/**
 * Makes the state directory and finds out whether it can be written, before anything depends on it.
 * @throws PenstockError PENSTOCK_STATE_UNWRITABLE
 */
export function prepareStateDir(stateDir: string): void {
  try {
    mkdirSync(stateDir, { recursive: true, mode: FOLDER_MODE });
    accessSync(stateDir, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unwritable(stateDir, cause);
  }
}

/** @throws PenstockError PENSTOCK_STATE_UNWRITABLE */
export function storeLastGood(stateDir: string, envelope: Uint8Array): void {
  prepareStateDir(stateDir);
  try {
    writeFileAtomic(join(stateDir, FILE_NAME), envelope, FILE_MODE);
  } catch (cause) {
    throw unwritable(stateDir, cause);
  }
}

function unwritable(stateDir: string, cause: unknown): PenstockError {
  return new PenstockError(
    'PENSTOCK_STATE_UNWRITABLE',
    `the state directory ${stateDir} cannot be written (${messageOf(cause)}); name another one with state_dir`,
    { cause },
  );
}
