/** Responses over HTTP/2 (RFC 9113 8.1): their frames, their bodies, and what becomes of those that break off. */

import { type ClientHttp2Session, connect } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BodyFraming } from '../../src/worker/listener/client-side.ts';
import { askHttp2, type Http2Answer } from '../support/h2-ask.ts';
import { answer, type Bed, openBed, type Script, stream } from '../support/h2-bed.ts';
import {
  CONNECTION,
  data,
  ErrorCode,
  Flag,
  FrameClient,
  FrameType,
  get,
  headers,
  requestFields,
  reset,
  windowUpdate,
} from '../support/h2-frames.ts';
import type { Field } from '../support/hpack.ts';
import { waitFor } from '../support/wait-for.ts';

const TRAILERS: Field = ['te', 'trailers'];

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

const script = (path: string, one: Script): void => void bed.scripts.set(path, one);
const ask = (path: string, fields: Record<string, string> = {}, body?: Buffer): Promise<Http2Answer> => {
  session ??= connect(`http://127.0.0.1:${bed.port}`).on('error', () => {});
  return askHttp2(session, path, fields, body);
};

/** Type and flags of what came on a stream. */
async function framesOf(
  path: string,
  method = 'GET',
  more: readonly Field[] = [],
): Promise<(readonly [number, number])[]> {
  const client = await FrameClient.open(bed.port);
  await client.settled();
  client.send(headers(1, requestFields(method, path, more)));
  await client.ended(1);
  // And nothing behind the end.
  await client.pong();
  await client.pong();
  client.close();
  return client.frames.filter((one) => one.stream === 1).map(({ type, flags }) => [type, flags] as const);
}

const { HEADERS, DATA } = FrameType;
const HEAD_ONLY = [[HEADERS, Flag.END_HEADERS | Flag.END_STREAM]];
const HEAD_AND_BODY = [
  [HEADERS, Flag.END_HEADERS],
  [DATA, Flag.END_STREAM],
];

describe('the frames of a response over HTTP/2', () => {
  it.each([
    ['an answer', 'GET', HEAD_AND_BODY, (seen) => answer(seen, 200, 'hello')],
    ['an answer to HEAD', 'HEAD', HEAD_ONLY, (seen) => answer(seen, 200, 'hello')],
    ['an empty answer', 'GET', HEAD_ONLY, (seen) => answer(seen, 200, '')],
    ['a stream with a length, in one turn', 'GET', HEAD_AND_BODY, (seen) => stream(seen, 5, ['hello'])],
    ['a stream of unknown length, in one turn', 'GET', HEAD_AND_BODY, (seen) => stream(seen, -1, ['hello'])],
    ['a stream of no length', 'GET', HEAD_ONLY, (seen) => stream(seen, 0, [])],
    ['a stream that turns out empty', 'GET', HEAD_ONLY, (seen) => stream(seen, -1, [])],
    ['a stream without a body', 'GET', HEAD_ONLY, (seen) => bodiless(seen, 204, -1)],
    ['a 304 with a length', 'GET', HEAD_ONLY, (seen) => bodiless(seen, 304, 500)],
    ['a streamed answer to HEAD', 'HEAD', HEAD_ONLY, (seen) => bodiless(seen, 200, 500)],
    ['a 205 with a body', 'GET', HEAD_ONLY, (seen) => withStatus(seen, 205)],
  ] as readonly (readonly [string, string, unknown, Script])[])(
    '%s',
    async (_what, method, expected, one) => {
      script('/', one);
      expect(await framesOf('/', method)).toEqual(expected);
      expect(await framesOf('/', method, [TRAILERS])).toEqual(
        expected === HEAD_ONLY ? HEAD_ONLY : expect.anything(),
      );
    },
  );

  const bodiless = (seen: Parameters<Script>[0], status: number, length: number): void => {
    seen.client.writeHead(status, '', Buffer.alloc(0), BodyFraming.NONE, length, false);
    seen.client.end('');
  };
  const withStatus = (seen: Parameters<Script>[0], status: number): void => {
    seen.client.writeHead(status, '', Buffer.alloc(0), BodyFraming.LENGTH, 5, false);
    seen.client.writeBody(Buffer.from('hello'));
    seen.client.end('');
  };

  it('trailers end it, if the client takes them', async () => {
    script('/', (seen) => stream(seen, -1, ['hello'], 'grpc-status: 0\r\nGrpc-Message: ok\r\n'));
    expect(await framesOf('/', 'GET', [TRAILERS])).toEqual([
      [HEADERS, Flag.END_HEADERS],
      [DATA, 0],
      [HEADERS, Flag.END_HEADERS | Flag.END_STREAM],
    ]);
    expect((await ask('/', { te: 'trailers' })).trailers).toMatchObject({
      'grpc-status': '0',
      'grpc-message': 'ok',
    });
    expect(await framesOf('/')).toEqual(HEAD_AND_BODY);
  });

  it('trailers may be all that follows the head', async () => {
    script('/', (seen) => stream(seen, -1, [], 'grpc-status: 5\r\n'));
    const { status, body, trailers } = await ask('/', { te: 'trailers' });
    expect([status, body.length, trailers?.['grpc-status']]).toEqual([200, 0, '5']);
  });

  it('a client that takes trailers gets the end without them, too', async () => {
    script('/', (seen) => stream(seen, -1, ['hello']));
    const { body, trailers } = await ask('/', { te: 'trailers' });
    expect([body.toString(), trailers]).toEqual(['hello', null]);
  });

  it('the head leaves before the body where it is flushed', async () => {
    script('/', (seen) => {
      seen.client.writeHead(200, '', Buffer.from('x-a: 1'), BodyFraming.STREAM, -1, false);
      seen.client.flush();
    });
    const client = await FrameClient.open(bed.port);
    client.send(get(1));
    expect(await client.status(1)).toBe(200);
    expect(client.of(DATA)).toHaveLength(0);
    const seen = bed.seen[0];
    seen?.client.writeBody(Buffer.from('later'));
    seen?.client.end('');
    await client.ended(1);
    expect(client.body(1).toString()).toBe('later');
    client.close();
  });
});

