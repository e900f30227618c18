/** The test suite's own framer: it must not be wrong in the same way as the parser under test. */

import { describe, expect, it } from 'vitest';
import { messageFramer } from '../../support/message-framer.ts';

describe('messageFramer', () => {
  const STREAM =
    'HTTP/1.1 100 Continue\r\n\r\n' +
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello' +
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n' +
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n' +
    'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n' +
    'HTTP/1.1 502 Bad Gateway\r\n\r\nuntil the close';
  const METHODS = ['GET', 'GET', 'GET', 'HEAD', 'GET'];

  it.each([1, 2, 3, 7, 64, STREAM.length])('gives the same messages in pieces of %i bytes', (size) => {
    const framer = messageFramer({ kind: 'response', methodOf: (index) => METHODS[index] ?? '' });
    const messages = [];
    for (let at = 0; at < STREAM.length; at += size) {
      messages.push(...framer.push(Buffer.from(STREAM.slice(at, at + size), 'latin1')));
    }
    expect(messages.map(({ status, body }) => [status, body.toString()])).toEqual([
      [200, 'hello'],
      [200, 'abcde'],
      [304, ''],
      [200, ''],
    ]);
    const last = framer.finish();
    expect([last?.status, last?.body.toString()]).toEqual([502, 'until the close']);
    expect(framer.rest()).toHaveLength(0);
  });

  it('keeps what is no complete request', () => {
    const framer = messageFramer({ kind: 'request' });
    const bytes = 'POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /smuggled HTTP/1.1\r\n';
    const messages = framer.push(Buffer.from(bytes));
    expect(messages.map(({ startLine, body }) => [startLine, body.toString()])).toEqual([
      ['POST /a HTTP/1.1', 'abc'],
    ]);
    expect(framer.rest().toString()).toBe('GET /smuggled HTTP/1.1\r\n');
  });

  it('never completes a message with a broken chunk size', () => {
    const framer = messageFramer({ kind: 'response' });
    expect(
      framer.push(Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n')),
    ).toEqual([]);
    expect(framer.finish()).toBeNull();
  });
});
