/** Endpoints of HTTP/2 that cannot be had, and endpoints that a new configuration keeps, changes or takes away. */

import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Fault } from '../../src/kit/faults.ts';
import { RequestFraming } from '../../src/worker/upstream/upstream-call.ts';
import { freePort } from '../support/free-port.ts';
import { answer, H2Bed, H2C, holding, startH2Origin } from '../support/h2-origin.ts';
import { FrameType, type H2Peer, startH2RawOrigin } from '../support/h2-raw-origin.ts';
import { startRawOrigin } from '../support/raw-origin.ts';
import { type Call, callUpstream, LIMITS, startCall } from '../support/upstream-call.ts';
import { waitFor } from '../support/wait-for.ts';

const limits = H2C;
const bed = new H2Bed();

afterEach(() => bed.end());

describe('h2 upstream: an endpoint that cannot be had', () => {
  it.each([
    ['refuses', async () => ({ port: await freePort(), close: async () => {} }), Fault.CONNECT_REFUSED],
    ['closes at once', () => startRawOrigin((connection) => connection.end()), Fault.CONNECT_FAILED],
    [
      'speaks HTTP/1',
      () => startRawOrigin(({ socket }) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')),
      Fault.NOT_HTTP2,
    ],
    [
      'speaks anything',
      () => startRawOrigin(({ socket }) => void socket.write('\0'.repeat(100))),
      Fault.NOT_HTTP2,
    ],
  ])('%s: every request that waits is told, and the reason is reported once', async (_name, start, fault) => {
    const { endpoint } = await bed.origin(start());
    const reports: string[] = [];
    const pools = bed.pools({ reports });
    for (let round = 0; round < 2; round++) {
      const calls = Array.from({ length: 3 }, () => callUpstream(pools, endpoint, { limits }));
      for (const call of calls)
        expect(await call).toMatchObject({ fault, connected: false, responseStarted: false });
    }
    expect(reports).toHaveLength(1);
    expect(pools.stats()[0]).toMatchObject({ open: 0, created: 2 });
  });

  it('has a name that does not resolve', async () => {
    const pools = bed.pools();
    const result = await callUpstream(pools, bed.endpoint(80, 'no-such-host.invalid'), { limits });
    expect(result).toMatchObject({ fault: Fault.DNS_FAILED, connected: false });
  });

  it('on a unix socket is there like any other', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'penstock-h2-'));
    bed.later(() => rm(folder, { recursive: true }));
    const path = join(folder, 'o.sock');
    const { pools } = await bed.origin(startH2Origin(({ stream }) => answer(stream, 'unix'), { path }));
    const endpoint = { key: 's/u', address: { kind: 'unix' as const, path } };
    expect(await callUpstream(pools, endpoint, { limits })).toMatchObject({ body: 'unix' });
  });
});

describe('h2 upstream: a new configuration', () => {
  it('that still has the endpoint keeps its session; one without it lets requests under way end', async () => {
    const { asked, onStream, answerAll } = holding();
    const { origin, pools, endpoint } = await bed.origin(startH2Origin(onStream));
    const first = callUpstream(pools, endpoint, { limits });
    await waitFor(() => asked.length === 1, { what: 'the request' });
    const moved = { key: endpoint.key, address: { ...endpoint.address } };
    const second = callUpstream(pools, moved, { limits: { ...limits } });
    await waitFor(() => asked.length === 2, { what: 'the second request' });
    expect(origin.sessions).toHaveLength(1);
    pools.drop(pools.keys());
    expect(origin.open()).toBe(1);
    answerAll();
    for (const call of [first, second]) expect(await call).toMatchObject({ body: 'ok', fault: -1 });
    await waitFor(() => origin.open() === 0, { what: 'the session to be gone' });
  });

  it('that takes the endpoint away lets a request go through that was about to connect', async () => {
    const { pools, endpoint } = await bed.origin(startH2Origin(({ stream }) => answer(stream, 'ok')));
    const call = callUpstream(pools, endpoint, { limits });
    pools.drop(pools.keys());
    expect(await call).toMatchObject({ body: 'ok', fault: -1 });
  });

  it('with another protocol changes what is spoken', async () => {
    const port = await freePort();
    const endpoint = bed.endpoint(port);
    const pools = bed.pools();
    const both = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (bytes) => {
        const isH2 = bytes.toString('latin1').startsWith('PRI * HTTP/2.0');
        socket.end(isH2 ? '' : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh1');
      });
    });
    await new Promise<void>((resolve) => both.listen(port, '127.0.0.1', resolve));
    bed.later(() => new Promise((resolve) => both.close(resolve)));
    const moved = { key: endpoint.key, address: { ...endpoint.address } };
    expect(await callUpstream(pools, endpoint, { limits: LIMITS })).toMatchObject({ body: 'h1' });
    expect(await callUpstream(pools, moved, { limits })).toMatchObject({ fault: Fault.CONNECT_FAILED });
  });
});

describe('h2 upstream: uploads', () => {
  it('of several requests at once, in pieces of lent memory, arrive as they were', async () => {
    const { pools, endpoint } = await bed.origin(
      startH2Origin(({ stream }) => {
        const hash = createHash('sha256');
        stream.on('data', (piece) => hash.update(piece)).on('end', () => answer(stream, hash.digest('hex')));
      }),
    );
    const PIECES = 20;
    const pieceOf = (call: number, piece: number): Buffer =>
      Buffer.alloc(20_000 + 10_000 * piece, call * PIECES + piece);
    const sent = Array.from({ length: 12 }, (_, number) => {
      const hash = createHash('sha256');
      let next = 0;
      const upload = ({ connection }: Call): void => {
        for (let goesOn = true; goesOn && next < PIECES; next++) {
          const view = pieceOf(number, next);
          hash.update(view);
          goesOn = connection.writeBody(view, next === PIECES - 1);
          view.fill(0xff);
        }
      };
      const head = 'POST / HTTP/1.1\r\nHost: t\r\n\r\n';
      const options = { limits, head, framing: RequestFraming.CHUNKED, upload, onDrain: upload };
      return { done: callUpstream(pools, endpoint, options), hash };
    });
    for (const { done, hash } of sent) expect((await done).body).toBe(hash.digest('hex'));
  });
});

describe('h2 upstream: what is written early', () => {
  it('is bounded while the session does not stand', async () => {
    const { origin, pools, endpoint } = await bed.origin(startH2RawOrigin(() => {}));
    const call = startCall(pools, endpoint, { limits, framing: RequestFraming.CHUNKED });
    const piece = Buffer.alloc(10_000);
    let pieces = 0;
    while (call.connection.writeBody(piece, false)) pieces++;
    expect(pieces).toBe(6);
    const peer: H2Peer = await waitFor(() => origin.peers[0], { what: 'the session' });
    peer.settings();
    await peer.next(FrameType.HEADERS);
    peer.window(0, 100_000);
    peer.window(1, 100_000);
    await waitFor(() => call.events.includes('drain'), { what: 'the request to go on' });
    expect(call.connection.unsentBytes).toBe(0);
  });
});
