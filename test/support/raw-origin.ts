/**
 * An origin scripted by a function per connection: it reads and writes bytes, closes, resets, or says nothing. For the
 * answers that no well-behaved server gives. (`raw-origin-record.ts` is the other kind: fixed answer, exact record.)
 */

import { type AddressInfo, createServer, type Socket } from 'node:net';
import { within } from './wait-for.ts';

export interface OriginConnection {
  /** Counts from 0 in the order of arrival. */
  readonly number: number;
  readonly socket: Socket;
  /** All bytes received so far, Latin-1; `take` removes from the front. */
  received(): string;
  /** Waits until `mark` was received, and removes everything up to its end. */
  take(mark: string): Promise<string>;
  /** Waits until so many bytes were received, and removes them. */
  takeBytes(count: number): Promise<string>;
  /** Writes Latin-1 text; resolves when the kernel has it. */
  write(text: string): Promise<void>;
  /** FIN. */
  end(): void;
  /** RST. */
  reset(): void;
  /** Resolves once the peer's FIN or reset has come. */
  readonly ended: Promise<void>;
}

export interface RawOrigin {
  readonly port: number;
  readonly connections: readonly OriginConnection[];
  close(): Promise<void>;
}

export type OriginScript = (connection: OriginConnection) => Promise<void> | void;

/** Starts one on 127.0.0.1, or on a unix socket if `path` is given. A script that fails resets its connection. */
export async function startRawOrigin(script: OriginScript, path?: string): Promise<RawOrigin> {
  const connections: OriginConnection[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const connection = originConnection(socket, connections.length);
    connections.push(connection);
    Promise.resolve(script(connection)).catch(() => connection.reset());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (path === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
  return {
    port: path === undefined ? (server.address() as AddressInfo).port : 0,
    connections,
    close: async () => {
      for (const { socket } of connections) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Reads and writes on any socket that was accepted. */
export function originConnection(socket: Socket, number: number): OriginConnection {
  let text = '';
  let look: () => void = () => {};
  let isOver = false;
  const ended = new Promise<void>((resolve) => {
    const over = () => {
      isOver = true;
      look();
      resolve();
    };
    socket.on('end', over).on('close', over);
  });
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
    look();
  });

  const takeWhen = (what: string, lengthNow: () => number): Promise<string> =>
    within(
      new Promise<string>((resolve, reject) => {
        look = () => {
          const length = lengthNow();
          if (length < 0) {
            if (isOver) reject(new Error(`the peer was gone before ${what}`));
            return;
          }
          look = () => {};
          const taken = text.slice(0, length);
          text = text.slice(length);
          resolve(taken);
        };
        look();
      }),
      { what: `${what} at the origin`, timeoutMs: 20_000 },
    );

  return {
    number,
    socket,
    ended,
    received: () => text,
    take: (mark) =>
      takeWhen(JSON.stringify(mark), () => {
        const at = text.indexOf(mark);
        return at === -1 ? -1 : at + mark.length;
      }),
    takeBytes: (count) => takeWhen(`${count} bytes`, () => (text.length >= count ? count : -1)),
    write: (bytes) => new Promise<void>((resolve) => socket.write(bytes, 'latin1', () => resolve())),
    end: () => socket.end(),
    reset: () => socket.resetAndDestroy(),
  };
}
