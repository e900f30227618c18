/** Requests over HTTP/2 (RFC 9113 8.3) as the exchange sees them, and what never gets that far. */

import { type ClientHttp2Session, connect } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../src/kit/faults.ts';
import { Engine, Protocol } from '../../src/worker/listener/client-side.ts';
import { RequestBody } from '../../src/worker/listener/request-head.ts';
import { askHttp2, type Http2Answer } from '../support/h2-ask.ts';
import { afterBody, answer, type Bed, openBed, type Script, type Seen } from '../support/h2-bed.ts';
import {
  data,
  ErrorCode,
  FrameClient,
  FrameType,
  headers,
  requestFields,
  reset,
} from '../support/h2-frames.ts';
import type { Field } from '../support/hpack.ts';
import { waitFor } from '../support/wait-for.ts';

/** Every octet that a field value may hold beside the blanks at its ends. */
const EVERY_OCTET = `a${String.fromCharCode(...Array.from({ length: 256 }, (_, octet) => octet).filter((octet) => octet === 9 || (octet >= 32 && octet !== 127)))}z`;

let bed: Bed;
let session: ClientHttp2Session | null;
beforeEach(async () => {
  bed = await openBed();
  session = null;
});
afterEach(async () => {
  session?.destroy();
  await bed.close();
});

const ask = (path: string, fields: Record<string, string> = {}, body?: Buffer): Promise<Http2Answer> => {
  session ??= connect(`http://127.0.0.1:${bed.port}`).on('error', () => {});
  return askHttp2(session, path, fields, body);
};

async function askRaw(fields: readonly Field[], endStream = true): Promise<FrameClient> {
  const client = await FrameClient.open(bed.port);
  await client.settled();
  client.send(headers(1, fields, endStream));
  await client.pong();
  return client;
}

const script = (path: string, one: Script): void => void bed.scripts.set(path, one);
const last = (path: string): Seen => {
  const seen = bed.last(path);
  if (seen === undefined) throw new Error(`no request of ${path} came`);
  return seen;
};

