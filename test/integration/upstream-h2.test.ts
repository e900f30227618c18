import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { Fault } from '../../src/kit/faults.ts';
import { RequestFraming, WRITE_HIGH_WATER_BYTES } from '../../src/worker/upstream/upstream-call.ts';
import { answer, H2Bed, H2C, startH2Origin } from '../support/h2-origin.ts';
import { type Call, callUpstream, startCall } from '../support/upstream-call.ts';
import { waitFor, within } from '../support/wait-for.ts';

const MIB = 1024 * 1024;
const POST = 'POST /p HTTP/1.1\r\nHost: t\r\n\r\n';
const limits = H2C;
const bed = new H2Bed();

afterEach(() => bed.end());

describe('h2 upstream: the head of a request', () => {
  /** What the endpoint gets, names and values in turn. */
  async function sent(head: string, acceptsTrailers = false): Promise<readonly string[]> {
    let got: readonly string[] = [];
    const { pools, endpoint } = await bed.origin(
      startH2Origin(({ stream, raw }) => {
        got = raw;
        answer(stream, '');
      }),
    );
    expect(await callUpstream(pools, endpoint, { limits, head, acceptsTrailers })).toMatchObject({
      fault: -1,
    });
    return got;
  }

  it('becomes pseudo fields and lower-case fields, in their order', async () => {
    const head =
      'PATCH /a/b?c=%20d HTTP/1.1\r\nHost: example.com:81\r\nX-One: 1\r\nACCEPT:  text/html \r\nX-One: 2\r\n\r\n';
    expect(await sent(head)).toEqual([
      ...[':method', 'PATCH', ':scheme', 'http', ':path', '/a/b?c=%20d', ':authority', 'example.com:81'],
      ...['x-one', '1', 'x-one', '2', 'accept', 'text/html'],
    ]);
  });

  it('loses what belongs to a connection of HTTP/1, and says te for itself', async () => {
    const head =
      'GET / HTTP/1.1\r\nHost: t\r\nConnection: x\r\nKeep-Alive: timeout=5\r\nTransfer-Encoding: chunked\r\nUpgrade: h2c\r\nTE: gzip\r\nProxy-Connection: close\r\nHTTP2-Settings: AAA\r\n\r\n';
    const pseudo = [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 't'];
    expect(await sent(head)).toEqual(pseudo);
    expect(await sent(head, true)).toEqual([...pseudo, 'te', 'trailers']);
  });

  it('keeps every byte from 0x80 up, and asks for the whole server', async () => {
    const bytes = Array.from({ length: 128 }, (_, index) => String.fromCharCode(128 + index)).join('');
    const got = await sent(`OPTIONS * HTTP/1.1\r\nHost: t\r\nX-Bytes: ${bytes}\r\n__proto__: x\r\n\r\n`);
    expect(got).toEqual(expect.arrayContaining([':path', '*', 'x-bytes', bytes, '__proto__', 'x']));
  });

  it('with a repeated field that node:http2 wants once goes out with its values joined', async () => {
    const head =
      'GET / HTTP/1.1\r\nHost: t\r\nAuthorization: a\r\nCookie: a=1\r\nAuthorization: b\r\nCookie: b=2\r\n\r\n';
    expect(await sent(head)).toEqual(expect.arrayContaining(['authorization', 'a, b', 'cookie', 'a=1; b=2']));
  });

  it('without a host names the endpoint', async () => {
    expect(await sent('GET / HTTP/1.1\r\nHost: \r\n\r\n')).toEqual(
      expect.arrayContaining([':authority', 'endpoint:80']),
    );
  });

  it('of a method that HTTP/2 has another form for is refused, and nothing else suffers', async () => {
    const { origin, pools, endpoint } = await bed.origin(startH2Origin(({ stream }) => answer(stream, 'ok')));
    const head = 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n';
    expect(await callUpstream(pools, endpoint, { limits, head })).toMatchObject({ fault: Fault.BAD_REQUEST });
    expect(await callUpstream(pools, endpoint, { limits })).toMatchObject({ body: 'ok', reused: true });
    expect(origin.sessions).toHaveLength(1);
  });

  it('of 100 KiB passes; with one field above 64 KiB it is refused, and nothing else suffers', async () => {
    const lengths: number[] = [];
    const { origin, pools, endpoint } = await bed.origin(
      startH2Origin(
        ({ stream, headers }) => {
          lengths.push(String(headers['x-one']).length + String(headers['x-two']).length);
          answer(stream, 'ok');
        },
        { settings: { maxHeaderListSize: 1 << 20 } },
      ),
    );
    const head = (one: number, two: number): string =>
      `GET / HTTP/1.1\r\nHost: t\r\nX-One: ${'v'.repeat(one)}\r\nX-Two: ${'v'.repeat(two)}\r\n\r\n`;
    const ask = (one: number, two: number) => callUpstream(pools, endpoint, { limits, head: head(one, two) });
    expect(await ask(50_000, 50_000)).toMatchObject({ body: 'ok' });
    expect(await ask(70_000, 1)).toMatchObject({ fault: Fault.HEADERS_TOO_LARGE });
    expect(await ask(65_000, 65_000)).toMatchObject({ body: 'ok' });
    expect(lengths).toEqual([100_000, 130_000]);
    expect(origin.sessions).toHaveLength(1);
  });
});

