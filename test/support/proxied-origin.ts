/**
 * Endpoints that take a PROXY header (version 2) off each connection, then speak HTTP/1.1, maybe over TLS. Each answer says which
 * connection it came over and with what it began.
 */

import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket, type TLSSocketOptions, type TlsOptions } from 'node:tls';
import { type OriginConnection, originConnection } from './raw-origin.ts';

const FIXED_BYTES = 16;

export interface ProxiedOrigin {
  readonly port: number;
  /** What each connection began with, in hex. */
  readonly headers: readonly string[];
  /** Handshakes that ended well, and whether each resumed a session. */
  readonly resumed: readonly boolean[];
  close(): Promise<void>;
}

export type ProxiedScript = (connection: OriginConnection, header: string) => Promise<unknown>;

/** `path`: a unix socket. */
export async function startProxiedOrigin(
  options: { readonly tls?: TlsOptions; readonly path?: string; readonly script?: ProxiedScript } = {},
): Promise<ProxiedOrigin> {
  const { tls, path, script = sayWhich } = options;
  const headers: string[] = [];
  const resumed: boolean[] = [];
  const sockets = new Set<Socket>();
  // One for all connections: its tickets are good for the next.
  const secured: TLSSocketOptions | null =
    tls === undefined ? null : { isServer: true, secureContext: createSecureContext(tls), ...tls };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const take = (): void => {
      const header = takeHeader(socket);
      if (header === null) return;
      socket.off('readable', take);
      const number = headers.push(header.toString('hex')) - 1;
      const stream = secured === null ? socket : secure(socket, secured, resumed);
      script(originConnection(stream, number), header.toString('hex')).catch(() => socket.destroy());
    };
    socket.on('readable', take);
  });
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
  return {
    port: path === undefined ? (server.address() as AddressInfo).port : 0,
    headers,
    resumed,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** Null while it is not whole. */
function takeHeader(socket: Socket): Buffer | null {
  const fixed: Buffer | null = socket.read(FIXED_BYTES);
  if (fixed === null) return null;
  const length = fixed.readUInt16BE(FIXED_BYTES - 2);
  const block: Buffer | null = length === 0 ? Buffer.alloc(0) : socket.read(length);
  if (block !== null) return Buffer.concat([fixed, block]);
  socket.unshift(fixed);
  return null;
}

function secure(socket: Socket, options: TLSSocketOptions, resumed: boolean[]): TLSSocket {
  const secured = new TLSSocket(socket, options);
  secured.on('secure', () => resumed.push(secured.isSessionReused()));
  return secured;
}

async function sayWhich(connection: OriginConnection, header: string): Promise<void> {
  for (;;) {
    await connection.take('\r\n\r\n');
    const body = `${connection.number} ${header}`;
    await connection.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  }
}
