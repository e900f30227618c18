/** One DNS message over TCP and the answer to it (RFC 1035 4.2.2): each behind its length. Primary thread. Bounded in time and size. */

import { connect } from 'node:net';

const ANSWER_MS = 10_000;
const LENGTH_BYTES = 2;

/** Rejects with an Error in plain words, or with the signal's reason. */
export function askOverTcp(
  host: string,
  port: number,
  message: Buffer,
  signal: AbortSignal,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect({ host, port, noDelay: true });
    let received = Buffer.alloc(0);
    const end = (outcome: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      outcome();
    };
    const fail = (words: string): void => end(() => reject(new Error(words)));
    const abort = (): void => end(() => reject(signal.reason));
    const timer = setTimeout(() => fail(`no answer within ${ANSWER_MS / 1000} s`), ANSWER_MS);
    signal.addEventListener('abort', abort, { once: true });
    socket.on('connect', () => {
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt16BE(message.length);
      socket.write(Buffer.concat([length, message]));
    });
    socket.on('data', (piece) => {
      // At most 64 KiB: the length has 16 bits, and nothing is read behind it.
      received = Buffer.concat([received, piece]);
      if (received.length < LENGTH_BYTES) return;
      const whole = LENGTH_BYTES + received.readUInt16BE(0);
      if (received.length >= whole) end(() => resolve(received.subarray(LENGTH_BYTES, whole)));
    });
    socket.on('error', ({ message: words }) => fail(words));
    socket.on('close', () => fail('the connection was closed before the answer'));
  });
}
