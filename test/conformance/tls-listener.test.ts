import { connect as connectTls, type SecureVersion, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../support/cert-maker.ts';
import { type Bed, HOST, onlyOn, startBed, TLS_HOST } from '../support/conformance-bed.ts';
import { within } from '../support/wait-for.ts';

let bed: Bed;
beforeAll(async () => {
  const { certPem, keyPem } = await makeCertificate({ hosts: ['own.test', '*.wild.test'] });
  bed = await startBed({
    routes: [{ host: ['own.test', 'a.wild.test'], service: 'origin', tls: 'manual' }],
    config: { certificates: [{ cert_file: 'own.pem', key_file: 'own.key' }] },
    files: { 'own.pem': certPem, 'own.key': keyPem },
    // With it on, the choice of HTTP/2 has tests of its own.
    listen: { http2: false },
  });
});
afterAll(() => bed.stop());

interface Wish {
  readonly servername?: string;
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  readonly ALPNProtocols?: string[];
}

/** The socket after the handshake; the test ends it. */
function handshake(wish: Wish): Promise<TLSSocket> {
  const socket = connectTls({
    port: bed.penstock.ports.https,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    // Else OpenSSL itself would not offer TLS 1.1.
    ciphers: 'DEFAULT@SECLEVEL=0',
    ...wish,
  });
  const done = new Promise<TLSSocket>((resolve, reject) => {
    socket.once('secureConnect', () => resolve(socket));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed within the handshake')));
  });
  return within(done, { what: 'the handshake', timeoutMs: 5000 });
}

async function statusOver(socket: TLSSocket): Promise<string> {
  socket.write(`GET /a HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  const first = await within(new Promise<Buffer>((resolve) => socket.once('data', resolve)), {
    what: 'the answer',
  });
  socket.destroy();
  return first.toString('latin1').split('\r\n', 1)[0] ?? '';
}

describe('TLS versions', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('%s is served', async (version) => {
    const socket = await handshake({ servername: TLS_HOST, minVersion: version, maxVersion: version });
    expect(socket.getProtocol()).toBe(version);
    expect(await statusOver(socket)).toBe('HTTP/1.1 200 OK');
  });

  it.each(['TLSv1', 'TLSv1.1'] as const)('%s is refused', async (version) => {
    await expect(
      handshake({ servername: TLS_HOST, minVersion: version, maxVersion: version }),
    ).rejects.toThrow();
  });
});

describe('ALPN, RFC 7301, where HTTP/2 is off', () => {
  it('without it HTTP/1.1 is spoken', async () => {
    const socket = await handshake({ servername: TLS_HOST });
    expect(socket.alpnProtocol).toBe(false);
    expect(await statusOver(socket)).toBe('HTTP/1.1 200 OK');
  });

  onlyOn('node', () => {
    it.each([[['h2', 'http/1.1']], [['http/1.1']], [['http/1.1', 'h2']], [['spdy/3', 'http/1.1']]])(
      '%j: http/1.1',
      async (protocols) => {
        const socket = await handshake({ servername: TLS_HOST, ALPNProtocols: protocols });
        expect(socket.alpnProtocol).toBe('http/1.1');
        expect(await statusOver(socket)).toBe('HTTP/1.1 200 OK');
      },
    );

    it.each([[['h2']], [['spdy/3', 'h3']]])(
      '%j: none of them is spoken, so no handshake (3.2)',
      async (protocols) => {
        await expect(handshake({ servername: TLS_HOST, ALPNProtocols: protocols })).rejects.toThrow(
          /alert|closed/,
        );
      },
    );
  });

  onlyOn('uws', () => {
    it.each([[['h2', 'http/1.1']], [['h2']], [['http/1.1']]])(
      'engine limit: %j: none is chosen, HTTP/1.1 is spoken',
      async (protocols) => {
        const socket = await handshake({ servername: TLS_HOST, ALPNProtocols: protocols });
        expect(socket.alpnProtocol).toBe(false);
        expect(await statusOver(socket)).toBe('HTTP/1.1 200 OK');
      },
    );
  });
});

describe('SNI', () => {
  const namesFor = async (servername?: string): Promise<string> => {
    const socket = await handshake(servername === undefined ? {} : { servername });
    const { subjectaltname = '' } = socket.getPeerCertificate();
    expect(await statusOver(socket)).toBe('HTTP/1.1 200 OK');
    return subjectaltname;
  };

  it.each([
    ['own.test', 'DNS:own.test, DNS:*.wild.test'],
    ['a.wild.test', 'DNS:own.test, DNS:*.wild.test'],
    ['b.wild.test', 'DNS:own.test, DNS:*.wild.test'],
    [TLS_HOST, `DNS:${TLS_HOST}`],
  ])('%s: %s', async (name, names) => {
    expect(await namesFor(name)).toBe(names);
  });

  it.each(['unknown.test', 'a.b.wild.test', 'wild.test', 'x.own.test'])(
    '%s: the default certificate',
    async (name) => {
      expect(await namesFor(name)).toBe(await namesFor());
      expect(await namesFor(name)).not.toContain('own.test');
    },
  );

  onlyOn('node', () => {
    it.each(['OWN.test', 'A.Wild.Test'])('%s: names have no case (RFC 6066 3)', async (name) => {
      expect(await namesFor(name)).toBe('DNS:own.test, DNS:*.wild.test');
    });
  });

  // uWebSockets.js compares names as they come. Browsers and curl send them in lower case.
  onlyOn('uws', () => {
    it('engine limit: a name in upper case gets the default certificate, and is served', async () => {
      expect(await namesFor('OWN.test')).toBe(await namesFor());
    });
  });
});
