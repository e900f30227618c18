/** The life of an HTTP/2 connection: how it begins, drains, idles and ends (RFC 9113 3.4, 5.1, 6.8, 9.1). */

import { execFile } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { BodyFraming } from '../../src/worker/listener/client-side.ts';
import { Http2Connection } from '../../src/worker/listener/node/http2-connection.ts';
import {
  CONNECTION_WINDOW_BYTES,
  MAX_FIELDS,
  MAX_STREAMS,
  STREAM_WINDOW_BYTES,
} from '../../src/worker/listener/node/http2-options.ts';
import { Inlet, NOBODY } from '../../src/worker/listener/node/inlet.ts';
import { answer, type Bed, type BedOptions, openBed, type Seen } from '../support/h2-bed.ts';
import {
  data,
  ErrorCode,
  FrameClient,
  FrameType,
  get,
  goaway,
  headers,
  PREFACE,
  requestFields,
  reset,
  Setting,
  settings,
  times,
} from '../support/h2-frames.ts';
import { requireProgram } from '../support/programs.ts';
import { waitFor } from '../support/wait-for.ts';

const run = promisify(execFile);

let bed: Bed;
afterEach(() => bed.close());

async function open(options: BedOptions = {}): Promise<void> {
  bed = await openBed(options);
  bed.scripts.set('/', (seen) => answer(seen, 200, 'hello'));
  bed.scripts.set('/hold', (seen) => seen.client.attach(seen));
}

async function held(count = 1): Promise<readonly Seen[]> {
  const all = (): Seen[] => bed.seen.filter((seen) => seen.client.head.target === '/hold');
  return await waitFor(() => (all().length === count ? all() : null), {
    what: `${count} requests under way`,
  });
}

describe('an HTTP/2 connection begins', () => {
  it.each([
    ['plain', {}],
    ['plain, behind whoever read its first bytes into memory of his own', { door: true }],
    ['over TLS', { tls: true }],
  ])('%s', async (_how, options) => {
    await open(options);
    const client = await FrameClient.open(bed.port, { tls: options === undefined || 'tls' in options });
    client.send(get(1), headers(3, requestFields('POST', '/hold'), false), data(3, 'body', true));
    expect(await client.status(1)).toBe(200);
    expect(client.body(1).toString()).toBe('hello');
    const [upload] = await held();
    await waitFor(() => upload?.bodyDone, { what: 'the body' });
    expect(upload?.body.toString()).toBe('body');
    expect(upload?.client.tls).toBe('tls' in options);
    client.close();
  });

  it('with a preface that comes octet by octet', async () => {
    await open();
    const client = await FrameClient.open(bed.port, { greet: false });
    for (const octet of Buffer.concat([PREFACE, settings(), get(1)])) {
      client.send(Buffer.of(octet));
      await new Promise(setImmediate);
    }
    expect(await client.status(1)).toBe(200);
    client.close();
  });

  it('and is told what it is held to', async () => {
    await open({ settings: { headerBytes: 1_000, urlBytes: 500 } });
    const client = await FrameClient.open(bed.port);
    const told = await client.settingsTold();
    expect(told.get(Setting.MAX_CONCURRENT_STREAMS)).toBe(MAX_STREAMS);
    expect(told.get(Setting.INITIAL_WINDOW_SIZE)).toBe(STREAM_WINDOW_BYTES);
    expect(told.get(Setting.MAX_HEADER_LIST_SIZE)).toBe(2 * 1_500 + MAX_FIELDS * 32);
    expect((await client.frame(FrameType.WINDOW_UPDATE, 0)).payload.readUInt32BE(0)).toBe(
      CONNECTION_WINDOW_BYTES - 65_535,
    );
    client.close();
  });

  it('with nothing: it is closed, and so it is with a part of the preface or no settings', async () => {
    await open({ settings: { readMs: 5_000 } });
    const silent = await FrameClient.open(bed.port, { greet: false });
    const half = await FrameClient.open(bed.port, { greet: false });
    half.send(PREFACE.subarray(0, 10));
    const unsettled = await FrameClient.open(bed.port, { greet: false });
    unsettled.send(PREFACE);
    const unacknowledged = await FrameClient.open(bed.port, { greet: false });
    unacknowledged.send(PREFACE, settings(), get(1, '/hold'));
    const good = await FrameClient.open(bed.port);
    await good.settled();
    await held();
    bed.advance(5_100);
    for (const client of [silent, half, unsettled, unacknowledged]) {
      await client.closing();
      expect(client.goawayCode()).toBe(ErrorCode.SETTINGS_TIMEOUT);
    }
    expect((await held())[0]?.aborts).toBe(1);
    good.send(get(1));
    expect(await good.status(1)).toBe(200);
    good.close();
  });

  it('not on a socket that is gone', async () => {
    await open();
    const socket = connect({ port: bed.port, host: '127.0.0.1' });
    socket.destroy();
    const facts = { peer: '127.0.0.1', tls: false, localPort: 1 };
    const inlet = new Inlet(socket, Buffer.alloc(1024), NOBODY, true);
    const connection = new Http2Connection(inlet, facts, bed.ground, bed.sweeper);
    connection.begin(PREFACE);
    connection.drain();
    connection.close();
    await waitFor(() => bed.sweeper.size === 0, { what: 'nothing to be swept' });
  });

  it('with something else: it is closed', async () => {
    await open();
    const client = await FrameClient.open(bed.port, { greet: false });
    client.send(Buffer.from('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'));
    await client.closing();
    expect(bed.seen).toHaveLength(0);
  });
});

