/** TLS on Node's sockets, in one thread: versions and protocols, what may be accepted, and what bad clients can do. */

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readIntoMemory } from '../../src/worker/listener/node/socket-reads.ts';
import { type MadeCertificate, makeCertificate } from '../support/cert-maker.ts';
import { opensslClient } from '../support/openssl-client.ts';
import { requireProgram } from '../support/programs.ts';
import { TcpRelay } from '../support/tcp-relay.ts';
import { askTls, echo, TlsBed, type TlsBedOptions } from '../support/tls-bed.ts';
import { tlsSnapshot } from '../support/tls-snapshot.ts';
import { waitFor, within } from '../support/wait-for.ts';

let fallback: MadeCertificate;
let named: MadeCertificate;
beforeAll(async () => {
  fallback = await makeCertificate({ hosts: ['default.test'] });
  named = await makeCertificate({ hosts: ['a.test'], keyType: 'rsa' });
});

const beds: TlsBed[] = [];
afterEach(async () => {
  for (const bed of beds.splice(0)) await bed.close();
});

async function open(options: Partial<TlsBedOptions> = {}): Promise<TlsBed> {
  const snapshot = tlsSnapshot({ fallback, served: { 'a.test': named } });
  const bed = await TlsBed.open({ snapshot, ...options });
  beds.push(bed);
  return bed;
}

describe('the protocol', () => {
  it.each<[string, readonly string[], readonly string[] | undefined, string | false]>([
    ['h2 before http/1.1', ['h2', 'http/1.1'], ['http/1.1', 'h2'], 'h2'],
    ['http/1.1 where the client has no h2', ['h2', 'http/1.1'], ['http/1.1'], 'http/1.1'],
    ['the one that is known', ['h2', 'http/1.1'], ['spdy/3', 'http/1.1', 'http/1.0'], 'http/1.1'],
    ['http/1.1 where h2 is off', ['http/1.1'], ['h2', 'http/1.1'], 'http/1.1'],
    ['none where the client names none', ['h2', 'http/1.1'], undefined, false],
  ])('is %s', async (_what, protocols, alpn, chosen) => {
    const bed = await open({ protocols });
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      for (const servername of ['a.test', 'unknown.test']) {
        const answer = await askTls(bed.port, {
          servername,
          version,
          ...(alpn === undefined ? {} : { alpn }),
        });
        expect([answer.alpn, bed.secured.at(-1)?.socket.alpnProtocol]).toEqual([chosen, chosen]);
      }
    }
  });

  it.each([['http/1.0'], ['acme-tls/1'], ['spdy/3', 'h3']])(
    'refuses a client that knows only %s',
    async (...alpn) => {
      const bed = await open();
      for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
        await expect(askTls(bed.port, { alpn, version })).rejects.toMatchObject({
          code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
        });
      }
      await waitFor(() => bed.results.length === 2, { what: 'both to be counted' });
      expect(bed.results).toEqual(['failed', 'failed']);
    },
  );

  it('follows a change for connections from then on', async () => {
    const bed = await open();
    const before = await askTls(bed.port, { alpn: ['h2', 'http/1.1'], keep: true });
    bed.server.setProtocols(['http/1.1']);
    expect((await askTls(bed.port, { alpn: ['h2', 'http/1.1'] })).alpn).toBe('http/1.1');
    expect([before.alpn, await echo(before.socket, 'on')]).toEqual(['h2', 'on']);
    before.socket.destroy();
    await expect(askTls(bed.port, { alpn: ['h2'] })).rejects.toThrow();
  });
});

requireProgram('openssl')('a version', () => {
  it.each([
    ['-tls1', null],
    ['-tls1_1', null],
    ['-tls1_2', 'TLSv1.2'],
    ['-tls1_3', 'TLSv1.3'],
  ])('%s: %s', async (version, negotiated) => {
    const bed = await open();
    // Level 0: this client would not even offer the old versions.
    const { output } = await opensslClient(bed.port, [version, '-cipher', 'DEFAULT:@SECLEVEL=0']);
    expect(/^New, (TLSv[\d.]+), Cipher/m.exec(output)?.[1] ?? null).toBe(negotiated);
    if (negotiated === null) expect(output).toContain('alert protocol version');
    await waitFor(() => bed.results.length === 1, { what: 'the handshake to be counted' });
    expect(bed.results).toEqual([negotiated === null ? 'failed' : 'ok']);
  });
});

