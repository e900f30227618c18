import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bed,
  connect,
  expectForwarded,
  expectRefused,
  forwarded,
  HOST,
  startBed,
  WIRES,
} from '../support/conformance-bed.ts';

/** Each route says its name, so that a case sees which one took the request. */
const marked = (host: string, path: string, rest: object = {}): object => ({
  host,
  path,
  respond: { body: `${path} ${'match' in rest ? 'exact' : 'prefix'}` },
  ...rest,
});

let bed: Bed;
beforeAll(async () => {
  bed = await startBed({
    routes: [
      marked('match.test', '/'),
      marked('match.test', '/api'),
      marked('match.test', '/api/v1/'),
      marked('match.test', '/api', { match: 'exact' }),
      marked('match.test', '/dir/', { match: 'exact' }),
      marked('match.test', '/a%2Fb'),
      marked('match.test', '/b\u00fccher'),
      marked('only.test', '/app'),
      { host: 'strip.test', path: '/app', service: 'origin', rewrite: { strip_prefix: true } },
      { host: 'part.test', path: '/app/v1', service: 'origin', rewrite: { strip_prefix: '/app' } },
      { host: 'prefix.test', path: '/app', service: 'origin', rewrite: { replace_prefix: '/new/base' } },
      { host: 'root.test', path: '/app', service: 'origin', rewrite: { replace_prefix: '/' } },
      { host: 'below.test', path: '/', service: 'origin', rewrite: { replace_prefix: '/base' } },
      { host: 'path.test', path: '/app', service: 'origin', rewrite: { replace_path: '/one' } },
    ],
  });
});
afterAll(() => bed.stop());

const request = (host: string, target: string): string => `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

async function answerTo(host: string, target: string): Promise<string> {
  const client = await connect(bed);
  try {
    client.write(request(host, target));
    const { status, body } = await client.readAnswer();
    return status === 200 ? body.toString() : String(status);
  } finally {
    client.close();
  }
}

describe('which route a path finds, RFC 3986 6.2.2', () => {
  it.each([
    ['/', '/ prefix'],
    ['/x', '/ prefix'],
    ['/api', '/api exact'],
    ['/api/', '/api prefix'],
    ['/api/x', '/api prefix'],
    ['/api?x', '/api exact'],
    ['/apiv1', '/ prefix'],
    ['/API', '/ prefix'],
    ['/api/v1', '/api/v1 prefix'],
    ['/api/v1/', '/api/v1 prefix'],
    ['/api/v1/x/y', '/api/v1 prefix'],
    ['/api/v10', '/api prefix'],
    ['/dir/', '/dir/ exact'],
    ['/dir', '/ prefix'],
    ['/./api', '/api exact'],
    ['/x/../api', '/api exact'],
    ['/api/.', '/api prefix'],
    ['/api/v1/..', '/api prefix'],
    ['/api/v1/../..', '/ prefix'],
    ['/api/../api/./v1/x', '/api/v1 prefix'],
    ['/%61pi', '/api exact'],
    ['/a%70%69', '/api exact'],
    ['/x/%2e%2e/api', '/api exact'],
    ['/x/%2E./api', '/api exact'],
    ['/.%2e/api', '400'],
    ['/api%2Fv1', '/ prefix'],
    ['/api%2fv1', '/ prefix'],
    ['/a%2Fb', '/a%2Fb prefix'],
    ['/a%2fb/c', '/a%2Fb prefix'],
    ['/a/b', '/ prefix'],
    ['//api', '/ prefix'],
    ['/api//v1', '/api prefix'],
    ['/x//../api', '/ prefix'],
    ['/...', '/ prefix'],
    ['/api;x=1', '/ prefix'],
    ['/b%C3%BCcher', '/b%C3%BCcher prefix'],
    ['/b%c3%bccher/x', '/b%C3%BCcher prefix'],
  ])('%s: %s', async (target, wanted) => {
    expect(await answerTo('match.test', target)).toBe(
      wanted.replace('/b%C3%BCcher', '/b\u00fccher').replace('/api/v1 ', '/api/v1/ '),
    );
  });

  it.each(['/', '/ap', '/apple', '/x/app', '//app', '/app%2F'])(
    '%s: 404 where no route takes it',
    async (target) => {
      expect(await answerTo('only.test', target)).toBe('404');
    },
  );
});

describe.each(WIRES)('a path that climbs above the root (%s)', (wire) => {
  it.each([
    '/..',
    '/../',
    '/../a',
    '/a/../..',
    '/a/../../b',
    '/%2e%2e',
    '/%2E%2e/a',
    '/.%2e/',
    '/./..',
    '/a/b/../../../c',
    '/..?x',
  ])('%s: 400', async (target) => {
    const text = await expectRefused(bed, wire, request(HOST, target), { status: 400 });
    expect(text).toContain('The path climbs above the root.');
  });

  it.each(['/a..', '/..a', '/...', '/a/..%2Fb', '/..%2F', '/%2F..', '/..;/a', '/a/..\\..\\b'])(
    '%s does not',
    async (target) => {
      const line = `GET ${target} HTTP/1.1`;
      await expectForwarded(bed, wire, request(HOST, target), forwarded(bed, wire, { line }));
    },
  );
});

describe('without a rewrite a path goes on byte for byte', () => {
  it.each([
    '/a/./b/../c',
    '/%7Euser',
    '/%7euser',
    '//a//b/',
    '/a%2fb',
    '/%61%62',
    '/a/%2e/b',
    '/.',
    '/a/..',
    '/b\xc3\xbccher/',
  ])('%s', async (target) => {
    const line = `GET ${target} HTTP/1.1`;
    await expectForwarded(bed, 'plain', request(HOST, target), forwarded(bed, 'plain', { line }));
  });
});

describe('rewrites work on the normal form and leave the query alone', () => {
  it.each([
    ['strip.test', '/app', '/'],
    ['strip.test', '/app/', '/'],
    ['strip.test', '/app/x/y?a=%2F&b', '/x/y?a=%2F&b'],
    ['strip.test', '/app?', '/?'],
    ['strip.test', '/x/../app/%7Ea', '/~a'],
    ['strip.test', '/app/a%2fb', '/a%2Fb'],
    ['strip.test', '/app//evil.test', '//evil.test'],
    ['strip.test', '/%61pp/app', '/app'],
    ['part.test', '/app/v1/x', '/v1/x'],
    ['part.test', '/app/v1', '/v1'],
    ['prefix.test', '/app', '/new/base'],
    ['prefix.test', '/app/', '/new/base/'],
    ['prefix.test', '/app/x?y', '/new/base/x?y'],
    ['root.test', '/app', '/'],
    ['root.test', '/app/x', '/x'],
    ['root.test', '/app//x', '//x'],
    ['below.test', '/', '/base/'],
    ['below.test', '/x', '/base/x'],
    ['path.test', '/app/x/y?a=b', '/one?a=b'],
    ['path.test', '/app', '/one'],
  ])('%s%s: %s', async (host, target, rewritten) => {
    const text = forwarded(bed, 'plain', { line: `GET ${rewritten} HTTP/1.1`, host });
    await expectForwarded(bed, 'plain', request(host, target), text);
  });

  it('a path that the route does not take is not rewritten into it', async () => {
    for (const target of ['/apple', '/', '/App']) expect(await answerTo('strip.test', target)).toBe('404');
  });
});
