import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bed, connect, recordFrom, startBed, type Wire } from '../support/conformance-bed.ts';
import { fieldOf } from '../support/message-framer.ts';

const ROUTES = [
  { host: 'tls.test', service: 'origin', tls: 'self_signed' },
  { host: 'both.test', service: 'origin', tls: 'self_signed', https_redirect: false },
  { host: 'forced.test', service: 'origin', https_redirect: true },
  { host: 'to.test', path: '/fixed', redirect: { to: 'https://example.com/new' } },
  { host: 'to.test', path: '/uri', redirect: { to: 'https://example.com{uri}', status: 308 } },
  {
    host: 'to.test',
    path: '/parts',
    redirect: { to: '{scheme}://{host}:81{path}/x?y=1&{query}', status: 302 },
  },
  { host: 'to.test', path: '/local', redirect: { to: '/elsewhere', status: 303 } },
];

async function ask(
  bed: Bed,
  wire: Wire,
  host: string,
  target: string,
  method = 'GET',
  fields = '',
): Promise<{ line: string; location: string | null; head: string }> {
  const since = recordFrom(bed);
  const client = await connect(bed, wire);
  try {
    client.write(`${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`);
    const { startLine, head } = await client.readAnswer();
    if (!startLine.includes(' 200 ')) expect(since()).toBe('');
    return { line: startLine.slice('HTTP/1.1 '.length), location: fieldOf(head, 'location'), head };
  } finally {
    client.close();
  }
}

describe('redirects', () => {
  let bed: Bed;
  let https: number;
  beforeAll(async () => {
    bed = await startBed({ routes: ROUTES });
    https = bed.penstock.ports.https;
  });
  afterAll(() => bed.stop());

  describe('to https', () => {
    it.each([
      ['tls.test', '/', '/'],
      ['TLS.test', '/a/b?c=d&e=%2F', '/a/b?c=d&e=%2F'],
      ['tls.test:1234', '/a?', '/a?'],
      ['tls.test.', '/a', '/a'],
      ['tls.test', '/%7Ea/./b/../c', '/%7Ea/./b/../c'],
      ['tls.test', '//evil.test/a', '//evil.test/a'],
      // A URI is ASCII (RFC 3986 2.1): what is not is the same path percent-encoded.
      ['tls.test', '/b\xc3\xbccher', '/b%C3%BCcher'],
      ['forced.test', '/a', '/a'],
    ])('%s%s keeps path and query', async (host, target, kept) => {
      const { line, location, head } = await ask(bed, 'plain', host, target);
      expect(line).toBe('301 Moved Permanently');
      const name = host.toLowerCase().replace(/:\d+$|\.$/, '');
      expect(location).toBe(`https://${name}:${https}${kept}`);
      expect(fieldOf(head, 'server')).toBe('penstock');
      expect(fieldOf(head, 'proxy-status')).toBe('penstock');
      expect(fieldOf(head, 'x-request-id')).not.toBeNull();
    });

    it.each([
      ['GET', 301],
      ['HEAD', 301],
      ['POST', 308],
      ['PUT', 308],
      ['DELETE', 308],
      ['get', 308],
    ])('%s: %i', async (method, status) => {
      expect((await ask(bed, 'plain', 'tls.test', '/a', method)).line).toMatch(new RegExp(`^${status} `));
    });

    it('not on TLS', async () => {
      expect((await ask(bed, 'tls', 'tls.test', '/a')).line).toBe('200 OK');
      expect((await ask(bed, 'tls', 'forced.test', '/a')).line).toBe('200 OK');
    });

    it('not where the route says so', async () => {
      expect((await ask(bed, 'plain', 'both.test', '/a')).line).toBe('200 OK');
    });

    it('what a peer that is not trusted says about https changes nothing', async () => {
      expect((await ask(bed, 'plain', 'tls.test', '/a', 'GET', 'X-Forwarded-Proto: https\r\n')).line).toMatch(
        /^301 /,
      );
    });
  });

  describe('of a route', () => {
    it.each([
      ['/fixed/a?b', 'plain', '301 Moved Permanently', 'https://example.com/new'],
      ['/uri/a?b=c', 'plain', '308 Permanent Redirect', 'https://example.com/uri/a?b=c'],
      ['/parts/a?b=c', 'plain', '302 Found', 'http://to.test:81/parts/a/x?y=1&b=c'],
      ['/parts/a', 'tls', '302 Found', 'https://to.test:81/parts/a/x?y=1&'],
      ['/local', 'plain', '303 See Other', '/elsewhere'],
    ] as const)('%s (%s)', async (target, wire, line, location) => {
      expect(await ask(bed, wire, 'to.test', target)).toMatchObject({ line, location });
    });

    it('a placeholder in the request is not filled in', async () => {
      const { location } = await ask(bed, 'plain', 'to.test', '/uri/{host}?{query}');
      expect(location).toBe('https://example.com/uri/{host}?{query}');
    });

    it('nothing in a request can add a line to the answer', async () => {
      const { head } = await ask(bed, 'plain', 'to.test', '/uri/%0d%0aSet-Cookie:%20a=b');
      expect(fieldOf(head, 'location')).toBe('https://example.com/uri/%0d%0aSet-Cookie:%20a=b');
      expect(fieldOf(head, 'set-cookie')).toBeNull();
    });
  });
});

describe('behind a trusted proxy that ends TLS', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await startBed({ routes: ROUTES, config: { trusted_proxies: ['127.0.0.1'] } });
  });
  afterAll(() => bed.stop());

  it.each(['tls.test', 'forced.test'])('%s: X-Forwarded-Proto: https is no loop', async (host) => {
    expect((await ask(bed, 'plain', host, '/a', 'GET', 'X-Forwarded-Proto: https\r\n')).line).toBe('200 OK');
  });

  it.each(['', 'X-Forwarded-Proto: http\r\n', 'X-Forwarded-Host: x-forwarded-proto\r\n'])(
    '%j is redirected',
    async (fields) => {
      expect((await ask(bed, 'plain', 'tls.test', '/a', 'GET', fields)).line).toMatch(/^301 /);
    },
  );

  it('another field cannot hide it', async () => {
    const fields = 'X-Forwarded-Proto: https\r\nX-Forwarded-Server: x-forwarded-proto\r\n';
    expect((await ask(bed, 'plain', 'tls.test', '/a', 'GET', fields)).line).toBe('200 OK');
  });

  it('{scheme} is that of the client', async () => {
    const { location } = await ask(bed, 'plain', 'to.test', '/parts', 'GET', 'X-Forwarded-Proto: https\r\n');
    expect(location).toMatch(/^https:/);
  });
});