describe('a connection', () => {
  it('comes back with what it was accepted with', async () => {
    const names = ['first', 'second'];
    const bed = await open({ accept: (server, socket) => server.accept(socket, null, names.shift()) });
    await askTls(bed.port);
    await askTls(bed.port);
    expect(bed.secured.map(({ context }) => context)).toEqual(['first', 'second']);
  });

  it.each([1, 5, 100, 10_000])('is served where up to %i bytes were read from it already', async (split) => {
    const memory = Buffer.alloc(64 * 1024);
    const bed = await open({
      accept: (server, socket) => {
        let taken = false;
        const take = (bytes: Buffer): void => {
          if (taken) return;
          taken = true;
          // The rest is what the socket still brings.
          socket.pause();
          if (bytes.length > split) socket.unshift(Buffer.from(bytes.subarray(split)));
          server.accept(socket, bytes.subarray(0, split), undefined);
          // It was the caller's memory, and is used for the next connection.
          memory.fill(0);
        };
        const shared = readIntoMemory(socket, memory, (length) => {
          take(memory.subarray(0, length));
          return true;
        });
        if (!shared) socket.on('data', take);
        socket.resume();
      },
    });
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const { socket } = await askTls(bed.port, { version, keep: true });
      expect(await echo(socket, 'x'.repeat(1000))).toBe('x'.repeat(1000));
      socket.destroy();
    }
    expect(bed.results).toEqual(['ok', 'ok']);
  });

  it('that was handed over while it flowed loses nothing', async () => {
    const bed = await open({
      accept: (server, socket) => {
        socket.once('data', (bytes) => server.accept(socket, bytes, undefined));
        socket.resume();
      },
    });
    await askTls(bed.port);
    expect(bed.results).toEqual(['ok']);
  });

  const read = [
    ['nothing', null],
    ['a byte', Buffer.of(22)],
  ] as const;

  it.each(read)('that is gone already, after %s, is counted and closed', async (_what, first) => {
    const bed = await open({
      accept: (server, socket) => {
        socket.destroy(new Error('reset meanwhile'));
        server.accept(socket, first, undefined);
        // At once: nothing more will come of it.
        expect([...bed.results, server.pending]).toEqual(['failed', 0]);
      },
    });
    await expect(askTls(bed.port)).rejects.toThrow();
    await bed.ended(1);
  });

  it.each(read)('whose client has ended already, after %s, is counted and closed', async (_what, first) => {
    const bed = await open({
      allowHalfOpen: true,
      accept: (server, socket) => {
        socket.on('end', () => server.accept(socket, first, undefined));
        socket.resume();
      },
    });
    (await bed.tcp()).end('x');
    await bed.ended(1);
    expect(bed.results).toEqual(['failed']);
  });

  it('leaves no timer of its handshake behind', async () => {
    const bed = await open();
    for (let i = 0; i < 20; i++) await askTls(bed.port);
    expect(bed.server.pending).toBe(0);
    const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout');
    for (let i = 0; i < 20; i++) await askTls(bed.port);
    expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length).toBeLessThanOrEqual(
      timers.length,
    );
  });
});