describe('the head of a request over HTTP/2', () => {
  it('has the shape of any other', async () => {
    await ask('/a/b?c=d', {
      'user-agent': 'test',
      accept: 'text/html',
      te: 'trailers',
      'x-request-id': 'r1',
    });
    const { client } = last('/a/b?c=d');
    expect(client.engine).toBe(Engine.NODE);
    expect(client.protocol).toBe(Protocol.HTTP2);
    const { head } = client;
    expect([head.method, head.target, head.pathEnd, head.host]).toEqual([
      'GET',
      '/a/b?c=d',
      4,
      `127.0.0.1:${bed.port}`,
    ]);
    expect(head.lines).toBe('user-agent: test\r\naccept: text/html\r\n');
    expect([head.requestId, head.acceptsTrailers, head.connection]).toEqual(['r1', true, '']);
    expect([head.body, head.hasBody, head.fault]).toEqual([RequestBody.NONE, false, Fault.NONE]);
    expect(head.bytes).toBeGreaterThan(head.lines.length);
  });

  it('keeps repeated fields apart, and joins the crumbs of a cookie', async () => {
    const fields: Field[] = [
      ['x-a', '1'],
      ['cookie', 'a=b'],
      ['x-a', '2'],
      ['cookie', 'c=d'],
    ];
    const client = await askRaw(requestFields('GET', '/', fields));
    expect(last('/').client.head.lines).toBe('x-a: 1\r\nx-a: 2\r\ncookie: a=b; c=d\r\n');
    client.close();
  });

  it('and every octet of its values comes through', async () => {
    const utf8 = Buffer.from('grüße 🐟', 'utf8').toString('latin1');
    const path = `/${utf8.replaceAll(' ', '%20')}`;
    const client = await askRaw(requestFields('GET', path, [['x-all', EVERY_OCTET]]));
    expect(last(path).client.head.lines).toBe(`x-all: ${EVERY_OCTET}\r\n`);
    client.close();
  });

  it('may name its host by `host` alone', async () => {
    const fields = requestFields('GET', '/', [['host', 'other.test']]).filter(
      ([name]) => name !== ':authority',
    );
    const client = await askRaw(fields);
    expect(last('/').client.head.host).toBe('other.test');
    client.close();
  });

  it('and OPTIONS of the whole server', async () => {
    const client = await askRaw(requestFields('OPTIONS', '*'));
    expect(last('*').client.head.fault).toBe(Fault.NONE);
    client.close();
  });

  const with_ = (...more: Field[]): Field[] => requestFields('GET', '/', more);
  const without = (name: string): Field[] => requestFields('GET', '/').filter(([one]) => one !== name);
  const instead = (name: string, value: string): Field[] =>
    requestFields('GET', '/').map(([one, old]): Field => [one, one === name ? value : old]);
  /** By nghttp2, before anybody here hears of it. */
  const RESET: readonly (readonly [string, readonly Field[]])[] = [
    ['no method', without(':method')],
    ['no scheme', without(':scheme')],
    ['no path', without(':path')],
    ['no host', without(':authority')],
    ['an empty path', instead(':path', '')],
    ['a method that is no token', instead(':method', 'G T')],
    ['two paths', with_([':path', '/other'])],
    ['a pseudo field of responses', with_([':status', '200'])],
    ['an unknown pseudo field', [...requestFields('GET', '/'), [':unknown', '1']]],
    ['a pseudo field behind others', [['x-a', '1'], ...requestFields('GET', '/')]],
    ['upper case in a name', with_(['X-A', '1'])],
    ['connection', with_(['connection', 'close'])],
    ['keep-alive', with_(['keep-alive', '1'])],
    ['proxy-connection', with_(['proxy-connection', 'close'])],
    ['transfer-encoding', with_(['transfer-encoding', 'chunked'])],
    ['upgrade', with_(['upgrade', 'websocket'])],
    ['te but trailers', with_(['te', 'gzip'])],
    ['two hosts', with_(['host', 'example.test'], ['host', 'example.test'])],
    ['two lengths', with_(['content-length', '1'], ['content-length', '1'])],
    ['a length that is none', with_(['content-length', '+1'])],
    ['a length without a body', with_(['content-length', '1'])],
    [
      'extended CONNECT, which was not offered',
      [...instead(':method', 'CONNECT'), [':protocol', 'websocket']],
    ],
  ];

  it.each(RESET)('with %s is reset', async (_what, fields) => {
    const client = await askRaw(fields);
    expect(await client.resetCode(1)).toBe(ErrorCode.PROTOCOL_ERROR);
    expect(bed.seen).toHaveLength(0);
    client.close();
  });

  it.each([
    ['another host in `host`', with_(['host', 'other.test'])],
    ['a fragment', instead(':path', '/a#b')],
    ['a scheme that is not of HTTP', instead(':scheme', 'ftp')],
    ['an empty host', instead(':authority', '')],
    ['`*` but OPTIONS', instead(':path', '*')],
    [
      'CONNECT',
      [
        [':method', 'CONNECT'],
        [':authority', 'a.test:443'],
      ] as Field[],
    ],
  ])('with %s is refused', async (_what, fields) => {
    const client = await askRaw(fields);
    const faults = bed.seen.map((seen) => seen.client.head.fault);
    expect(faults.length === 0 ? await client.resetCode(1) : faults).toEqual(
      faults.length === 0 ? ErrorCode.PROTOCOL_ERROR : [Fault.BAD_REQUEST],
    );
    client.close();
  });

  it.each([
    ['CR LF', 'a\r\nx-b: c'],
    ['LF', 'a\nx-b: c'],
    ['NUL', 'a\0b'],
    ['DEL', 'a\x7fb'],
    ['a blank before it', ' a'],
    ['a blank behind it', 'a\t'],
  ])('with %s in a value reaches nobody with that field', async (_what, value) => {
    const client = await askRaw(with_(['x-bad', value], ['x-good', '1']));
    for (const seen of bed.seen) {
      if (seen.client.head.fault !== Fault.NONE) continue;
      expect(seen.client.head.lines).toBe('x-good: 1\r\n');
    }
    client.close();
  });

  it('with a field without a name or with an odd one reaches nobody with that field', async () => {
    const client = await askRaw(
      with_(['', 'a'], ['x a', 'b'], ['x:a', 'c'], ['x\r\ny', 'd'], ['x-good', '1']),
    );
    for (const seen of bed.seen) expect(seen.client.head.lines).toBe('x-good: 1\r\n');
    client.close();
  });
});

