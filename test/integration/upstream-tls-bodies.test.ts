/** Bodies over TLS to endpoints of HTTP/1.1: whole, in both directions, and with backpressure. */

import { createHash, randomBytes } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Fault } from '../../src/kit/faults.ts';
import { RequestFraming, WRITE_HIGH_WATER_BYTES } from '../../src/worker/upstream/upstream-call.ts';
import { type Call, callUpstream, startCall } from '../support/upstream-call.ts';
import { at, HEAD_END, ok, UpstreamTlsBed } from '../support/upstream-tls-bed.ts';
import { waitFor } from '../support/wait-for.ts';

let bed: UpstreamTlsBed;

beforeAll(async () => {
  bed = await UpstreamTlsBed.make();
});

afterEach(() => bed.end());

describe('HTTP/1.1 over TLS: bodies', () => {
  const SIZE = 8 * 1024 * 1024;

  it('of an answer come whole, through pauses', async () => {
    const sent = randomBytes(SIZE);
    const origin = await bed.start(async (connection, socket) => {
      await connection.take(HEAD_END);
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n`);
      socket.write(sent);
    });
    const { pools } = bed.pools();
    const digest = createHash('sha256');
    let pauses = 0;
    const onBody = (call: Call, bytes: Uint8Array): boolean => {
      digest.update(bytes);
      if (pauses * 500_000 > call.bodyBytes) return true;
      pauses++;
      setTimeout(() => call.connection.resume(), 5);
      return false;
    };
    const result = await callUpstream(pools, at(origin), { limits: bed.service(), keepBody: false, onBody });
    expect(result).toMatchObject({ bodyBytes: SIZE, fault: -1 });
    expect(pauses).toBeGreaterThan(10);
    expect(digest.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'));
  });

  it('stop an endpoint that sends faster than it is read', async () => {
    let taken = 0;
    const origin = await bed.start(async (connection, socket) => {
      await connection.take(HEAD_END);
      socket.write(`HTTP/1.1 200 OK\r\n${HEAD_END.slice(2)}`);
      const piece = Buffer.alloc(65_536);
      const more = (): void => {
        while (socket.write(piece)) taken += piece.length;
        taken += piece.length;
      };
      socket.on('drain', more);
      more();
    });
    const { pools } = bed.pools();
    const call = startCall(pools, at(origin), {
      limits: bed.service(),
      keepBody: false,
      onBody: () => false,
    });
    let before = -1;
    await waitFor(
      () => {
        const stands = call.bodyBytes > 0 && taken === before;
        before = taken;
        return stands;
      },
      { what: 'the endpoint to stand still', intervalMs: 200 },
    );
    // What one read from the kernel holds, in pieces of a TLS record each.
    expect(call.bodyBytes).toBeLessThanOrEqual(131_072);
    call.connection.abort();
  });

  it('of a request wait for an endpoint that reads slowly', async () => {
    const digest = createHash('sha256');
    const origin = await bed.start(async (connection, socket) => {
      socket.pause();
      await new Promise((resolve) => setTimeout(resolve, 100));
      socket.resume();
      await connection.takeBytes(SIZE);
      const text = await connection.take('0\r\n\r\n');
      await connection.write(ok(`${text.length > 0}`));
    });
    const { pools } = bed.pools();
    const piece = randomBytes(60_000);
    let left = Math.ceil(SIZE / piece.length);
    let highest = 0;
    const write = ({ connection }: Call): void => {
      while (left > 0) {
        left--;
        digest.update(piece);
        const goesOn = connection.writeBody(piece, left === 0);
        highest = Math.max(highest, connection.unsentBytes);
        if (!goesOn) return;
      }
    };
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
    const result = await callUpstream(pools, at(origin), {
      limits: bed.service(),
      head,
      framing: RequestFraming.CHUNKED,
      upload: write,
      onDrain: write,
    });
    expect(result).toMatchObject({ body: 'true', fault: -1 });
    expect(highest).toBeLessThan(WRITE_HIGH_WATER_BYTES + piece.length + 1000);
  });

  it('keep an answer that came before the end of an upload', async () => {
    const origin = await bed.start(async (connection, socket) => {
      await connection.take(HEAD_END);
      socket.end('HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno');
    });
    const { pools } = bed.pools();
    const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${SIZE}\r\n\r\n`;
    const result = await callUpstream(pools, at(origin), {
      limits: bed.service(),
      head,
      framing: RequestFraming.LENGTH,
      upload: ({ connection }) => void connection.writeBody(randomBytes(100_000), false),
    });
    expect(result).toMatchObject({ status: 413, body: 'no' });
  });

  it.each([
    ['FIN', Fault.RESPONSE_INCOMPLETE, (socket: TLSSocket) => socket.end()],
    ['loss', Fault.RESPONSE_INCOMPLETE, (socket: TLSSocket) => socket.destroy()],
  ])('that break off by %s are not taken for whole', async (_name, fault, breakOff) => {
    const origin = await bed.start(async (connection, socket) => {
      await connection.take(HEAD_END);
      await connection.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart');
      breakOff(socket);
    });
    const { pools } = bed.pools();
    expect(await callUpstream(pools, at(origin), { limits: bed.service() })).toMatchObject({
      body: 'part',
      fault,
      answered: true,
    });
  });
});
