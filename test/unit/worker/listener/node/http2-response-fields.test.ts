import { connect, constants, createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  responseFields,
  SINGLE_FIELDS,
  trailerFields,
} from '../../../../../src/worker/listener/node/http2-response-fields.ts';

const of = (lines: string, length = -1): Record<string, unknown> => ({
  ...responseFields(200, 'now', Buffer.from(lines, 'latin1'), length),
});

describe('response-fields', () => {
  it('are an object of lower-case names', () => {
    expect(of('Content-Type: text/html\r\nX-Own: a', 5)).toEqual({
      ':status': 200,
      date: 'now',
      'content-type': 'text/html',
      'x-own': 'a',
      'content-length': '5',
    });
    expect(of('')).toEqual({ ':status': 200, date: 'now' });
  });

  it('inherit nothing', () => {
    const fields = responseFields(200, 'now', Buffer.alloc(0), -1);
    expect([fields.constructor, fields.toString, '__proto__' in fields]).toEqual([
      undefined,
      undefined,
      false,
    ]);
    expect(Object.keys(of('constructor: a\r\n__proto__: b\r\nValueOf: c')).slice(2)).toEqual([
      'constructor',
      '__proto__',
      'valueof',
    ]);
  });

  it('keep several lines apart, in order, but for those that may come once', () => {
    expect(of('X: 1\r\nx: 2\r\nX: 3')).toMatchObject({ x: ['1', '2', '3'] });
    expect(of('Set-Cookie: a=b\r\nset-cookie: c=d')).toMatchObject({ 'set-cookie': ['a=b', 'c=d'] });
    expect(of('ETag: "a"\r\nEtag: "b"\r\netag: "c"')).toMatchObject({ etag: '"a", "b", "c"' });
  });

  it('leave out framing, the connection and the date of others', () => {
    const lines =
      'Connection Keep-Alive Proxy-Connection Transfer-Encoding Upgrade TE HTTP2-Settings Date Content-Length';
    expect(
      of(
        lines
          .split(' ')
          .map((name) => `${name}: x`)
          .join('\r\n'),
        3,
      ),
    ).toEqual({
      ':status': 200,
      date: 'now',
      'content-length': '3',
    });
  });

  it('leave out what is no field', () => {
    expect(of('nothing\r\n: a\r\nX Y: b\r\n:status: 500\r\nX\x80: c\r\n\r\nx-good: d')).toEqual({
      ':status': 200,
      date: 'now',
      'x-good': 'd',
    });
  });

  it('take the blanks from around a value, and nothing from inside', () => {
    expect(of('a:b\r\nc:  d \t\r\ne: f: g  h\r\ni:\r\nj: \t ')).toMatchObject({
      a: 'b',
      c: 'd',
      e: 'f: g  h',
      i: '',
      j: '',
    });
  });

  it('keep every octet', () => {
    const octets = String.fromCharCode(...Array.from({ length: 223 }, (_, index) => index + 33));
    expect(of(`x: ${octets}`)).toMatchObject({ x: octets });
  });

  it('make a status of HTTP of any', () => {
    expect(
      [200, 599, 600, 999].map((status) => responseFields(status, '', Buffer.alloc(0), -1)[':status']),
    ).toEqual([200, 599, 502, 502]);
  });

  it('read any view of memory', () => {
    const memory = new Uint8Array(Buffer.from('junkx-a: 1\r\nx-b: 2junk'));
    const fields = responseFields(200, '', memory.subarray(4, memory.length - 4), -1);
    expect([fields['x-a'], fields['x-b']]).toEqual(['1', '2']);
  });

  it('of trailers are the same without a status', () => {
    expect({ ...trailerFields('Grpc-Status: 0\r\ngrpc-message: \xc3\xa9\r\nConnection: x\r\n') }).toEqual({
      'grpc-status': '0',
      'grpc-message': '\xc3\xa9',
    });
  });
});

describe('the fields that may come once', () => {
  it('are those that node:http2 throws for', async () => {
    const names = Object.entries(constants)
      .filter(
        ([key, value]) =>
          key.startsWith('HTTP2_HEADER_') && typeof value === 'string' && !value.startsWith(':'),
      )
      .map(([, value]) => String(value));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const refused = new Set<string>();
    const strict = new Promise<void>((resolve) => {
      server.on('stream', (stream: ServerHttp2Stream) => {
        for (const name of names) {
          try {
            // `:status` is looked at last, so that no answer leaves before every name was tried.
            stream.respond({ [name]: ['a', 'b'], ':bad': '1' });
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code === 'ERR_HTTP2_HEADER_SINGLE_VALUE') refused.add(name);
          }
        }
        stream.respond({}, { endStream: true });
        resolve();
      });
    });
    session
      .request({})
      .on('error', () => {})
      .resume();
    await strict;
    session.destroy();
    server.close();
    // Node 24 lets a session do without the rule, but for those of pseudo fields.
    const ours = [...SINGLE_FIELDS].filter((name) => names.includes(name)).sort();
    if (refused.size > 0)
      expect([...refused].filter((name) => name !== 'content-length' && name !== 'date').sort()).toEqual(
        ours,
      );
  });
});
