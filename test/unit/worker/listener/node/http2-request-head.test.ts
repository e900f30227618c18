import { describe, expect, it } from 'vitest';
import { Fault } from '../../../../../src/kit/faults.ts';
import { readRequestHead, readTrailers } from '../../../../../src/worker/listener/node/http2-request-head.ts';
import { RequestBody, type RequestHead } from '../../../../../src/worker/listener/request-head.ts';

const fields = (method: string, path: string, ...more: readonly string[]): string[] => [
  ':method',
  method,
  ':scheme',
  'https',
  ':path',
  path,
  ':authority',
  'a.test',
  ...more,
];
/** The reader's verdict: MALFORMED ends the stream, a fault is answered. */
const MALFORMED = 'malformed';
const faultOf = (all: readonly string[], ended = true): Fault | string =>
  readRequestHead(all, ended)?.fault ?? MALFORMED;
/** One that is sound. */
function headOf(all: readonly string[], ended: boolean): RequestHead {
  const head = readRequestHead(all, ended);
  if (head === null) throw new Error('malformed');
  return head;
}

describe('read-request-head', () => {
  it('sorts fields like any other head', () => {
    const head = headOf(
      fields(
        'POST',
        '/p?q=1',
        'accept',
        '*/*',
        'content-length',
        '5',
        'x-forwarded-for',
        '1.2.3.4',
        'expect',
        '100-continue',
      ),
      false,
    );
    expect([head.method, head.target, head.pathEnd, head.query, head.host]).toEqual([
      'POST',
      '/p?q=1',
      2,
      'q=1',
      'a.test',
    ]);
    expect(head.lines).toBe('accept: */*\r\n');
    expect([head.body, head.contentLength, head.expectsContinue]).toEqual([RequestBody.LENGTH, 5, true]);
    expect(head.forwarding).toEqual(['x-forwarded-for', '1.2.3.4']);
    expect(head.fault).toBe(Fault.NONE);
  });

  it('counts the bytes of its fields as lines, the authority as Host', () => {
    const lines = ['host: a.test', 'accept: */*', 'te: trailers', 'cookie: a=b; c=d'];
    const head = headOf(
      fields('GET', '/', 'accept', '*/*', 'te', 'trailers', 'cookie', 'a=b', 'cookie', 'c=d'),
      true,
    );
    // Each crumb counts as the line that it came as.
    const crumbs = 'cookie: '.length + '\r\n'.length - '; '.length;
    expect(head.bytes).toBe(lines.join('\r\n').length + 2 + crumbs);
  });

  it('knows a body by what follows, and by its length', () => {
    expect(headOf(fields('GET', '/'), true).hasBody).toBe(false);
    expect(headOf(fields('POST', '/'), false).body).toBe(RequestBody.CHUNKED);
    const empty = headOf(fields('POST', '/', 'content-length', '0'), false);
    expect([empty.body, empty.hasBody, empty.fault]).toEqual([RequestBody.LENGTH, false, Fault.NONE]);
    expect(headOf(fields('POST', '/', 'content-length', '0'), true).fault).toBe(Fault.NONE);
  });

  it('joins the crumbs of a cookie in their order', () => {
    const head = headOf(fields('GET', '/', 'cookie', 'a=b', 'x', 'y', 'cookie', 'c=d', 'cookie', ''), true);
    expect(head.lines).toBe('x: y\r\ncookie: a=b; c=d\r\n');
  });

  it.each([
    ['/', 'GET'],
    ['/a?b#'.slice(0, 4), 'GET'],
    ['/caf\xc3\xa9?\xff', 'GET'],
    ['/!$%&\'()*+,;=:@-._~[]{}|\\^`<>"', 'GET'],
    ['*', 'OPTIONS'],
    ['/*', 'OPTIONS'],
  ])('takes the target %j', (target, method) => {
    expect(faultOf(fields(method, target))).toBe(Fault.NONE);
  });

  it.each(['a', '//a b', '/a#b', '/\t', '/\0', '/\x7f', '/\r\n', '*', 'https://a.test/', '/a\n'])(
    'refuses the target %j',
    (target) => {
      expect(faultOf(fields('GET', target))).toBe(Fault.BAD_REQUEST);
    },
  );

  it.each(['CONNECT', '', 'G T', 'GET\r\n', 'GÄT', 'X'.repeat(65)])('rejects the method %j', (method) => {
    expect(faultOf(fields(method, '/'))).toBe(MALFORMED);
  });

  it('refuses CONNECT, which has neither path nor scheme (RFC 9113 8.5)', () => {
    expect(faultOf([':method', 'CONNECT', ':authority', 'a.test:443'])).toBe(Fault.BAD_REQUEST);
    expect(faultOf([':method', 'CONNECT', ':scheme', 'https', ':authority', 'a.test:443'])).toBe(MALFORMED);
  });

  it.each([':method', ':scheme', ':path', ':authority'])('rejects two of %s', (name) => {
    expect(faultOf([name, 'GET', ...fields('GET', '/')])).toBe(MALFORMED);
  });

  it('rejects an empty path and an empty scheme', () => {
    expect(faultOf(fields('GET', ''))).toBe(MALFORMED);
    expect(faultOf([':method', 'GET', ':scheme', '', ':path', '/', ':authority', 'a'])).toBe(MALFORMED);
  });

  it.each(['HTTP', 'ftp', 'https '])('refuses the scheme %j', (scheme) => {
    expect(faultOf([':method', 'GET', ':scheme', scheme, ':path', '/', ':authority', 'a'])).toBe(
      Fault.BAD_REQUEST,
    );
  });

  it.each([
    ['one host, by the authority', [], Fault.NONE],
    ['the same host twice', ['host', 'A.test'], Fault.NONE],
    ['two hosts', ['host', 'b.test'], MALFORMED],
    ['a port on one side', ['host', 'a.test:443'], MALFORMED],
    ['host twice', ['host', 'a.test', 'host', 'a.test'], MALFORMED],
    ['an empty host beside the authority', ['host', ''], MALFORMED],
  ])('%s', (_what, more, fault) => {
    const all = fields('GET', '/', ...more);
    expect(faultOf(all)).toBe(fault);
    if (fault === Fault.NONE) expect(headOf(all, true).host).toBe('a.test');
  });

  it('rejects a request without a host', () => {
    const bare = [':method', 'GET', ':scheme', 'https', ':path', '/'];
    expect(faultOf(bare)).toBe(MALFORMED);
    expect(faultOf([...bare, ':authority', ''])).toBe(Fault.BAD_REQUEST);
    expect(faultOf([...bare, 'host', ''])).toBe(MALFORMED);
    expect(faultOf([...bare, 'host', 'a.test'])).toBe(Fault.NONE);
  });

  it.each([
    ['connection', 'close'],
    ['keep-alive', '1'],
    ['proxy-connection', 'x'],
    ['transfer-encoding', 'chunked'],
    ['upgrade', 'h2c'],
    ['te', 'gzip'],
    ['te', 'trailers, gzip'],
    ['content-length', '1x'],
    ['content-length', '-1'],
    ['x a', '1'],
    ['X-A', '1'],
    ['', '1'],
    [':path', '/'],
    ['x\r\ny', '1'],
    ['x', 'a\r\nb: c'],
    ['x', 'a\nb'],
    ['x', '\0'],
    ['x', '\x7f'],
    ['x', ' a'],
    ['x', 'a\t'],
    ['x', ' '],
  ])('rejects %j: %j', (name, value) => {
    expect(faultOf(fields('GET', '/', 'x-before', '1', name, value, 'x-behind', '2'))).toBe(MALFORMED);
  });

  it.each([
    ['te', 'Trailers'],
    ['x', ''],
    ['x', 'a\tb c'],
    ['x', '\x80\xff'],
    ["!#$%&'*+-.^_`|~09az", 'v'],
  ])('takes %j: %j', (name, value) => {
    expect(faultOf(fields('GET', '/', name, value))).toBe(Fault.NONE);
  });

  it('rejects a pseudo field that it does not know, and a length where nothing follows', () => {
    expect(faultOf([':protocol', 'websocket', ...fields('GET', '/')])).toBe(MALFORMED);
    expect(faultOf(fields('POST', '/', 'content-length', '3'))).toBe(MALFORMED);
    expect(faultOf([])).toBe(MALFORMED);
  });
});

describe('read-trailers', () => {
  it('keeps what may stand behind a body', () => {
    expect(readTrailers(['x-sum', '1', 'content-length', '5', 'x-b', 'a b', 'host', 'a.test'])).toBe(
      'x-sum: 1\r\nx-b: a b\r\n',
    );
    expect(readTrailers([])).toBe('');
  });

  it.each([
    [':status', '200'],
    ['x\r\ny', '1'],
    ['X-A', '1'],
    ['x', 'a\r\nb: c'],
    ['connection', 'close'],
    ['transfer-encoding', 'chunked'],
  ])('rejects %j: %j', (name, value) => {
    expect(readTrailers(['x-good', '1', name, value])).toBe(null);
  });
});