describe('the body of a response over HTTP/2', () => {
  it('waits for its reader, piece by piece, and arrives whole', async () => {
    const piece = Buffer.alloc(65_536, 'abcdefghijklmnopqrstuvwxyz');
    const PIECES = 120;
    let written = 0;
    let refused = 0;
    script('/', (seen) => {
      const write = (): void => {
        while (written < PIECES) {
          const view = Buffer.from(piece);
          written++;
          const goesOn = seen.client.writeBody(view);
          // The worker reads into the same memory again.
          view.fill(0);
          if (goesOn) continue;
          refused++;
          return;
        }
        seen.client.end('');
      };
      seen.onDrain = write;
      seen.client.attach(seen);
      seen.client.writeHead(200, '', Buffer.alloc(0), BodyFraming.LENGTH, piece.length * PIECES, false);
      write();
      seen.client.flush();
    });
    const { body } = await ask('/');
    expect(body.equals(Buffer.concat(Array.from({ length: PIECES }, () => piece)))).toBe(true);
    expect(refused).toBeGreaterThan(10);
  });

  it('that its reader has yet to take at the end is waited for', async () => {
    script('/', (seen) => {
      seen.client.attach(seen);
      seen.client.writeHead(200, '', Buffer.alloc(0), BodyFraming.STREAM, -1, false);
      for (let i = 0; i < 8; i++) seen.client.writeBody(Buffer.alloc(65_536, 'x'));
      expect(seen.client.end('')).toBe(false);
    });
    const { body } = await ask('/');
    expect(body.length).toBe(8 * 65_536);
    expect(bed.seen.map((seen) => [seen.drains, seen.aborts])).toEqual([[1, 0]]);
  });

  it.each([
    ['is cut', BodyFraming.STREAM, (client) => client.abort()],
    ['is cut, with a length', BodyFraming.LENGTH, (client) => client.abort()],
    ['ends before its length', BodyFraming.LENGTH, (client) => client.end('')],
  ] as readonly (readonly [string, BodyFraming, (client: ReturnType<typeof clientOf>) => unknown])[])(
    'that %s cannot be taken for the whole, and the others go on',
    async (_how, framing, end) => {
      script('/part', (seen) => {
        seen.client.attach(seen);
        seen.client.writeHead(200, '', Buffer.alloc(0), framing, 10, false);
        seen.client.writeBody(Buffer.from('part'));
        seen.client.flush();
      });
      script('/hold', (seen) => seen.client.attach(seen));
      const client = await FrameClient.open(bed.port);
      client.send(get(1, '/hold'), get(3, '/part'));
      await client.frame(DATA, 3);
      end(clientOf('/part'));
      expect(await client.resetCode(3)).toBe(ErrorCode.INTERNAL_ERROR);
      expect(client.of(DATA, 3).every(({ flags }) => flags === 0)).toBe(true);
      const hold = bed.last('/hold');
      if (hold !== undefined) answer(hold, 200, 'done');
      expect(await client.ended(1)).toBe(true);
      expect(bed.seen.map((seen) => seen.aborts)).toEqual([0, 0]);
      client.close();
    },
  );

  it('that goes with its connection cannot either', async () => {
    script('/part', (seen) => {
      seen.client.attach(seen);
      seen.client.writeHead(200, '', Buffer.alloc(0), BodyFraming.STREAM, -1, false);
      seen.client.writeBody(Buffer.from('part'));
    });
    const client = await FrameClient.open(bed.port);
    client.send(get(1, '/part'));
    await client.frame(DATA, 1);
    bed.connections[0]?.close();
    await client.closing();
    expect(client.goawayCode()).toBe(ErrorCode.INTERNAL_ERROR);
    expect(client.of(DATA, 1).every(({ flags }) => flags === 0)).toBe(true);
  });

  const clientOf = (path: string) => {
    const seen = bed.last(path);
    if (seen === undefined) throw new Error(`no request of ${path}`);
    return seen.client;
  };
});

