/** Requests and answers as a whole: how they are framed, end and break off (RFC 9113 8.1, 8.4 to 8.7; RFC 9110). */

import { describe, expect, it } from 'vitest';
import {
  expectAlive,
  HOLD,
  itHolds,
  MALFORMED,
  open,
  requestOf,
  served,
  servedChunked,
  servedSized,
  upload,
  useHttp2Bed,
} from '../support/h2-conformance.ts';
import {
  data,
  ErrorCode,
  Flag,
  FrameType,
  frame,
  get,
  headers,
  requestFields,
  reset,
} from '../support/h2-frames.ts';
import { type Field, literals } from '../support/hpack.ts';
import { waitFor } from '../support/wait-for.ts';

const { CANCEL, NO_ERROR } = ErrorCode;

const bed = useHttp2Bed();

describe('the framing of a request, RFC 9113 8.1', () => {
  itHolds(bed, [
    ['8.1: END_STREAM on HEADERS', served(), [get(1)]],
    [
      '8.1: END_STREAM on HEADERS of a POST: no body',
      served({ line: 'POST / HTTP/1.1' }),
      [headers(1, requestFields('POST', '/'))],
    ],
    ['8.1: END_STREAM on DATA', servedChunked('5\r\nhello\r\n0\r\n\r\n'), [upload(), data(1, 'hello', true)]],
    ['8.1: END_STREAM on empty DATA, at once', servedChunked('0\r\n\r\n'), [upload(), data(1, '', true)]],
    [
      '8.1: a body of a GET',
      servedChunked('5\r\nhello\r\n0\r\n\r\n', 'GET / HTTP/1.1'),
      [headers(1, requestFields('GET', '/'), false), data(1, 'hello', true)],
    ],
    [
      '8.1: trailers',
      servedChunked('5\r\nhello\r\n0\r\nx-sum: 1\r\nx-sum: 2\r\n\r\n'),
      [
        upload(),
        data(1, 'hello'),
        headers(1, [
          ['x-sum', '1'],
          ['x-sum', '2'],
        ]),
      ],
    ],
    [
      '8.1: trailers without a body',
      servedChunked('0\r\nx-sum: 1\r\n\r\n'),
      [upload(), headers(1, [['x-sum', '1']])],
    ],
    [
      '8.1: trailers without a field',
      servedChunked('5\r\nhello\r\n0\r\n\r\n'),
      [upload(), data(1, 'hello'), headers(1, [])],
    ],
    [
      '8.1: trailers behind a body with a length',
      servedSized('hello'),
      [upload([['content-length', '5']]), data(1, 'hello'), headers(1, [['x-sum', '1']])],
    ],
  ]);

  /** The origin may have got the head and any part of the body, but no end. */
  const begun = { framing: 'Transfer-Encoding: chunked', body: '5\r\nhello\r\n' };
  itHolds(bed, [
    [
      '8.1: HEADERS behind the body that do not end the stream',
      MALFORMED,
      [upload(), data(1, 'hello'), headers(1, [['x-sum', '1']], false)],
      { begun },
    ],
    ['8.1: a second head', MALFORMED, [upload(), headers(1, requestFields('POST', '/'), false)], { begun }],
    [
      '8.1: a second head as trailers',
      MALFORMED,
      [upload(), data(1, 'hello'), headers(1, requestFields('POST', '/'))],
      { begun },
    ],
    [
      '8.2.1: upper case in trailers',
      MALFORMED,
      [upload(), data(1, 'hello'), headers(1, [['X-Sum', '1']])],
      { begun },
    ],
    [
      '8.2.2: connection in trailers',
      MALFORMED,
      [upload(), data(1, 'hello'), headers(1, [['connection', 'close']])],
      { begun },
    ],
    [
      '8.2.2: transfer-encoding in trailers',
      MALFORMED,
      [upload(), data(1, 'hello'), headers(1, [['transfer-encoding', 'chunked']])],
      { begun },
    ],
    [
      '8.2.1: CR LF in trailers',
      MALFORMED,
      [upload(), data(1, 'hello'), headers(1, [['x-a', 'b\r\nx-smuggled: 1']])],
      { begun },
    ],
  ]);
});

