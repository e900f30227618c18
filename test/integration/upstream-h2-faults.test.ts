/** What an endpoint may do to a request over HTTP/2, frame by frame, and what the request comes to. */

import { afterEach, describe, expect, it } from 'vitest';
import { Fault } from '../../src/kit/faults.ts';
import { RequestFraming } from '../../src/worker/upstream/upstream-call.ts';
import { H2Bed, H2C, startH2Origin } from '../support/h2-origin.ts';
import { END_STREAM, FrameType, type H2Peer, resetCode, startH2RawOrigin } from '../support/h2-raw-origin.ts';
import { callUpstream, startCall } from '../support/upstream-call.ts';
import { waitFor, within } from '../support/wait-for.ts';

const OK = [[':status', '200']] as const;
const INTERNAL_ERROR = 2;
const REFUSED_STREAM = 7;
const CANCEL = 8;
const limits = H2C;
const bed = new H2Bed();

afterEach(() => bed.end());

/** An endpoint that greets and then does something for each request, told by its stream and its number from 0. */
function endpointThat(act: (peer: H2Peer, stream: number, request: number) => unknown) {
  return bed.origin(
    startH2RawOrigin(async (peer) => {
      peer.settings();
      for (let request = 0; ; request++) {
        const { stream } = await peer.next(FrameType.HEADERS);
        await act(peer, stream, request);
      }
    }),
  );
}

describe('h2 upstream: a stream that the endpoint breaks', () => {
  it.each([
    ['REFUSED_STREAM', REFUSED_STREAM, Fault.STREAM_REFUSED, false],
    ['INTERNAL_ERROR', INTERNAL_ERROR, Fault.STREAM_RESET, false],
    ['CANCEL', CANCEL, Fault.STREAM_RESET, false],
    ['NO_ERROR', 0, Fault.STREAM_RESET, false],
    ['HTTP_1_1_REQUIRED', 13, Fault.STREAM_RESET, false],
    ['a code that nobody knows', 4711, Fault.STREAM_RESET, false],
  ])('before its answer with %s', async (_name, code, fault, responseStarted) => {
    const { pools, endpoint } = await endpointThat((peer, stream, request) =>
      request === 0 ? peer.reset(stream, code) : peer.answer(stream, 'ok'),
    );
    expect(await callUpstream(pools, endpoint, { limits })).toMatchObject({
      fault,
      answered: false,
      responseStarted,
    });
    expect(await callUpstream(pools, endpoint, { limits })).toMatchObject({ body: 'ok', reused: true });
  });

  it.each([
    ['after an interim answer, which proves that it was looked at', REFUSED_STREAM, '103'],
    ['after an interim answer', INTERNAL_ERROR, '100'],
  ])('%s', async (_name, code, status) => {
    const { pools, endpoint } = await endpointThat((peer, stream) => {
      peer.headers(stream, [[':status', status]]);
      peer.reset(stream, code);
    });
    const result = await callUpstream(pools, endpoint, { limits });
    expect(result).toMatchObject({ fault: Fault.STREAM_RESET, answered: false, responseStarted: true });
  });

  it.each([
    ['after its head', (peer: H2Peer, stream: number) => peer.headers(stream, OK)],
    [
      'in its body',
      (peer: H2Peer, stream: number) => {
        peer.headers(stream, OK);
        peer.data(stream, 'part');
      },
    ],
  ])('%s', async (_name, begin) => {
    const { pools, endpoint } = await endpointThat((peer, stream) => {
      begin(peer, stream);
      peer.reset(stream, INTERNAL_ERROR);
    });
    const result = await callUpstream(pools, endpoint, { limits });
    expect(result).toMatchObject({ status: 200, fault: Fault.RESPONSE_INCOMPLETE, answered: true });
  });

  it('in the middle of the upload, and the rest of the upload goes nowhere', async () => {
    const { pools, endpoint } = await endpointThat((peer, stream) => peer.reset(stream, INTERNAL_ERROR));
    const call = startCall(pools, endpoint, { limits, framing: RequestFraming.CHUNKED });
    call.connection.writeBody(Buffer.alloc(200_000), false);
    expect(await within(call.done, { what: 'the fault' })).toMatchObject({ fault: Fault.STREAM_RESET });
    expect(call.connection.writeBody(Buffer.alloc(1000), true)).toBe(true);
  });

  it.each([0, CANCEL, INTERNAL_ERROR])(
    'in the middle of the upload with its answer whole, which then counts (code %i)',
    async (code) => {
      const { pools, endpoint } = await endpointThat((peer, stream, request) => {
        peer.socket.cork();
        peer.headers(stream, [[':status', '413']], request === 0 ? END_STREAM : 0);
        if (request === 1) peer.data(stream, 'too large', END_STREAM);
        peer.reset(stream, code);
        peer.socket.uncork();
      });
      for (const body of ['', 'too large']) {
        const call = startCall(pools, endpoint, { limits, framing: RequestFraming.CHUNKED });
        expect(await within(call.done, { what: 'the answer' })).toMatchObject({
          status: 413,
          body,
          fault: -1,
        });
      }
    },
  );
});

