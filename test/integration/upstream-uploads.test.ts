import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kit/clock.ts';
import { Fault } from '../../src/kit/faults.ts';
import type { PoolEndpoint } from '../../src/worker/upstream/pool-ground.ts';
import { RequestFraming, WRITE_HIGH_WATER_BYTES } from '../../src/worker/upstream/upstream-call.ts';
import { UpstreamPools } from '../../src/worker/upstream/upstream-pools.ts';
import {
  type OriginConnection,
  type OriginScript,
  type RawOrigin,
  startRawOrigin,
} from '../support/raw-origin.ts';
import { type Call, callUpstream, startCall } from '../support/upstream-call.ts';
import { waitFor, within } from '../support/wait-for.ts';

const HEAD_END = '\r\n\r\n';
const MIB = 1024 * 1024;
const POST_CHUNKED = 'POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n';
const OK2 = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const origins: RawOrigin[] = [];
const allPools: UpstreamPools[] = [];

async function setUp(
  script: OriginScript,
): Promise<{ origin: RawOrigin; pools: UpstreamPools; endpoint: PoolEndpoint }> {
  const origin = await startRawOrigin(script);
  const pools = new UpstreamPools(systemClock);
  origins.push(origin);
  allPools.push(pools);
  return {
    origin,
    pools,
    endpoint: { key: 's/a', address: { kind: 'tcp', host: '127.0.0.1', port: origin.port } },
  };
}

afterEach(async () => {
  for (const pools of allPools.splice(0)) pools.close();
  for (const origin of origins.splice(0)) await origin.close();
});

describe('upstream: request bodies', () => {
  it('writes a body of a known length as it is, before the connection stands', async () => {
    const wire: string[] = [];
    const { origin, pools, endpoint } = await setUp(async (connection) => {
      for (;;) {
        const head = await connection.take(HEAD_END);
        wire.push(head + (await connection.takeBytes(10)));
        await connection.write(OK2);
      }
    });
    const head = 'POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n';
    const options = { head, framing: RequestFraming.LENGTH, body: ['hello', 'world', ''] };
    expect(await callUpstream(pools, endpoint, options)).toMatchObject({
      body: 'ok',
      fault: -1,
      reused: false,
    });
    expect(await callUpstream(pools, endpoint, options)).toMatchObject({
      body: 'ok',
      fault: -1,
      reused: true,
    });
    expect(wire).toEqual([`${head}helloworld`, `${head}helloworld`]);
    expect(origin.connections).toHaveLength(1);
    expect(origin.connections[0]!.received()).toBe('');
  });

  it.each([
    [
      'in several pieces',
      ['hello', '', 'wörld, 17 bytes!!'],
      '5\r\nhello\r\n11\r\nw\xf6rld, 17 bytes!!\r\n0\r\n\r\n',
    ],
    ['with an empty last piece', ['abc', ''], '3\r\nabc\r\n0\r\n\r\n'],
    ['without a byte', [''], '0\r\n\r\n'],
  ])('frames a chunked body %s', async (_name, body, expected) => {
    let wire = '';
    const { pools, endpoint } = await setUp(async (connection) => {
      await connection.take(HEAD_END);
      wire = await connection.take('0\r\n\r\n');
      await connection.write(OK2);
    });
    const result = await callUpstream(pools, endpoint, {
      head: POST_CHUNKED,
      framing: RequestFraming.CHUNKED,
      body,
    });
    expect(result).toMatchObject({ body: 'ok', fault: -1 });
    expect(wire).toBe(expected);
    expect(pools.stats()[0]).toMatchObject({ idle: 1 });
  });

  it('sends head and first piece in one packet, on a new and on a reused connection', async () => {
    const reads: string[] = [];
    const { pools, endpoint } = await setUp(async (connection) => {
      connection.socket.on('data', (bytes) => reads.push(bytes.toString('latin1')));
      for (;;) {
        await connection.take('0\r\n\r\n');
        await connection.write(OK2);
      }
    });
    const options = { head: POST_CHUNKED, framing: RequestFraming.CHUNKED, body: ['abc', 'd'] };
    await callUpstream(pools, endpoint, options);
    await callUpstream(pools, endpoint, options);
    expect(reads).toEqual(Array(2).fill(`${POST_CHUNKED}3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n`));
  });

  it('copies what it is given: the client may overwrite its view at once', async () => {
    let wire = '';
    const { pools, endpoint } = await setUp(async (connection) => {
      await connection.take(HEAD_END);
      wire = await connection.take('0\r\n\r\n');
      await connection.write(OK2);
    });
    await callUpstream(pools, endpoint, {
      head: POST_CHUNKED,
      framing: RequestFraming.CHUNKED,
      upload: ({ connection }) => {
        const view = Buffer.from('first');
        connection.writeBody(view, false);
        view.fill('X');
        connection.writeBody(view.subarray(0, 0), true);
      },
    });
    expect(wire).toBe('5\r\nfirst\r\n0\r\n\r\n');
  });
});