describe('a client that', () => {
  it('says nothing is cut after the handshake timeout', async () => {
    const bed = await open({ handshakeTimeoutMs: 300 });
    const startedMs = performance.now();
    const socket = await bed.tcp();
    await within(once(socket, 'close'), { what: 'the connection to be cut' });
    expect(performance.now() - startedMs).toBeGreaterThan(280);
    await bed.ended(1);
    expect(bed.results).toEqual(['timeout']);
  });

  it('drips one byte after the other has no more time', async () => {
    const bed = await open({ handshakeTimeoutMs: 300 });
    const socket = await bed.tcp();
    const drip = setInterval(() => socket.write(Buffer.of(22)), 20);
    // A record of 0x1603 bytes: never whole.
    socket.write(Buffer.of(22, 3, 1, 22, 3));
    await within(once(socket, 'close'), { what: 'the connection to be cut' });
    clearInterval(drip);
    await bed.ended(1);
    expect(bed.results).toEqual(['timeout']);
  });

  it('was secured in time is left alone afterwards', async () => {
    const bed = await open({ handshakeTimeoutMs: 300 });
    const { socket } = await askTls(bed.port, { keep: true });
    const late = await bed.tcp();
    await within(once(late, 'close'), { what: 'the one that says nothing to be cut' });
    expect(await echo(socket, 'on')).toBe('on');
    socket.destroy();
    expect(bed.results).toEqual(['ok', 'timeout']);
  });

  it.each([
    ['plain HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')],
    ['zeros', Buffer.alloc(1000)],
    ['an alert', Buffer.of(21, 3, 3, 0, 2, 2, 40)],
    ['a ClientHello of no length', Buffer.of(22, 3, 1, 0, 4, 1, 0, 0, 0)],
    [
      'a ClientHello that lies about its parts',
      Buffer.concat([Buffer.of(22, 3, 1, 0, 44, 1, 0, 0, 40), Buffer.alloc(40, 255)]),
    ],
  ])('sends %s is closed', async (_what, bytes) => {
    const bed = await open();
    const socket = await bed.tcp();
    socket.write(bytes);
    socket.resume();
    await within(once(socket, 'close'), { what: 'the connection to be closed' });
    await bed.ended(1);
    expect(bed.results).toEqual(['failed']);
  });

  it.each([
    ['sends nothing and ends', (socket: Socket) => socket.end()],
    ['sends nothing and resets', (socket: Socket) => socket.resetAndDestroy()],
    ['ends in its ClientHello', (socket: Socket) => socket.end(Buffer.of(22, 3, 1, 2, 0, 1))],
    [
      'resets in its ClientHello',
      (socket: Socket) => socket.write(Buffer.of(22, 3, 1, 2, 0, 1), () => socket.resetAndDestroy()),
    ],
  ])('%s is forgotten', async (_what, leave) => {
    for (const allowHalfOpen of [false, true]) {
      const bed = await open({ allowHalfOpen });
      leave(await bed.tcp());
      await bed.ended(1);
      expect(bed.results).toEqual(['failed']);
    }
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'resets or spoils any of its bytes is forgotten, secured or not (%s)',
    async (version) => {
      // A spoiled length makes the server wait for the rest of a record.
      const bed = await open({ handshakeTimeoutMs: 1_000 });
      const ways = (['reset', 'spoil'] as const).flatMap((then) =>
        Array.from({ length: 32 }, (_, step) => ({ then, limit: step * 71 })),
      );
      const ask = { servername: 'a.test', version };
      const { session } = await askTls(bed.port, ask);
      if (session === undefined) throw new Error('there is no session to resume');
      await Promise.all(
        ways.map(async (wish) => {
          const relay = await TcpRelay.open(bed.port, wish);
          await askTls(relay.port, ask).catch(() => {});
          await askTls(relay.port, { ...ask, session }).catch(() => {});
          relay.close();
        }),
      );
      await bed.ended(1 + 2 * ways.length);
      for (const result of ['ok', 'resumed', 'failed']) expect(bed.results).toContain(result);
      expect(bed.reports).toEqual([]);
      expect((await askTls(bed.port)).commonName).toBe('default.test');
    },
  );

  it('wants to renegotiate is refused, which HTTP/2 asks for (RFC 9113 9.2.1)', async () => {
    const bed = await open();
    const answer = await askTls(bed.port, { version: 'TLSv1.2', keep: true });
    const refused = once(answer.socket, 'error');
    answer.socket.renegotiate({}, () => {});
    expect(await within(refused, { what: 'an answer' })).toMatchObject([
      { code: 'ERR_SSL_NO_RENEGOTIATION' },
    ]);
    expect(bed.results).toEqual(['ok']);
  });

  it.each([
    // Application data that no key made; then one that is too long to be a record.
    [
      'sends a forged record',
      (relay: TcpRelay) => relay.inject(Buffer.of(23, 3, 3, 0, 24, ...new Array(24).fill(7))),
    ],
    ['sends no record', (relay: TcpRelay) => relay.inject(Buffer.alloc(64, 255))],
    ['resets', (relay: TcpRelay) => relay.reset()],
  ])('%s when it is secured loses its connection, and the owner hears why', async (_what, spoil) => {
    for (const allowHalfOpen of [false, true]) {
      const bed = await open({ allowHalfOpen });
      const relay = await TcpRelay.open(bed.port);
      const { socket } = await askTls(relay.port, { keep: true });
      const errors: unknown[] = [];
      bed.secured[0]?.socket.on('error', (error) => errors.push(error));
      spoil(relay);
      await bed.ended(1);
      expect(errors).toHaveLength(1);
      expect(bed.results).toEqual(['ok']);
      // And without an owner who listens, nothing goes unheard: an error would end this process.
      await askTls(relay.port, { keep: true });
      spoil(relay);
      await bed.ended(2);
      socket.destroy();
      relay.close();
    }
  });
});

describe('closing', () => {
  it('cuts handshakes, takes no more and leaves what is secured', async () => {
    const bed = await open();
    const { socket } = await askTls(bed.port, { keep: true });
    const silent = await bed.tcp();
    await waitFor(() => bed.server.pending === 1, { what: 'the handshake' });
    bed.server.close();
    await within(once(silent, 'close'), { what: 'the handshake to be cut' });
    await expect(askTls(bed.port)).rejects.toThrow();
    expect(await echo(socket, 'on')).toBe('on');
    socket.destroy();
    await bed.ended(3);
    expect(bed.results).toEqual(['ok', 'failed', 'failed']);
  });
});