describe('h2 upstream: an answer of any status', () => {
  it.each([200, 299, 421, 599, 600, 999])('%i', async (status) => {
    const { pools, endpoint } = await endpointThat((peer, stream) => {
      peer.headers(stream, [[':status', String(status)]]);
      peer.data(stream, 'body', END_STREAM);
    });
    for (let i = 0; i < 2; i++)
      expect(await callUpstream(pools, endpoint, { limits })).toMatchObject({
        status,
        body: 'body',
        fault: -1,
      });
  });
});

describe('h2 upstream: an answer that is none', () => {
  const rest = 'the session and the requests beside it';
  it.each([
    ['no status', [['x', 'y']], Fault.STREAM_RESET],
    ['a status that is no number', [[':status', '2x0']], Fault.STREAM_RESET],
    ['a field of HTTP/1', [...OK, ['connection', 'close']], Fault.STREAM_RESET],
    ['a field name in upper case', [...OK, ['X-Up', 'y']], Fault.STREAM_RESET],
    ['two lengths', [...OK, ['content-length', '1'], ['content-length', '2']], Fault.STREAM_RESET],
    [
      '300 fields',
      [...OK, ...Array.from({ length: 300 }, (_, i) => [`x-${i}`, ''] as const)],
      Fault.RESPONSE_HEAD_TOO_LARGE,
    ],
    [
      'a head of 70 KiB',
      [...OK, ['x-a', 'a'.repeat(40_000)], ['x-b', 'b'.repeat(32_000)]],
      Fault.RESPONSE_HEAD_TOO_LARGE,
    ],
  ] as const)(`%s: costs that request, not ${rest}`, async (_name, fields, fault) => {
    const { origin, pools, endpoint } = await endpointThat((peer, stream, request) => {
      if (request === 1) peer.headers(stream, fields);
      if (request === 2) peer.answer(1, 'first');
    });
    const first = startCall(pools, endpoint, { limits });
    const bad = await callUpstream(pools, endpoint, { limits });
    expect(bad).toMatchObject({ fault, answered: false });
    startCall(pools, endpoint, { limits });
    expect(await within(first.done, { what: 'the first answer' })).toMatchObject({
      body: 'first',
      fault: -1,
    });
    expect(origin.peers).toHaveLength(1);
  });

  it('an announced length that the body does not have', async () => {
    const { pools, endpoint } = await endpointThat((peer, stream, request) => {
      peer.headers(stream, [...OK, ['content-length', '4']]);
      peer.data(stream, request === 0 ? 'abc' : 'abcde', END_STREAM);
    });
    for (let i = 0; i < 2; i++) {
      const result = await callUpstream(pools, endpoint, { limits });
      expect(result).toMatchObject({ status: 200, fault: Fault.RESPONSE_INCOMPLETE, answered: true });
      expect(result.bodyBytes).toBeLessThanOrEqual(4);
    }
  });

  it('interim answers without end', async () => {
    const { origin, pools, endpoint } = await endpointThat((peer, stream, request) => {
      if (request > 0) return peer.answer(stream, 'ok');
      for (let i = 0; i < 100; i++) peer.headers(stream, [[':status', '103']]);
    });
    const result = await callUpstream(pools, endpoint, { limits });
    expect(result).toMatchObject({ fault: Fault.BAD_RESPONSE, answered: false, responseStarted: true });
    const resets = () => origin.peers[0]?.frames.filter(({ type }) => type === FrameType.RST_STREAM) ?? [];
    await waitFor(() => resets().length > 0, { what: 'our RST_STREAM' });
    expect(resets().map(resetCode)).toEqual([CANCEL]);
    expect(await callUpstream(pools, endpoint, { limits })).toMatchObject({ body: 'ok' });
  });

  it('trailers with a pseudo field', async () => {
    const { pools, endpoint } = await endpointThat((peer, stream) => {
      peer.headers(stream, OK);
      peer.data(stream, 'body');
      peer.headers(stream, [[':status', '200']], END_STREAM);
    });
    const result = await callUpstream(pools, endpoint, { limits });
    expect(result).toMatchObject({ fault: Fault.RESPONSE_INCOMPLETE, answered: true });
  });
});

