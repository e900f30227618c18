import { describe, expect, it } from 'vitest';
import { Fault } from '../../../../src/kit/faults.ts';
import { RequestBody, RequestHead } from '../../../../src/worker/listener/request-head.ts';

function headOf(...lines: readonly (readonly [name: string, value: string])[]): RequestHead {
  const head = new RequestHead('GET', '/a?b=c', 2);
  for (const [name, value] of lines) head.addField(name, value);
  return head;
}

describe('request-head: fields', () => {
  it('end-to-end fields stay in their order, with repetitions', () => {
    const head = headOf(['accept', 'a'], ['x', '1'], ['accept', 'b']);
    expect(head.lines).toBe('accept: a\r\nx: 1\r\naccept: b\r\n');
    expect(head.fault).toBe(Fault.NONE);
  });

  it('joins repetitions where one value is asked for', () => {
    const head = headOf(['accept', 'a'], ['accept', ''], ['accept', 'b']);
    expect(head.header('accept')).toBe('a, , b');
    expect(head.header('cookie')).toBeNull();
  });

  it('knows Host and X-Request-Id though they are kept apart', () => {
    const head = headOf(['host', 'a.test'], ['x-request-id', 'id']);
    expect([head.host, head.requestId, head.lines]).toEqual(['a.test', 'id', '']);
    expect(head.header('host')).toBe('a.test');
    expect(head.header('x-request-id')).toBe('id');
    expect(headOf().header('x-request-id')).toBeNull();
  });

  it.each([
    'te',
    'expect',
    'trailer',
    'upgrade',
    'keep-alive',
    'proxy-connection',
    'proxy-authenticate',
    'proxy-authorization',
  ])('%s ends here', (name) => {
    const head = headOf([name, 'x']);
    expect([head.lines, head.forwarding, head.fault]).toEqual(['', null, Fault.NONE]);
  });

  it.each([
    'forwarded',
    'x-real-ip',
    'x-forwarded-for',
    'x-forwarded-proto',
    'x-forwarded-',
    'x-forwarded-whatever-comes',
  ])('%s is kept apart, for trusted peers', (name) => {
    const head = headOf([name, 'x'], [name, 'y']);
    expect([head.lines, head.forwarding]).toEqual(['', [name, 'x', name, 'y']]);
  });

  it.each([
    'x_forwarded_for',
    'x-forwarded_for',
    'x_forwarded-anything',
    'x_real_ip',
    'x-real_ip',
    'x_request_id',
    'content_length',
    'transfer_encoding',
    'proxy_connection',
    'keep_alive',
  ])('%s, a twin of what penstock decides about, ends here', (name) => {
    const head = headOf([name, '5']);
    expect([head.lines, head.forwarding, head.requestId, head.hasBody]).toEqual(['', null, '', false]);
  });

  it.each([
    'x-forward',
    'x-forwarded',
    'x_forwarded',
    'xxforwarded-for',
    'x-forwardedxfor',
    'x-real-ipx',
    'x_other',
    'ho_st',
    'con-nection',
    'via',
    'tee',
  ])('%s is a field like any other', (name) => {
    expect(headOf([name, 'x']).lines).toBe(`${name}: x\r\n`);
  });

  it('knows names in any case, and keeps the case of those that go on', () => {
    const head = headOf(
      ['HOST', 'a.test'],
      ['X-Forwarded-For', '1.2.3.4'],
      ['Content-Length', '3'],
      ['TRANSFER_ENCODING', 'chunked'],
      ['X-Real_IP', '6.6.6.6'],
      ['X-Custom', 'a'],
    );
    expect([head.host, head.lines]).toEqual(['a.test', 'X-Custom: a\r\n']);
    expect([head.forwarding, head.contentLength, head.fault]).toEqual([
      ['x-forwarded-for', '1.2.3.4'],
      3,
      Fault.NONE,
    ]);
    expect(head.header('x-custom')).toBe('a');
  });

  it('says whether the client waits for 100, and whether it reads trailers', () => {
    const head = headOf(['expect', '100-Continue'], ['te', 'gzip, Trailers']);
    expect([head.expectsContinue, head.acceptsTrailers, head.lines]).toEqual([true, true, '']);
    const other = headOf(['expect', 'x'], ['te', 'gzip']);
    expect([other.expectsContinue, other.acceptsTrailers]).toEqual([false, false]);
  });

  it('refuses a Connection field with more options than anyone needs: each costs a look at every line', () => {
    const options = (count: number): string => Array.from({ length: count }, (_, i) => `x${i}`).join(', ');
    expect(headOf(['connection', options(32)]).fault).toBe(Fault.NONE);
    expect(headOf(['connection', options(33)]).fault).toBe(Fault.BAD_REQUEST);
    expect(headOf(['connection', options(20)], ['connection', options(13)]).fault).toBe(Fault.BAD_REQUEST);
  });

  it('takes blanks off around a value that is asked for, and nothing else', () => {
    expect(headOf(['x', ' \t voil\xc3\xa0 ']).header('x')).toBe('voil\xc3\xa0');
  });

  it('gathers Connection in lower case', () => {
    expect(headOf(['connection', 'Keep-Alive'], ['connection', 'X-A, CLOSE']).connection).toBe(
      'keep-alive,x-a, close',
    );
  });

  it('counts the bytes of the lines about as they came', () => {
    expect(headOf(['x', 'abc'], ['te', 'y']).bytes).toBe('x: abc\r\n'.length + 'te: y\r\n'.length);
  });

  it('has the query without its question mark', () => {
    expect(headOf().query).toBe('b=c');
    expect(new RequestHead('GET', '/a', 2).query).toBe('');
    expect(new RequestHead('GET', '/a?', 2).query).toBe('');
  });
});