/** A call in the middle of its upload, whose origin has read the head and lets a piece of the body lie unread. */
async function midUpload(): Promise<{ pools: UpstreamPools; connection: OriginConnection; call: Call }> {
  let ready: (connection: OriginConnection) => void = () => {};
  const standing = new Promise<OriginConnection>((resolve) => {
    ready = resolve;
  });
  const { pools, endpoint } = await setUp(async (connection) => {
    await connection.take(HEAD_END);
    connection.socket.pause();
    ready(connection);
  });
  const call = startCall(pools, endpoint, { head: POST_CHUNKED, framing: RequestFraming.CHUNKED });
  const connection = await within(standing, { what: 'the head at the origin' });
  call.connection.writeBody(Buffer.alloc(1000), false);
  return { pools, connection, call };
}

/** So many writes in one turn that they meet the reset before the loop can read. */
function writeInto(call: Call): void {
  for (let i = 0; i < 4; i++) call.connection.writeBody(Buffer.alloc(1000), false);
}

describe('upstream: an answer that comes before the upload ends', () => {
  it('is delivered, and the connection is not kept', async () => {
    const { pools, connection, call } = await midUpload();
    await connection.write('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig');
    expect(await within(call.done, { what: 'the answer' })).toMatchObject({
      status: 413,
      body: 'big',
      fault: -1,
    });
    expect(call.connection.writeBody(Buffer.from('more'), true)).toBe(true);
    connection.socket.resume();
    await within(connection.ended, { what: 'the cut' });
    expect(pools.stats()[0]).toMatchObject({ open: 0, idle: 0 });
  });

  it('is delivered when the endpoint closed with the upload unread, and our writes fail', async () => {
    const { pools, connection, call } = await midUpload();
    connection.socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig');
    connection.socket.destroy();
    writeInto(call);
    expect(await within(call.done, { what: 'the answer' })).toMatchObject({
      status: 413,
      body: 'big',
      fault: -1,
    });
    expect(call.events).toEqual(['head', 'body', 'end']);
    expect(pools.stats()[0]).toMatchObject({ open: 0, idle: 0 });
  });

  it('is delivered when it runs until a close in order, and our writes fail after it', async () => {
    const { connection, call } = await midUpload();
    connection.socket.write('HTTP/1.1 413 Too Large\r\n\r\nbig');
    connection.end();
    await new Promise((resolve) => connection.socket.once('finish', resolve));
    connection.socket.destroy();
    writeInto(call);
    expect(await within(call.done, { what: 'the answer' })).toMatchObject({
      status: 413,
      body: 'big',
      fault: -1,
    });
  });

  it('is not taken for whole when it runs until a close that was a reset', async () => {
    const { connection, call } = await midUpload();
    connection.socket.write('HTTP/1.1 413 Too Large\r\n\r\nbig');
    connection.socket.destroy();
    writeInto(call);
    expect(await within(call.done, { what: 'the fault' })).toMatchObject({
      status: 413,
      body: 'big',
      fault: Fault.RESPONSE_INCOMPLETE,
      answered: true,
    });
  });

  it('that never comes is a reset, with the request already failing to be written', async () => {
    const { pools, connection, call } = await midUpload();
    connection.socket.destroy();
    writeInto(call);
    const result = await within(call.done, { what: 'the fault' });
    expect(result).toMatchObject({ fault: Fault.UPSTREAM_RESET, answered: false, responseStarted: false });
    expect(call.events).toEqual(['fault']);
    expect(pools.stats()[0]).toMatchObject({ open: 0 });
  });

  it('lets a blocked upload go on, into nothing, once the endpoint is gone', async () => {
    const { connection, call } = await midUpload();
    const piece = Buffer.alloc(256 * 1024);
    await waitFor(() => !call.connection.writeBody(piece, false), { what: 'the upload to block' });
    connection.socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig');
    connection.socket.destroy();
    expect(await within(call.done, { what: 'the answer' })).toMatchObject({ status: 413, body: 'big' });
    expect(call.connection.writeBody(piece, true)).toBe(true);
  });
});

