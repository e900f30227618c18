import { describe, expect, it } from 'vitest';
import { Fault } from '../../../../../src/kit/faults.ts';
import { readRequestHead, readTrailers } from '../../../../../src/worker/listener/node/http2-request-head.ts';
import { RequestBody } from '../../../../../src/worker/listener/request-head.ts';

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
const faultOf = (all: readonly string[], ended = true): Fault => readRequestHead(all, ended).fault;

describe('read-request-head', () => {
  it('sorts fields like any other head', () => {
    const head = readRequestHead(
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
    const head = readRequestHead(
      fields('GET', '/', 'accept', '*/*', 'te', 'trailers', 'cookie', 'a=b', 'cookie', 'c=d'),
      true,
    );
    // Each crumb counts as the line that it came as.
    const crumbs = 'cookie: '.length + '\r\n'.length - '; '.length;
    expect(head.bytes).toBe(lines.join('\r\n').length + 2 + crumbs);
  });

  it('knows a body by what follows, and by its length', () => {
    expect(readRequestHead(fields('GET', '/'), true).hasBody).toBe(false);
    expect(readRequestHead(fields('POST', '/'), false).body).toBe(RequestBody.CHUNKED);
    const empty = readRequestHead(fields('POST', '/', 'content-length', '0'), false);
    expect([empty.body, empty.hasBody, empty.fault]).toEqual([RequestBody.LENGTH, false, Fault.NONE]);
    expect(readRequestHead(fields('POST', '/', 'content-length', '0'), true).fault).toBe(Fault.NONE);
  });

  it('joins the crumbs of a cookie in their order', () => {
    const head = readRequestHead(
      fields('GET', '/', 'cookie', 'a=b', 'x', 'y', 'cookie', 'c=d', 'cookie', ''),
      true,
    );
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

  it.each(['', 'a', '//a b', '/a#b', '/\t', '/\0', '/\x7f', '/\r\n', '*', 'https://a.test/', '/a\n'])(
    'rejects the target %j',
    (target) => {
      expect(faultOf(fields('GET', target))).toBe(Fault.BAD_REQUEST);
    },
  );

  it.each(['CONNECT', '', 'G T', 'GET\r\n', 'GÄT', 'X'.repeat(65)])('rejects the method %j', (method) => {
    expect(faultOf(fields(method, '/'))).toBe(Fault.BAD_REQUEST);
  });

  it.each(['HTTP', 'ftp', '', 'https '])('rejects the scheme %j', (scheme) => {
    expect(faultOf([':method', 'GET', ':scheme', scheme, ':path', '/', ':authority', 'a'])).toBe(
      Fault.BAD_REQUEST,
    );
  });

  it.each([
    ['one host, by the authority', [], Fault.NONE],
    ['the same host twice', ['host', 'A.test'], Fault.NONE],
    ['two hosts', ['host', 'b.test'], Fault.BAD_REQUEST],
    ['a port on one side', ['host', 'a.test:443'], Fault.BAD_REQUEST],
    ['host twice', ['host', 'a.test', 'host', 'a.test'], Fault.BAD_REQUEST],
    ['an empty host beside the authority', ['host', ''], Fault.BAD_REQUEST],
  ])('%s', (_what, more, fault) => {
    const head = readRequestHead(fields('GET', '/', ...more), true);
    expect([head.fault, head.host]).toEqual([fault, 'a.test']);
  });

  it('rejects a request without a host', () => {
    const bare = [':method', 'GET', ':scheme', 'https', ':path', '/'];
    expect(faultOf(bare)).toBe(Fault.BAD_REQUEST);
    expect(faultOf([...bare, ':authority', ''])).toBe(Fault.BAD_REQUEST);
    expect(faultOf([...bare, 'host', ''])).toBe(Fault.BAD_REQUEST);
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
  ])('rejects %j: %j, and puts it into no line', (name, value) => {
    const head = readRequestHead(fields('GET', '/', 'x-before', '1', name, value, 'x-behind', '2'), true);
    expect(head.fault).toBe(Fault.BAD_REQUEST);
    expect(head.lines).toBe('x-before: 1\r\nx-behind: 2\r\n');
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
    expect(faultOf([':protocol', 'websocket', ...fields('GET', '/')])).toBe(Fault.BAD_REQUEST);
    expect(faultOf(fields('POST', '/', 'content-length', '3'))).toBe(Fault.BAD_REQUEST);
    expect(faultOf([])).toBe(Fault.BAD_REQUEST);
  });
});

describe('read-trailers', () => {
  it('keeps what may stand behind a body', () => {
    expect(readTrailers(['x-sum', '1', 'content-length', '5', 'x-b', 'a b', 'host', 'a.test'])).toBe(
      'x-sum: 1\r\nx-b: a b\r\n',
    );
    expect(readTrailers([])).toBe('');
  });

  it('drops what is no field', () => {
    expect(readTrailers([':status', '200', 'x\r\ny', '1', 'x', 'a\r\nb: c', 'x-good', '1'])).toBe(
      'x-good: 1\r\n',
    );
  });
});