describe('h2 upstream: giving up', () => {
  it('before the session stands sends nothing', async () => {
    const { origin, pools, endpoint } = await bed.origin(startH2RawOrigin(() => {}));
    const call = startCall(pools, endpoint, { limits, framing: RequestFraming.CHUNKED });
    call.connection.abort();
    call.connection.writeBody(Buffer.from('x'), true);
    await waitFor(() => origin.peers.length === 1, { what: 'the session' });
    origin.peers[0]?.settings();
    await waitFor(() => pools.stats()[0]?.idle === 1, { what: 'the session to stand' });
    expect(origin.peers[0]?.count(FrameType.HEADERS)).toBe(0);
  });

  it('tells the endpoint, in every state of the request, and frees its place', async () => {
    const seen: string[] = [];
    const { pools, endpoint } = await bed.origin(
      startH2Origin(({ stream, headers }) => {
        stream.resume().on('close', () => seen.push(`${headers[':path']} ${stream.rstCode}`));
        if (headers[':path'] === '/waiting' || headers[':path'] === '/upload') return;
        stream.respond({ ':status': 200 });
        if (headers[':path'] !== '/head') stream.write('part');
      }),
    );
    const head = (path: string): string => `POST ${path} HTTP/1.1\r\nHost: t\r\n\r\n`;
    const idle = () => waitFor(() => pools.stats()[0]?.idle === 1, { what: 'the place to be free' });
    const waiting = startCall(pools, endpoint, { limits, head: head('/waiting') });
    await waitFor(() => waiting.connection.connected, { what: 'the stream' });
    waiting.connection.abort();
    await idle();
    const upload = startCall(pools, endpoint, {
      limits,
      head: head('/upload'),
      framing: RequestFraming.LENGTH,
    });
    upload.connection.writeBody(Buffer.alloc(300_000), false);
    upload.connection.abort();
    await idle();
    for (const path of ['/head', '/body']) {
      const call = startCall(pools, endpoint, {
        limits,
        head: head(path),
        ...(path === '/head' ? { onHead: ({ connection }) => connection.abort() } : {}),
        onBody: ({ connection }) => {
          connection.abort();
          return true;
        },
      });
      await idle();
      expect(call.events).toEqual(path === '/head' ? ['head'] : ['head', 'body']);
    }
    await waitFor(() => seen.length === 4, { what: 'the ends of the streams' });
    expect(seen).toEqual(['/waiting', '/upload', '/head', '/body'].map((path) => `${path} ${CANCEL}`));
    expect(waiting.events).toEqual([]);
    expect(upload.events).toEqual([]);
  });

  it('while the answer is held frees what was held', async () => {
    const { pools, endpoint } = await bed.origin(
      startH2Origin(({ stream }) => {
        stream.respond({ ':status': 200 });
        stream.end(Buffer.alloc(1_000_000));
      }),
    );
    const call = startCall(pools, endpoint, { limits, onBody: () => false });
    await waitFor(() => call.bodyBytes > 0, { what: 'the first piece' });
    call.connection.abort();
    await waitFor(() => pools.stats()[0]?.idle === 1, { what: 'the place to be free' });
    expect(call.events).toEqual(['head', 'body']);
  });
});