describe('request-head: framing, RFC 9112 6.3', () => {
  it('no framing field: no body', () => {
    const head = headOf(['x', 'y']);
    expect([head.body, head.hasBody, head.fault]).toEqual([RequestBody.NONE, false, Fault.NONE]);
  });

  it.each([
    ['0', 0],
    ['5', 5],
    ['0005', 5],
    ['999999999999999', 999_999_999_999_999],
  ])('accepts Content-Length %s', (value, length) => {
    const head = headOf(['content-length', value]);
    expect([head.body, head.contentLength, head.hasBody, head.fault]).toEqual([
      RequestBody.LENGTH,
      length,
      length > 0,
      Fault.NONE,
    ]);
  });

  it.each([
    '',
    ' ',
    '+5',
    '-5',
    '5 ',
    ' 5',
    '0x5',
    '5,5',
    '5, 5',
    '5.0',
    '5e1',
    'x',
    '٥',
    '1000000000000000',
    '0000000000000005',
  ])('rejects Content-Length %j', (value) => {
    expect(headOf(['content-length', value]).fault).toBe(Fault.BAD_REQUEST);
  });

  it('accepts equal lengths, rejects differing ones in any order', () => {
    expect(headOf(['content-length', '5'], ['content-length', '05']).fault).toBe(Fault.NONE);
    expect(headOf(['content-length', '5'], ['content-length', '6']).fault).toBe(Fault.BAD_REQUEST);
    expect(headOf(['content-length', '0'], ['content-length', '5']).fault).toBe(Fault.BAD_REQUEST);
    expect(headOf(['content-length', '5'], ['content-length', 'x']).fault).toBe(Fault.BAD_REQUEST);
    expect(headOf(['content-length', 'x'], ['content-length', '5']).fault).toBe(Fault.BAD_REQUEST);
  });

  it.each(['chunked', 'Chunked', 'CHUNKED'])('accepts Transfer-Encoding %s', (value) => {
    const head = headOf(['transfer-encoding', value]);
    expect([head.body, head.hasBody, head.fault]).toEqual([RequestBody.CHUNKED, true, Fault.NONE]);
  });

  it.each([
    '',
    'xchunked',
    'identity',
    'gzip, chunked',
    'chunked, chunked',
    'chunked ',
    ' chunked',
    'chunked;x',
  ])('rejects Transfer-Encoding %j', (value) => {
    expect(headOf(['transfer-encoding', value]).fault).toBe(Fault.BAD_TRANSFER_CODING);
  });

  it('rejects both lengths in any order, and chunked twice', () => {
    expect(headOf(['content-length', '5'], ['transfer-encoding', 'chunked']).fault).toBe(Fault.BAD_REQUEST);
    expect(headOf(['transfer-encoding', 'chunked'], ['content-length', '5']).fault).toBe(Fault.BAD_REQUEST);
    expect(headOf(['transfer-encoding', 'chunked'], ['transfer-encoding', 'chunked']).fault).toBe(
      Fault.BAD_REQUEST,
    );
  });

  it('a fault stays, whatever comes after it', () => {
    expect(headOf(['transfer-encoding', 'gzip'], ['x', 'y'], ['content-length', '5']).fault).not.toBe(
      Fault.NONE,
    );
  });
});
