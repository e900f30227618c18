/** The pattern of very large test bodies: blocks that all differ, so that a lost, doubled or swapped one changes the hash. */

import { createHash } from 'node:crypto';

const BLOCK_BYTES = 256 * 1024;

/**
 * The body in pieces, each a buffer of its own: a socket keeps what it could not send yet.
 * @param {number} bytes
 * @returns {Generator<Buffer, void>}
 */
export function* pieces(bytes) {
  const filling = Buffer.alloc(BLOCK_BYTES);
  for (let at = 0; at < BLOCK_BYTES; at += 4) filling.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at);
  for (let sent = 0; sent < bytes; sent += BLOCK_BYTES) {
    const block = Buffer.from(filling.subarray(0, Math.min(BLOCK_BYTES, bytes - sent)));
    if (block.length >= 8) block.writeDoubleLE(sent, 0);
    yield block;
  }
}

/** Counts and hashes what it is given. */
export function bodyReader() {
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    /** @param {Uint8Array} piece */
    take(piece) {
      bytes += piece.length;
      hash.update(piece);
    },
    /** @returns {{ bytes: number, sha256: string }} */
    result: () => ({ bytes, sha256: hash.digest('hex') }),
  };
}