describe('h2 upstream: a connection that is lost', () => {
  it.each([
    ['closed', Fault.UPSTREAM_CLOSED, (peer: H2Peer) => peer.socket.end()],
    ['reset', Fault.UPSTREAM_RESET, (peer: H2Peer) => peer.socket.resetAndDestroy()],
  ])(
    '%s as a request comes to an idle session: that request alone may be sent again',
    async (_name, fault, lose) => {
      const { pools, endpoint } = await endpointThat((peer, stream, request) => {
        if (peer.number > 0 || request === 0) peer.answer(stream, 'ok');
        else lose(peer);
      });
      await callUpstream(pools, endpoint, { limits });
      await waitFor(() => pools.stats()[0]?.idle === 1, { what: 'the session to be idle' });
      const result = await callUpstream(pools, endpoint, { limits });
      expect(result).toMatchObject({ fault, answered: false, reused: true, responseStarted: false });
      expect(await callUpstream(pools, endpoint, { limits, fresh: true })).toMatchObject({ body: 'ok' });
    },
  );

  it('under several requests: the endpoint may have worked on each of them', async () => {
    const { pools, endpoint } = await endpointThat((peer, stream, request) => {
      if (request === 0) peer.answer(stream, 'ok');
      if (request === 1) peer.headers(stream, OK);
      if (request === 3) peer.socket.resetAndDestroy();
    });
    await callUpstream(pools, endpoint, { limits });
    const answered = startCall(pools, endpoint, { limits });
    await waitFor(() => answered.events.length > 0, { what: 'the head' });
    const others = [callUpstream(pools, endpoint, { limits }), callUpstream(pools, endpoint, { limits })];
    expect(await answered.done).toMatchObject({ fault: Fault.RESPONSE_INCOMPLETE, answered: true });
    for (const other of others)
      expect(await other).toMatchObject({ fault: Fault.STREAM_RESET, answered: false });
  });

  it.each([
    ['closes', (peer: H2Peer) => peer.socket.end()],
    ['resets', (peer: H2Peer) => peer.socket.resetAndDestroy()],
    ['ends with an error', (peer: H2Peer) => peer.goaway(1, INTERNAL_ERROR)],
  ])(
    'after a whole answer that a slow client has yet to take: the endpoint %s, the client gets all of it',
    async (_name, lose) => {
      const { origin, pools, endpoint } = await endpointThat((peer, stream) => {
        peer.headers(stream, OK);
        peer.data(stream, 'first');
      });
      let held = true;
      const call = startCall(pools, endpoint, { limits, onBody: () => !held });
      await waitFor(() => call.bodyBytes > 0, { what: 'the first piece' });
      const peer = origin.peers[0] as H2Peer;
      for (let i = 0; i < 10; i++) peer.data(1, 'x'.repeat(10_000), i === 9 ? END_STREAM : 0);
      // The answer to a PING tells that what came before it was read.
      peer.send(FrameType.PING, 0, 0, Buffer.alloc(8));
      await waitFor(() => peer.count(FrameType.PING) === 1, { what: 'the answer to the PING' });
      lose(peer);
      await waitFor(() => origin.peers.length === 2, { what: 'another session in place of it' });
      expect(call.bodyBytes).toBe('first'.length);
      held = false;
      call.connection.resume();
      const result = await within(call.done, { what: 'the rest' });
      expect(result).toMatchObject({ bodyBytes: 'first'.length + 100_000, fault: -1 });
    },
  );

  it('by an error that ends the session in the same packet as a whole answer: the answer counts', async () => {
    const { pools, endpoint } = await endpointThat((peer, stream) => {
      peer.socket.cork();
      peer.answer(stream, 'whole');
      peer.goaway(stream, INTERNAL_ERROR);
      peer.socket.uncork();
    });
    expect(await callUpstream(pools, endpoint, { limits })).toMatchObject({ body: 'whole', fault: -1 });
  });
});