describe('the body of a request over HTTP/2', () => {
  const octets = Buffer.from(Array.from({ length: 256 }, (_, octet) => octet));

  it('comes whole, with a length and without', async () => {
    script(
      '/echo',
      afterBody((seen) => answer(seen, 200, seen.body.toString('latin1'))),
    );
    const large = Buffer.alloc(3_000_000, octets);
    expect(
      (await ask('/echo', { ':method': 'POST', 'content-length': String(large.length) }, large)).status,
    ).toBe(200);
    expect([last('/echo').client.head.body, last('/echo').client.head.contentLength]).toEqual([
      RequestBody.LENGTH,
      large.length,
    ]);
    expect(last('/echo').body.equals(large)).toBe(true);
    await ask('/echo', { ':method': 'POST' }, large);
    expect([last('/echo').client.head.body, last('/echo').client.head.hasBody]).toEqual([
      RequestBody.CHUNKED,
      true,
    ]);
    expect(last('/echo').body.equals(large)).toBe(true);
  });

  it('waits where the exchange pauses, and is the same octets', async () => {
    let pauses = 0;
    script('/slow', (seen) => {
      seen.onBody = () => {
        if (seen.bodyDone) answer(seen, 200, 'all of it');
        else if (++pauses % 3 === 0) {
          seen.client.pauseBody();
          setTimeout(() => seen.client.resumeBody(), 1);
        }
      };
      seen.client.attach(seen);
    });
    const large = Buffer.alloc(2_000_000, octets);
    const got = await ask('/slow', { ':method': 'PUT' }, large);
    expect(got.body.toString()).toBe('all of it');
    expect(pauses).toBeGreaterThan(10);
    expect(last('/slow').body.equals(large)).toBe(true);
  });

  it('is asked for by 100 where the client waits for it', async () => {
    script(
      '/wait',
      afterBody((seen) => answer(seen, 200, seen.body.toString())),
    );
    const client = await askRaw(requestFields('POST', '/wait', [['expect', '100-continue']]), false);
    expect(await client.status(1)).toBe(100);
    client.send(data(1, 'now', true));
    expect(await client.ended(1)).toBe(true);
    expect(client.body(1).toString()).toBe('now');
    client.close();
  });

  it('may be followed by trailers', async () => {
    script(
      '/trailers',
      afterBody((seen) => answer(seen, 200, seen.client.trailers)),
    );
    const client = await askRaw(requestFields('POST', '/trailers'), false);
    client.send(
      data(1, 'body'),
      headers(1, [
        ['x-sum', EVERY_OCTET],
        ['content-length', '4'],
        ['x-b', '2'],
      ]),
    );
    await client.ended(1);
    expect(last('/trailers').client.trailers).toBe(`x-sum: ${EVERY_OCTET}\r\nx-b: 2\r\n`);
    expect(last('/trailers').body.toString()).toBe('body');
    client.close();
  });

  it.each([
    ['less', [data(1, 'abc', true)]],
    ['more', [data(1, 'abcdef', true)]],
  ])('with %s than its length never looks whole', async (_what, frames) => {
    script(
      '/short',
      afterBody(() => {}),
    );
    const client = await askRaw(requestFields('POST', '/short', [['content-length', '5']]), false);
    client.send(...frames);
    // Node 22 and later end the connection for some of it.
    await waitFor(() => client.closed || client.of(FrameType.RST_STREAM, 1).length > 0, { what: 'the end' });
    await waitFor(() => last('/short').aborts === 1, { what: 'the abort' });
    expect(last('/short').bodyDone).toBe(false);
    client.close();
  });

  it.each([
    ['CANCEL', ErrorCode.CANCEL],
    ['NO_ERROR', ErrorCode.NO_ERROR],
  ])('that the client gives up (%s) never looks whole, paused or not', async (_name, code) => {
    script(
      '/flows',
      afterBody(() => {}),
    );
    script('/waits', (seen) => {
      seen.onBody = () => seen.client.pauseBody();
      seen.client.attach(seen);
    });
    const client = await FrameClient.open(bed.port);
    client.send(headers(1, requestFields('POST', '/flows'), false), data(1, 'abc'));
    client.send(headers(3, requestFields('POST', '/waits'), false), data(3, 'abc'));
    await client.pong();
    client.send(data(3, 'def'));
    await client.pong();
    client.send(reset(1, code), reset(3, code));
    await waitFor(() => bed.seen.every((seen) => seen.aborts === 1), { what: 'the aborts' });
    expect(bed.seen.map((seen) => [seen.bodyDone, seen.body.toString()])).toEqual([
      [false, 'abc'],
      [false, 'abc'],
    ]);
    // And none of it stays: the connection idles, from the sweep on that sees the last stream.
    await bed.swept();
    bed.advance(61_000);
    await client.closing();
  });
});
