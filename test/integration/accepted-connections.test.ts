/**
 * Connections before they are sockets, on real ones: as libuv's handles, and as sockets from the beginning, which is what there is
 * where Node has no such handles any more. Both behave alike.
 */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Accepted, type AcceptedOwner, acceptFrom } from '../../src/worker/listener/door/accepted.ts';
import { waitFor } from '../support/wait-for.ts';

class Listener implements AcceptedOwner {
  text = '';
  ends = 0;

  onBytes(bytes: Buffer): void {
    this.text += bytes.toString('latin1');
  }

  onEnd(): void {
    this.ends++;
  }
}

describe.each([
  { form: 'handles', bare: true },
  { form: 'sockets', bare: false },
])('accepted connections that are $form', ({ bare }) => {
  let server: Server;
  let client: Socket;
  let received: string;
  let accepted: Accepted;
  const listener = { now: new Listener() };

  beforeEach(async () => {
    listener.now = new Listener();
    received = '';
    server = createServer({ allowHalfOpen: true, pauseOnConnect: true, highWaterMark: 65_536 }).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    const failures: string[] = [];
    const arrived = new Promise<Accepted>((resolve) =>
      acceptFrom(server, { highWaterMark: 65_536 }, resolve, (reason) => failures.push(reason), bare),
    );
    client = connect({
      port: (server.address() as AddressInfo).port,
      host: '127.0.0.1',
      allowHalfOpen: true,
    });
    client.on('error', () => {});
    client.on('data', (bytes) => {
      received += bytes.toString('latin1');
    });
    accepted = await arrived;
    expect(failures).toEqual([]);
  });

  afterEach(() => {
    client.destroy();
    accepted.close();
    server.close();
  });

  const heard = (text: string): Promise<unknown> =>
    waitFor(() => listener.now.text === text, { what: `"${text}" to be heard` });

  it('know their peer and their descriptor', () => {
    expect(accepted.remoteAddress()).toBe('127.0.0.1');
    expect(accepted.fd).toBeGreaterThan(2);
  });

  it('tell what comes, piece by piece, and become a socket that goes on behind it', async () => {
    accepted.read(listener.now);
    client.write('one ');
    await heard('one ');
    client.write('two ');
    await heard('one two ');
    const socket = accepted.toSocket();
    expect(socket.isPaused()).toBe(true);
    expect(socket.remoteAddress).toBe('127.0.0.1');
    expect(socket.writableHighWaterMark).toBe(65_536);
    let behind = '';
    socket.on('data', (bytes) => {
      behind += bytes.toString('latin1');
    });
    client.write('three');
    socket.resume();
    await waitFor(() => behind === 'three', { what: 'what came behind' });
    socket.write('answer');
    await waitFor(() => received === 'answer', { what: 'the answer' });
    expect(listener.now).toMatchObject({ text: 'one two ', ends: 0 });
    socket.destroy();
  });

  it('that the peer has ended become a socket that hears of it and can still answer', async () => {
    accepted.read(listener.now);
    client.write('question');
    await heard('question');
    const socket = accepted.toSocket();
    client.end();
    const ended = once(socket, 'end');
    socket.resume();
    await ended;
    socket.end('answer');
    await waitFor(() => received === 'answer', { what: 'the answer' });
  });

  it('tell of the peer’s end', async () => {
    accepted.read(listener.now);
    client.end('all');
    await waitFor(() => listener.now.ends > 0, { what: 'the end to be heard' });
    expect(listener.now.text).toBe('all');
  });

  it('tell of a reset as of an end', async () => {
    accepted.read(listener.now);
    client.write('x');
    await heard('x');
    client.resetAndDestroy();
    await waitFor(() => listener.now.ends > 0, { what: 'the end to be heard' });
  });

  it('that are closed end for the peer, and nobody hears of them any more', async () => {
    accepted.read(listener.now);
    client.write('x');
    await heard('x');
    const gone = once(client, 'end');
    accepted.close();
    accepted.close();
    await gone;
    expect(listener.now).toMatchObject({ text: 'x', ends: 0 });
  });

  it('may be closed without having been read', async () => {
    const gone = once(client, 'end');
    accepted.close();
    await gone;
  });
});
