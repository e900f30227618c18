/**
 * The key that signs sticky cookies: made once, kept in the state directory, so that cookies stay good after a restart. Primary
 * thread, at the start. Never logged; workers get it when they are made.
 *
 *   <state_dir>/sticky.key            32 random bytes, 0600
 *   <state_dir>/sticky.key.damaged    what did not read as that
 */

import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { createFileAtomic } from '../../kit/atomic-write.ts';
import { messageOf, PenstockError } from '../../kit/errors.ts';

const FILE_NAME = 'sticky.key';
const FILE_MODE = 0o600;
const KEY_BYTES = 32;

/**
 * The key of a state directory that exists. `onDamaged` is told of a file that was set aside: clients then get new cookies.
 * @throws PenstockError PENSTOCK_STATE_UNWRITABLE
 */
export function stickyKeyOf(stateDir: string, onDamaged: (file: string) => void): Uint8Array {
  const file = join(stateDir, FILE_NAME);
  try {
    const stored = readStored(file);
    if (stored?.length === KEY_BYTES) return stored;
    if (stored !== null) {
      renameSync(file, `${file}.damaged`);
      onDamaged(`${file}.damaged`);
    }
    createFileAtomic(file, randomBytes(KEY_BYTES), FILE_MODE);
    // Another penstock with this state directory may have been faster: what stands there is the key.
    return readFileSync(file);
  } catch (cause) {
    throw new PenstockError(
      'PENSTOCK_STATE_UNWRITABLE',
      `${file} cannot be read or written (${messageOf(cause)}); let the user of penstock do both, or name another folder with state_dir`,
      { cause },
    );
  }
}

/** Null where there is none. */
function readStored(file: string): Uint8Array | null {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
