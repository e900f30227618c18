/** ClientHellos of real clients: what Node and openssl send first. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { type ConnectionOptions, connect } from 'node:tls';
import { waitFor, within } from './wait-for.ts';

/** What Node's TLS client writes before it has heard anything. Needs no network. */
export async function nodeHello(options: ConnectionOptions): Promise<Buffer> {
  const written: Buffer[] = [];
  const wire = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      written.push(chunk);
      done();
    },
  });
  const client = connect({ ...options, socket: wire });
  client.on('error', () => {});
  await waitFor(() => written.length > 0, { what: 'the ClientHello of Node' });
  client.destroy();
  return Buffer.concat(written);
}

/** What `openssl s_client` with these further arguments sends to a server that never answers. */
export async function opensslHello(...args: readonly string[]): Promise<Buffer> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...args], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  try {
    const [socket] = (await within(once(server, 'connection'), { what: 'openssl to connect' })) as [Socket];
    const received: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    await waitFor(() => isWhole(Buffer.concat(received)), { what: 'the ClientHello of openssl' });
    socket.destroy();
    return Buffer.concat(received);
  } finally {
    child.kill();
    server.close();
  }
}

/** openssl sends its hello in one record. */
function isWhole(bytes: Buffer): boolean {
  return bytes.length >= 5 && bytes.length >= 5 + bytes.readUInt16BE(3);
}