describe('h2 upstream: the answer', () => {
  it('has its fields as they came, bytes and repetitions included', async () => {
    const { pools, endpoint } = await bed.origin(
      startH2Origin(({ stream }) => {
        const fields = {
          ':status': 404,
          'set-cookie': ['a=1', 'b=2'],
          'x-bytes': '\xe9\xff',
          date: 'yesterday',
        };
        stream.respond({ ...fields, 'content-length': 4 });
        stream.end('none');
      }),
    );
    expect(await callUpstream(pools, endpoint, { limits })).toMatchObject({
      status: 404,
      hasBody: true,
      body: 'none',
      fields: ['set-cookie: a=1', 'set-cookie: b=2', 'x-bytes: \xe9\xff'],
      trailers: '',
      fault: -1,
    });
  });

  it('has no body for HEAD, 204 and 304, and when its stream ends with the head', async () => {
    const { pools, endpoint } = await bed.origin(
      startH2Origin(({ stream, headers }) => {
        const status = Number(headers['x-status'] ?? 200);
        stream.respond(
          { ':status': status, 'content-length': status === 204 ? undefined : 9 },
          { endStream: true },
        );
      }),
    );
    for (const [head, isHead] of [
      ['HEAD / HTTP/1.1\r\nHost: t\r\n\r\n', true],
      ['GET / HTTP/1.1\r\nHost: t\r\nX-Status: 204\r\n\r\n', false],
      ['GET / HTTP/1.1\r\nHost: t\r\nX-Status: 304\r\n\r\n', false],
    ] as const) {
      const result = await callUpstream(pools, endpoint, { limits, head, isHead });
      expect(result).toMatchObject({ hasBody: false, bodyBytes: 0, fault: -1 });
    }
  });

  it('brings trailers, those of one connection left out', async () => {
    const { pools, endpoint } = await bed.origin(
      startH2Origin(({ stream }) => {
        stream.respond({ ':status': 200 }, { waitForTrailers: true });
        stream.on('wantTrailers', () =>
          stream.sendTrailers({ 'grpc-status': '0', 'x-two': ['a', '\xe4'], 'content-type': 'x' }),
        );
        stream.end('body');
      }),
    );
    expect(await callUpstream(pools, endpoint, { limits })).toMatchObject({
      body: 'body',
      trailers: 'grpc-status: 0\r\nx-two: a\r\nx-two: \xe4\r\n',
    });
  });

  it('comes after interim ones, which nobody is told of', async () => {
    const { pools, endpoint } = await bed.origin(
      startH2Origin(({ stream }) => {
        stream.additionalHeaders({ ':status': 100 });
        stream.additionalHeaders({ ':status': 103, link: '</a>' });
        answer(stream, 'ok');
      }),
    );
    const call = startCall(pools, endpoint, { limits });
    expect(await within(call.done, { what: 'the answer' })).toMatchObject({
      status: 200,
      body: 'ok',
      fields: [],
    });
    expect(call.events).toEqual(['head', 'body', 'end']);
  });

  it('is handed over together where it came together', async () => {
    const { pools, endpoint } = await bed.origin(startH2Origin(({ stream }) => answer(stream, 'ok')));
    await callUpstream(pools, endpoint, { limits });
    const call = startCall(pools, endpoint, { limits });
    await within(call.done, { what: 'the answer' });
    expect(call.readEnds).toBe(0);
  });

  it('before the end of the upload is an end, and the rest of the upload goes nowhere', async () => {
    const codes: number[] = [];
    const { pools, endpoint } = await bed.origin(
      startH2Origin(({ stream }) => {
        stream.on('close', () => codes.push(stream.rstCode));
        stream.respond({ ':status': 413 }, { endStream: true });
      }),
    );
    const call = startCall(pools, endpoint, { limits, head: POST, framing: RequestFraming.CHUNKED });
    call.connection.writeBody(Buffer.from('first'), false);
    expect(await within(call.done, { what: 'the answer' })).toMatchObject({ status: 413, fault: -1 });
    expect(call.connection.writeBody(Buffer.alloc(1000), true)).toBe(true);
    await waitFor(() => codes.length === 1, { what: 'the end of the stream' });
    expect(await callUpstream(pools, endpoint, { limits })).toMatchObject({ status: 413, reused: true });
  });
});