describe('upstream: backpressure', () => {
  const TOTAL = 64 * MIB;

  it('a download is held while the handler says so, and 64 MiB pass in bounded memory', async () => {
    const block = Buffer.alloc(MIB, 'd');
    let written = 0;
    const { pools, endpoint } = await setUp(async (connection) => {
      await connection.take(HEAD_END);
      connection.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${TOTAL}\r\n\r\n`);
      for (; written < TOTAL; written += block.length) {
        await new Promise<void>((resolve) => connection.socket.write(block, () => resolve()));
      }
    });
    let isHolding = true;
    const before = process.memoryUsage().arrayBuffers;
    let mostMemory = 0;
    const call = startCall(pools, endpoint, {
      keepBody: false,
      onBody: ({ connection }) => {
        mostMemory = Math.max(mostMemory, process.memoryUsage().arrayBuffers - before);
        if (!isHolding) setImmediate(() => connection.resume());
        return false;
      },
    });
    await waitFor(() => call.bodyBytes > 0, { what: 'the first piece' });
    const heldAt = call.bodyBytes;
    let last = -1;
    await waitFor(
      () => {
        const stands = written === last;
        last = written;
        return stands;
      },
      { what: 'the origin to be blocked', intervalMs: 150 },
    );
    expect(call.bodyBytes).toBe(heldAt);
    expect(heldAt).toBeLessThanOrEqual(65_536);
    expect(written).toBeLessThan(TOTAL / 2);
    isHolding = false;
    call.connection.resume();
    expect(await within(call.done, { what: 'all of it', timeoutMs: 50_000 })).toMatchObject({
      bodyBytes: TOTAL,
      fault: -1,
    });
    expect(mostMemory).toBeLessThan(16 * MIB);
    expect(pools.stats()[0]).toMatchObject({ idle: 1 });
  });

  it('an upload waits for a slow endpoint, and 64 MiB pass in bounded memory', async () => {
    let received = 0;
    let release: () => void = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { pools, endpoint } = await setUp(async (connection) => {
      await connection.take(HEAD_END);
      connection.socket.pause();
      await released;
      connection.socket.removeAllListeners('data');
      // What came with the head.
      received = connection.received().length;
      connection.socket.on('data', (bytes) => {
        received += bytes.length;
        if (received >= TOTAL) connection.socket.write(OK2);
      });
      connection.socket.resume();
    });
    const piece = Buffer.alloc(100_000, 'u');
    let left = TOTAL;
    let mostUnsent = 0;
    let refusals = 0;
    const upload = ({ connection }: Call) => {
      while (left > 0) {
        const length = Math.min(left, piece.length);
        left -= length;
        const goesOn = connection.writeBody(piece.subarray(0, length), left === 0);
        mostUnsent = Math.max(mostUnsent, connection.unsentBytes);
        if (!goesOn) {
          refusals++;
          return;
        }
      }
    };
    const call = startCall(pools, endpoint, {
      head: `POST / HTTP/1.1\r\nHost: t\r\nContent-Length: ${TOTAL}\r\n\r\n`,
      framing: RequestFraming.LENGTH,
      upload,
      onDrain: upload,
    });
    let last = -1;
    await waitFor(
      () => {
        const stands = left === last;
        last = left;
        return stands;
      },
      { what: 'the upload to be blocked', intervalMs: 150 },
    );
    expect(left).toBeGreaterThan(TOTAL / 2);
    release();
    expect(await within(call.done, { what: 'the answer', timeoutMs: 50_000 })).toMatchObject({
      body: 'ok',
      fault: -1,
    });
    expect(received).toBe(TOTAL);
    expect(refusals).toBeGreaterThan(1);
    expect(mostUnsent).toBeLessThan(WRITE_HIGH_WATER_BYTES + piece.length + 1000);
    expect(call.events.filter((event) => event === 'drain').length).toBeGreaterThan(0);
    expect(pools.stats()[0]).toMatchObject({ idle: 1 });
  });
});