describe('an HTTP/2 connection carries', () => {
  it('as many streams as it was told, and refuses one more of a peer that cannot know it yet', async () => {
    await open();
    const client = await FrameClient.open(bed.port);
    client.send(times(MAX_STREAMS + 1, (index) => get(1 + 2 * index, '/hold')));
    const all = await held(MAX_STREAMS);
    expect(await client.resetCode(1 + 2 * MAX_STREAMS)).toBe(ErrorCode.REFUSED_STREAM);
    for (const seen of all) answer(seen, 200, 'done');
    expect(await client.ended(1)).toBe(true);
    expect(await client.ended(2 * MAX_STREAMS - 1)).toBe(true);
    client.send(get(3 + 2 * MAX_STREAMS));
    expect(await client.ended(3 + 2 * MAX_STREAMS)).toBe(true);
    client.close();
  });

  requireProgram('h2load')('under load', () => {
    it('all streams again and again, without a reset', async () => {
      await open();
      const args = ['-n', '6000', '-c', '3', '-m', String(MAX_STREAMS), `http://127.0.0.1:${bed.port}/`];
      const { stdout } = await run('h2load', args);
      expect(stdout).toMatch(/6000 succeeded, 0 failed, 0 errored/);
    });
  });
});

describe('an HTTP/2 connection ends', () => {
  it('by GOAWAY when it idles', async () => {
    await open({ settings: { keepAliveMs: 8_000 } });
    const client = await FrameClient.open(bed.port);
    client.send(get(1), get(3, '/hold'));
    const [request] = await held();
    bed.advance(9_000);
    await bed.swept();
    expect(client.goawayCode()).toBeNull();
    if (request !== undefined) answer(request, 200, 'done');
    await client.ended(3);
    await bed.swept();
    expect(client.goawayCode()).toBeNull();
    bed.advance(8_100);
    await client.closing();
    expect(client.goawayCode()).toBe(ErrorCode.NO_ERROR);
    await waitFor(() => bed.sweeper.size === 0, { what: 'the connection to be gone' });
  });

  it('not while it is used, by streams that nobody sees open when he looks', async () => {
    await open({ settings: { keepAliveMs: 8_000 } });
    const client = await FrameClient.open(bed.port);
    for (let stream = 1; stream <= 9; stream += 2) {
      bed.advance(3_000);
      client.send(get(stream));
      expect(await client.ended(stream)).toBe(true);
      await bed.swept();
    }
    expect(client.goawayCode()).toBeNull();
    bed.advance(8_100);
    await client.closing();
    expect(client.goawayCode()).toBe(ErrorCode.NO_ERROR);
  });

  it('by drain once its streams have finished', async () => {
    await open();
    const client = await FrameClient.open(bed.port);
    client.send(get(1, '/hold'), headers(3, requestFields('POST', '/hold'), false), data(3, 'one'));
    const [first, upload] = await held(2);
    bed.connections[0]?.drain();
    // The first one announces the end and still lets in any stream; the second, after our PING came back, names the last.
    await waitFor(() => client.of(FrameType.GOAWAY).length === 2, { what: 'both GOAWAY' });
    const lastStreams = client.of(FrameType.GOAWAY).map(({ payload }) => payload.readUInt32BE(0));
    expect(lastStreams).toEqual([0x7fff_ffff, 3]);
    expect(client.goawayCode()).toBe(ErrorCode.NO_ERROR);
    client.send(get(5));
    if (first !== undefined) answer(first, 200, 'late');
    expect(await client.ended(1)).toBe(true);
    client.send(data(3, 'two', true));
    await waitFor(() => upload?.bodyDone, { what: 'the rest of the upload' });
    expect(upload?.body.toString()).toBe('onetwo');
    if (upload !== undefined) answer(upload, 200, 'late too');
    expect(await client.ended(3)).toBe(true);
    await client.closing();
    expect(bed.seen).toHaveLength(2);
    expect(bed.seen.map((seen) => seen.aborts)).toEqual([0, 0]);
  });

  it('by drain at once where nothing is under way', async () => {
    await open();
    const client = await FrameClient.open(bed.port);
    await client.settled();
    bed.connections[0]?.drain();
    await client.closing();
    expect(client.goawayCode()).toBe(ErrorCode.NO_ERROR);
  });

  it('by close, and every exchange hears of it once', async () => {
    await open();
    const client = await FrameClient.open(bed.port);
    client.send(get(1, '/hold'), get(3, '/hold'));
    await held(2);
    bed.connections[0]?.close();
    bed.connections[0]?.close();
    await client.closing();
    await waitFor(() => bed.seen.every((seen) => seen.aborts === 1), { what: 'the aborts' });
    await waitFor(() => bed.sweeper.size === 0, { what: 'the connection to be gone' });
  });

  it.each([
    ['closes', (socket: Socket) => socket.destroy()],
    ['closes its side', (socket: Socket) => socket.end()],
    ['resets the connection', (socket: Socket) => socket.resetAndDestroy()],
  ])('when the peer %s', async (_how, leave) => {
    await open();
    const client = await FrameClient.open(bed.port);
    client.send(get(1, '/hold'), headers(3, requestFields('POST', '/hold'), false), data(3, 'x'));
    const all = await held(2);
    leave(client.socket);
    await waitFor(() => all.every((seen) => seen.aborts === 1), { what: 'the aborts' });
    await waitFor(() => bed.sweeper.size === 0, { what: 'the connection to be gone' });
    expect(all.map((seen) => seen.bodyDone)).toEqual([false, false]);
    for (const { client: side } of all) {
      side.writeHead(200, '', Buffer.alloc(0), BodyFraming.STREAM, -1, false);
      expect(side.writeBody(Buffer.from('x'))).toBe(true);
      side.flush();
      expect(side.end('')).toBe(true);
      side.abort();
    }
  });

  it("after the peer's GOAWAY and its last stream", async () => {
    await open();
    const client = await FrameClient.open(bed.port);
    client.send(get(1, '/hold'));
    const [request] = await held();
    client.send(goaway());
    await client.frame(FrameType.GOAWAY);
    if (request !== undefined) answer(request, 200, 'done');
    expect(await client.ended(1)).toBe(true);
    await client.closing();
  });

  it('at once on a GOAWAY with an error', async () => {
    await open();
    const client = await FrameClient.open(bed.port);
    client.send(get(1, '/hold'));
    const [request] = await held();
    client.send(goaway(ErrorCode.INTERNAL_ERROR));
    await client.closing();
    expect(request?.aborts).toBe(1);
  });

  it('although the peer does not close its side', async () => {
    await open();
    const socket = connect({ port: bed.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.write(Buffer.concat([PREFACE, settings(), get(1)]));
    let ended = false;
    socket
      .on('data', () => {})
      .on('end', () => {
        ended = true;
      });
    await waitFor(() => bed.seen.length === 1, { what: 'the request' });
    bed.connections[0]?.drain();
    await waitFor(() => ended, { what: 'the end of its side' });
    expect(bed.sweeper.size).toBe(1);
    await bed.swept();
    bed.advance(5_100);
    await waitFor(() => bed.sweeper.size === 0, { what: 'the connection to be gone' });
    socket.destroy();
  });

  it('when a peer with streams under way does not answer a PING any more', async () => {
    await open();
    const client = await FrameClient.open(bed.port);
    client.send(get(1, '/hold'));
    const [request] = await held();
    await client.settled();
    bed.advance(1_000);
    await bed.swept();
    client.socket.pause();
    bed.advance(61_000);
    await bed.swept();
    bed.advance(1_000);
    await bed.swept();
    expect(request?.aborts).toBe(0);
    bed.advance(61_000);
    await waitFor(() => request?.aborts === 1, { what: 'the abort' });
    await waitFor(() => bed.sweeper.size === 0, { what: 'the connection to be gone' });
  });

  it('never for a quiet peer that answers its PINGs', async () => {
    await open();
    const client = await FrameClient.open(bed.port);
    client.send(get(1, '/hold'));
    const [request] = await held();
    for (let round = 1; round < 4; round++) {
      bed.advance(1_000);
      await bed.swept();
      bed.advance(61_000);
      await waitFor(() => client.of(FrameType.PING).length === round, { what: 'a PING' });
    }
    expect(request?.aborts).toBe(0);
    client.send(reset(1));
    client.close();
  });
});