describe('h2 upstream: bodies', () => {
  it.each([
    ['in pieces', ['hello', '', ' wörld'], 'hello w\xf6rld'],
    ['with an empty last piece', ['abc', ''], 'abc'],
    ['without a byte', [''], ''],
  ])('sends a body %s, before and after the session stands', async (_name, body, expected) => {
    const got: string[] = [];
    const { pools, endpoint } = await bed.origin(
      startH2Origin(({ stream, endsAtHead }) => {
        let text = endsAtHead ? 'no body: ' : '';
        stream.setEncoding('latin1').on('data', (piece: string) => {
          text += piece;
        });
        stream.on('end', () => {
          got.push(text);
          answer(stream, 'ok');
        });
      }),
    );
    for (const framing of [RequestFraming.CHUNKED, RequestFraming.LENGTH, RequestFraming.CHUNKED]) {
      const result = await callUpstream(pools, endpoint, { limits, head: POST, framing, body });
      expect(result).toMatchObject({ body: 'ok', fault: -1 });
    }
    expect(got).toEqual([expected, expected, expected]);
  });

  it('sends trailers behind a body of unknown length', async () => {
    const got: unknown[] = [];
    const { pools, endpoint } = await bed.origin(
      startH2Origin(({ stream }) => {
        stream.resume().on('trailers', (trailers) => got.push({ ...trailers }));
        stream.on('end', () => answer(stream, 'ok'));
      }),
    );
    const framing = RequestFraming.CHUNKED;
    const trailers = 'X-Check: 1\r\nX-Check: 2\r\nX-Byte: \xe9\r\n';
    for (let i = 0; i < 2; i++)
      await callUpstream(pools, endpoint, { limits, head: POST, framing, body: ['a', 'b'], trailers });
    expect(got).toMatchObject([
      { 'x-check': '1, 2', 'x-byte': '\xe9' },
      { 'x-check': '1, 2', 'x-byte': '\xe9' },
    ]);
  });

  it('copies what it is given: the client may overwrite its view at once', async () => {
    const got: string[] = [];
    const { pools, endpoint } = await bed.origin(
      startH2Origin(({ stream }) => {
        const hash = createHash('sha256');
        stream
          .on('data', (piece) => hash.update(piece))
          .on('end', () => {
            got.push(hash.digest('hex'));
            answer(stream, 'ok');
          });
      }),
    );
    // The second is lent memory, the first and third have their own; the first waits for the session.
    for (const size of [1000, 300_000, 1000]) {
      await callUpstream(pools, endpoint, {
        limits,
        head: POST,
        framing: RequestFraming.CHUNKED,
        upload: ({ connection }) => {
          const view = Buffer.alloc(size, 'a');
          connection.writeBody(view, false);
          view.fill('X');
          connection.writeBody(view.subarray(0, 0), true);
        },
      });
    }
    const sum = (size: number) => createHash('sha256').update(Buffer.alloc(size, 'a')).digest('hex');
    expect(got).toEqual([sum(1000), sum(300_000), sum(1000)]);
  });

  it('a download is held while the handler says so, and 64 MiB pass in bounded memory', async () => {
    const TOTAL = 64 * MIB;
    let sent = 0;
    const { pools, endpoint } = await bed.origin(
      startH2Origin(({ stream }) => {
        stream.respond({ ':status': 200, 'content-length': TOTAL });
        const piece = Buffer.alloc(65_536, 'd');
        const write = (): void => {
          while (sent < TOTAL) {
            sent += piece.length;
            if (!stream.write(piece)) {
              stream.once('drain', write);
              return;
            }
          }
          stream.end();
        };
        write();
      }),
    );
    let held = true;
    const call = startCall(pools, endpoint, { limits, keepBody: false, onBody: () => !held });
    let last = -1;
    await waitFor(
      () => {
        const stands = sent === last;
        last = sent;
        return stands && call.bodyBytes > 0;
      },
      { what: 'the download to be blocked', intervalMs: 150 },
    );
    // What the endpoint could send: our window, and what lies in its own streams and the kernel.
    expect(call.bodyBytes).toBeLessThan(2 * MIB);
    expect(sent).toBeLessThan(8 * MIB);
    held = false;
    call.connection.resume();
    const result = await within(call.done, { what: 'the download', timeoutMs: 50_000 });
    expect(result).toMatchObject({ bodyBytes: TOTAL, fault: -1 });
  });

  it('an upload waits for a slow endpoint, and 64 MiB pass in bounded memory', async () => {
    const TOTAL = 64 * MIB;
    let release: () => void = () => {};
    let received = 0;
    const { pools, endpoint } = await bed.origin(
      startH2Origin(({ stream }) => {
        release = () => {
          stream.on('data', (piece) => {
            received += piece.length;
          });
        };
        stream.on('end', () => answer(stream, 'ok'));
      }),
    );
    const piece = Buffer.alloc(100_000, 'u');
    let left = TOTAL;
    let mostUnsent = 0;
    const upload = ({ connection }: Call) => {
      while (left > 0) {
        const length = Math.min(left, piece.length);
        left -= length;
        const goesOn = connection.writeBody(piece.subarray(0, length), left === 0);
        mostUnsent = Math.max(mostUnsent, connection.unsentBytes);
        if (!goesOn) return;
      }
    };
    const head = `POST / HTTP/1.1\r\nHost: t\r\nContent-Length: ${TOTAL}\r\n\r\n`;
    const call = startCall(pools, endpoint, {
      limits,
      head,
      framing: RequestFraming.LENGTH,
      upload,
      onDrain: upload,
    });
    let last = -1;
    await waitFor(
      () => {
        const stands = left === last;
        last = left;
        return stands && call.connection.connected;
      },
      { what: 'the upload to be blocked', intervalMs: 150 },
    );
    expect(left).toBeGreaterThan(TOTAL / 2);
    release();
    const result = await within(call.done, { what: 'the answer', timeoutMs: 50_000 });
    expect(result).toMatchObject({ body: 'ok', fault: -1 });
    expect(received).toBe(TOTAL);
    expect(mostUnsent).toBeLessThan(WRITE_HIGH_WATER_BYTES + 2 * piece.length);
    expect(call.events).toContain('drain');
  });
});

describe('h2 upstream: many at once', () => {
  it('sends 1,000 requests over one session, and has room again afterwards', async () => {
    const waiting: (() => void)[] = [];
    const { origin, pools, endpoint } = await bed.origin(
      startH2Origin(({ stream, headers }) => {
        waiting.push(() => answer(stream, String(headers[':path'])));
        if (waiting.length === 1000) for (const answerNow of waiting.splice(0)) answerNow();
      }),
    );
    for (let round = 0; round < 2; round++) {
      const results = await Promise.all(
        Array.from({ length: 1000 }, (_, index) =>
          callUpstream(pools, endpoint, { limits, head: `GET /${index} HTTP/1.1\r\nHost: t\r\n\r\n` }),
        ),
      );
      expect(results.every(({ body }, index) => body === `/${index}`)).toBe(true);
    }
    expect(origin.sessions).toHaveLength(1);
    await waitFor(() => pools.stats()[0]?.idle === 1, { what: 'the session to be idle' });
    expect(pools.stats()[0]).toMatchObject({ open: 1, created: 1, reused: 1999 });
  });
});