describe('an answer before the end of the upload', () => {
  const early: readonly (readonly [string, Script])[] = [
    ['of its own', (seen) => answer(seen, 413, 'too large')],
    ['streamed', (seen) => stream(seen, 9, ['too large'])],
    ['streamed, with trailers', (seen) => stream(seen, -1, ['too large'], 'x-t: 1\r\n')],
  ];

  it.each(early)('%s arrives whole, then the upload is stopped without an error', async (_which, one) => {
    for (const path of ['/unread', '/reading', '/paused'])
      script(path, (seen) => {
        if (path !== '/unread') seen.client.attach(seen);
        if (path === '/paused') seen.client.pauseBody();
        if (path !== '/reading') one(seen);
        else seen.onBody = () => one(seen);
      });
    const client = await FrameClient.open(bed.port);
    for (const [index, path] of ['/unread', '/reading', '/paused'].entries()) {
      const id = 1 + 2 * index;
      const trailers: Field[] = one === early[2]?.[1] ? [TRAILERS] : [];
      client.send(headers(id, requestFields('POST', path, trailers), false), data(id, Buffer.alloc(10_000)));
      expect(await client.ended(id)).toBe(true);
      expect(client.body(id).toString()).toBe('too large');
      expect(await client.resetCode(id)).toBe(ErrorCode.NO_ERROR);
      // What was on its way is no error.
      client.send(data(id, Buffer.alloc(10_000)));
    }
    await client.pong();
    expect(client.closed).toBe(false);
    expect(bed.seen.every((seen) => seen.aborts === 0)).toBe(true);
    client.close();
  });

  it.each(early)('%s to an upload that is complete by then resets nothing', async (_which, one) => {
    script('/', one);
    const client = await FrameClient.open(bed.port);
    await client.settled();
    const fields = requestFields('POST', '/', one === early[2]?.[1] ? [TRAILERS] : []);
    client.send(headers(1, fields, false), data(1, Buffer.alloc(10_000), true));
    expect(await client.ended(1)).toBe(true);
    await client.pong();
    await client.pong();
    expect(client.of(FrameType.RST_STREAM)).toHaveLength(0);
    client.close();
  });

  it('is not cut short for a reader that is slow', async () => {
    const large = 'x'.repeat(1_000_000);
    script('/', (seen) => answer(seen, 413, large));
    const client = await FrameClient.open(bed.port);
    client.send(headers(1, requestFields('POST', '/'), false), data(1, Buffer.alloc(10_000)));
    for (let got = 0; got < large.length; ) {
      await waitFor(() => client.body(1).length > got, { what: 'more of the answer', intervalMs: 1 });
      const more = client.body(1).length - got;
      got += more;
      client.send(windowUpdate(1, more), windowUpdate(CONNECTION, more));
    }
    expect(await client.ended(1)).toBe(true);
    expect(await client.resetCode(1)).toBe(ErrorCode.NO_ERROR);
    client.close();
  });
});

describe('a client of HTTP/2 that goes away', () => {
  const gone: readonly (readonly [string, Script])[] = [
    ['before the head', (seen) => seen.client.attach(seen)],
    [
      'in the middle of the body',
      (seen) => {
        seen.client.attach(seen);
        seen.client.writeHead(200, '', Buffer.alloc(0), BodyFraming.STREAM, -1, false);
        seen.client.writeBody(Buffer.from('part'));
        seen.client.flush();
      },
    ],
    [
      'with all of it on its way',
      (seen) => {
        seen.client.attach(seen);
        seen.client.writeHead(200, '', Buffer.alloc(0), BodyFraming.STREAM, -1, false);
        for (let i = 0; i < 5; i++) seen.client.writeBody(Buffer.alloc(65_536));
        seen.client.end('');
      },
    ],
  ];

  it.each(gone)('%s is noticed once', async (_when, one) => {
    script('/gone', one);
    const client = await FrameClient.open(bed.port);
    for (const [index, method] of ['GET', 'HEAD'].entries())
      client.send(headers(1 + 2 * index, requestFields(method, '/gone')));
    await client.pong();
    client.send(reset(1), reset(3, ErrorCode.NO_ERROR));
    await waitFor(() => bed.seen[0]?.aborts === 1, { what: 'the abort' });
    await client.pong();
    expect(bed.seen[0]?.aborts).toBe(1);
    client.close();
    await waitFor(() => bed.sweeper.size === 0, { what: 'the connection to be gone' });
    expect(bed.seen.every((seen) => seen.aborts <= 1)).toBe(true);
  });
});