describe('answers, RFC 9113 8.1', () => {
  const on = (path: string, answer: string): void => bed().scripted.on(`/scripted${path}`, answer);
  async function relay(path: string, method = 'GET', more: readonly Field[] = []) {
    const client = await open(bed());
    client.send(headers(1, requestFields(method, `/scripted${path}`, more)));
    const answer = await client.answer(1);
    await expectAlive(client);
    return { ...answer, frames: client.frames.filter(({ stream }) => stream === 1) };
  }
  const names = (fields: readonly Field[]): string[] => fields.map(([name]) => name);

  it('8.1: head, body and END_STREAM, with the length that the origin said', async () => {
    on('/whole', 'HTTP/1.1 200 Fine\r\nContent-Length: 5\r\nX-Odd-Case: Yes\r\n\r\nhello');
    const { status, fields, body, trailers, interim } = await relay('/whole');
    expect([status, body.toString(), trailers, interim]).toEqual([200, 'hello', null, []]);
    expect(fields).toContainEqual(['content-length', '5']);
    expect(fields).toContainEqual(['x-odd-case', 'Yes']);
  });

  it('8.2: names are in lower case, and every pseudo field is :status', async () => {
    on('/lower', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-UPPER: A\r\nETag: "B"\r\n\r\n');
    const { fields } = await relay('/lower');
    for (const name of names(fields)) expect(name).toMatch(/^[!#$%&'*+.^_`|~0-9a-z-]+$/);
  });

  it('8.2.2: what belongs to the connection of the origin ends there', async () => {
    on(
      '/hop',
      'HTTP/1.1 200 OK\r\nConnection: keep-alive, x-hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\nProxy-Connection: close\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    );
    const { fields, body } = await relay('/hop');
    expect(body.toString()).toBe('ok');
    for (const gone of [
      'connection',
      'keep-alive',
      'x-hop',
      'proxy-connection',
      'upgrade',
      'transfer-encoding',
      'content-length',
    ])
      expect(names(fields)).not.toContain(gone);
  });

  it('RFC 9110 5.3: repeated fields stay apart, in their order', async () => {
    on(
      '/twice',
      'HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nX-A: 1\r\nSet-Cookie: b=2\r\nX-A: 2\r\nContent-Length: 0\r\n\r\n',
    );
    const { fields } = await relay('/twice');
    expect(fields.filter(([name]) => name === 'set-cookie')).toEqual([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ]);
    expect(fields.filter(([name]) => name === 'x-a')).toEqual([
      ['x-a', '1'],
      ['x-a', '2'],
    ]);
  });

  it('8.1: trailers for a client that wants them, and END_STREAM on them', async () => {
    on('/trailers', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n');
    const { trailers, body, frames } = await relay('/trailers', 'GET', [['te', 'trailers']]);
    expect([trailers, body.toString()]).toEqual([[['x-sum', '1']], 'ok']);
    expect([frames.at(-1)?.type, (frames.at(-1)?.flags ?? 0) & Flag.END_STREAM]).toEqual([
      FrameType.HEADERS,
      Flag.END_STREAM,
    ]);
  });

  it('RFC 9110 6.5.1: and none for one that does not', async () => {
    on('/trailers', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n');
    const { trailers, body } = await relay('/trailers');
    expect([trailers, body.toString()]).toEqual([null, 'ok']);
  });

  it.each([
    ['HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 200],
    ['204', 'GET', 'HTTP/1.1 204 No Content\r\n\r\n', 204],
    ['304', 'GET', 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 5\r\n\r\n', 304],
    ['an empty body', 'GET', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 200],
  ])('8.1: %s has no DATA with content', async (_what, method, text, wanted) => {
    on('/none', text);
    const { status, body, fields, reset: code } = await relay('/none', method);
    expect([status, body.length, code]).toEqual([wanted, 0, null]);
    if (method === 'HEAD') expect(fields).toContainEqual(['content-length', '5']);
  });

  it('8.1, contract 3: interim answers of the origin are not forwarded', async () => {
    on(
      '/interim',
      'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    );
    const { status, interim, body } = await relay('/interim');
    expect([status, interim, body.toString()]).toEqual([200, [], 'ok']);
  });

  it("contract 3: penstock's own answers say so", async () => {
    const client = await open(bed());
    client.send(
      headers(
        1,
        requestFields('GET', '/').map(
          ([name, value]): Field => [name, name === ':authority' ? 'nowhere.test' : value],
        ),
      ),
    );
    const { status, fields, body } = await client.answer(1);
    expect(status).toBe(404);
    expect(new Map(fields).get('server')).toBe('penstock');
    expect(new Map(fields).get('content-length')).toBe(String(body.length));
  });
});

describe('Expect: 100-continue, RFC 9110 10.1.1', () => {
  it('gets an interim 100 that does not end the stream, and does not go on', async () => {
    const client = await open(bed());
    client.send(headers(1, requestFields('POST', '/expect', [['expect', '100-continue']]), false));
    expect(await client.status(1)).toBe(100);
    expect(client.sections[0]).toEqual({ stream: 1, fields: [[':status', '100']], endStream: false });
    client.send(data(1, 'hello', true));
    const { status, interim } = await client.answer(1);
    expect([status, interim]).toEqual([200, [100]]);
    expect(requestOf(bed(), '/expect')?.body.toString()).toBe('hello');
    expect(requestOf(bed(), '/expect')?.head.toLowerCase()).not.toContain('expect:');
  });

  it('nothing of that where there is no body', async () => {
    const client = await open(bed());
    client.send(get(1, '/expect-none', [['expect', '100-continue']]));
    expect(await client.answer(1)).toMatchObject({ status: 200, interim: [] });
  });
});

describe('what breaks off, RFC 9113 8.1', () => {
  it('8.1: an answer before the end of the upload, then RST_STREAM with NO_ERROR', async () => {
    bed().scripted.on('/scripted/early', async (connection) => {
      await connection.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno');
      connection.end();
    });
    const client = await open(bed());
    client.send(headers(1, requestFields('POST', '/scripted/early'), false), data(1, 'half'));
    const { status, body } = await client.answer(1);
    expect([status, body.toString()]).toEqual([403, 'no']);
    expect(await client.resetCode(1)).toBe(NO_ERROR);
    client.send(data(1, 'late', true));
    await expectAlive(client);
  });

  it("8.1: penstock's own, too", async () => {
    const client = await open(bed());
    const fields = requestFields('POST', '/').map(
      ([name, value]): Field => [name, name === ':authority' ? 'nowhere.test' : value],
    );
    client.send(headers(1, fields, false));
    expect((await client.answer(1)).status).toBe(404);
    expect(await client.resetCode(1)).toBe(NO_ERROR);
    await expectAlive(client);
  });

  it.each([
    ['a body with a length', 'Content-Length: 10\r\n\r\nhalf'],
    ['chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ])('8.1.1: an origin that breaks off %s: RST_STREAM, never END_STREAM', async (_what, text) => {
    bed().scripted.on('/scripted/broken', async (connection) => {
      await connection.write(`HTTP/1.1 200 OK\r\n${text}`);
      await waitFor(() => client.body(1).length === 4, { what: 'the client to have the half' });
      connection.reset();
    });
    const client = await open(bed());
    client.send(get(1, '/scripted/broken'));
    const { status, body, reset: code } = await client.answer(1);
    expect([status, body.toString()]).toEqual([200, 'half']);
    expect(code).not.toBeNull();
    expect(code).not.toBe(NO_ERROR);
    await expectAlive(client);
  });

  it('contract 3: an origin that breaks off before its head: 502', async () => {
    bed().scripted.on('/scripted/nothing', (connection) => connection.reset());
    const client = await open(bed());
    client.send(headers(1, requestFields('POST', '/scripted/nothing')));
    expect((await client.answer(1)).status).toBe(502);
    await expectAlive(client);
  });

  it.each([
    ['RST_STREAM', [reset(1, CANCEL)]],
    ['RST_STREAM with NO_ERROR', [reset(1, NO_ERROR)]],
  ])(
    '8.1: a client that gives an upload up by %s: it does not look whole, and its connection ends',
    async (_what, frames) => {
      const before = bed().held.length;
      const client = await open(bed());
      client.send(headers(1, requestFields('POST', HOLD), false), data(1, 'half'));
      const connection = await waitFor(() => bed().held[before], { what: 'the origin to be asked' });
      await waitFor(() => connection.received() === '4\r\nhalf\r\n', { what: 'the half' });
      client.send(...frames);
      await connection.ended;
      expect(connection.received()).toBe('4\r\nhalf\r\n');
      await expectAlive(client);
    },
  );

  it('8.1: a client that closes its connection within an upload', async () => {
    const before = bed().held.length;
    const client = await open(bed());
    client.send(headers(1, requestFields('POST', HOLD), false), data(1, 'half'));
    const connection = await waitFor(() => bed().held[before], { what: 'the origin to be asked' });
    await waitFor(() => connection.received() === '4\r\nhalf\r\n', { what: 'the half' });
    client.close();
    await connection.ended;
    expect(connection.received()).toBe('4\r\nhalf\r\n');
  });

  it('8.1: HEADERS in place of trailers, but malformed, do not end the body for the origin', async () => {
    const before = bed().held.length;
    const client = await open(bed());
    client.send(headers(1, requestFields('POST', HOLD), false), data(1, 'half'));
    const connection = await waitFor(() => bed().held[before], { what: 'the origin to be asked' });
    client.send(frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, 1, literals([['X-A', '1']])));
    await waitFor(() => client.answerSoFar(1).reset !== null || connection.received().endsWith('0\r\n\r\n'), {
      what: 'an end',
    });
    expect(connection.received()).toBe('4\r\nhalf\r\n');
  });
});
