import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kit/clock.ts';
import { Fault } from '../../src/kit/faults.ts';
import type { PoolEndpoint } from '../../src/worker/upstream/pool-ground.ts';
import { RequestFraming } from '../../src/worker/upstream/upstream-call.ts';
import { UpstreamPools } from '../../src/worker/upstream/upstream-pools.ts';
import { type OriginScript, type RawOrigin, startRawOrigin } from '../support/raw-origin.ts';
import { callUpstream, startCall } from '../support/upstream-call.ts';
import { waitFor, within } from '../support/wait-for.ts';

const HEAD_END = '\r\n\r\n';
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

/** An origin that answers its requests, in order and on every connection, with these bytes. */
function answering(...answers: string[]): OriginScript {
  return async (connection) => {
    for (let i = 0; ; i++) {
      await connection.take(HEAD_END);
      await connection.write(answers[Math.min(i, answers.length - 1)]!);
    }
  };
}

afterEach(async () => {
  for (const pools of allPools.splice(0)) pools.close();
  for (const origin of origins.splice(0)) await origin.close();
});

describe('upstream: framing of responses', () => {
  it('reads length, chunked, HEAD, 204, 304 and interim answers over one connection', async () => {
    const { origin, pools, endpoint } = await setUp(
      answering(
        'HTTP/1.1 200 Fine\r\nContent-Length: 5\r\n\r\nhello',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: 1\r\n\r\n',
        'HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n',
        'HTTP/1.1 204 No Content\r\n\r\n',
        'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n',
        `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${OK2}`,
        'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
      ),
    );
    const call = (isHead = false) => callUpstream(pools, endpoint, { isHead });
    expect(await call()).toMatchObject({
      status: 200,
      reason: 'Fine',
      body: 'hello',
      hasBody: true,
      reused: false,
      fault: -1,
    });
    expect(await call()).toMatchObject({ body: 'abcde', hasBody: true, reused: true, fault: -1 });
    expect(await call(true)).toMatchObject({ status: 200, body: '', hasBody: false, fault: -1 });
    expect(await call()).toMatchObject({ status: 204, hasBody: false, fault: -1 });
    expect(await call()).toMatchObject({ status: 304, hasBody: false, fault: -1 });
    expect(await call()).toMatchObject({ status: 200, body: 'ok', fault: -1 });
    expect(await call()).toMatchObject({ status: 200, body: '', hasBody: false, reused: true, fault: -1 });
    expect(origin.connections).toHaveLength(1);
    expect(pools.stats()).toEqual([{ key: 's/a', open: 1, idle: 1, created: 1, reused: 6 }]);
  });

  it('reads a body until the close, and does not keep that connection', async () => {
    const { origin, pools, endpoint } = await setUp(async (connection) => {
      await connection.take(HEAD_END);
      await connection.write('HTTP/1.1 200 OK\r\n\r\nall of ');
      await connection.write('this');
      connection.end();
    });
    expect(await callUpstream(pools, endpoint)).toMatchObject({ body: 'all of this', fault: -1 });
    expect(await callUpstream(pools, endpoint)).toMatchObject({
      body: 'all of this',
      fault: -1,
      reused: false,
    });
    expect(origin.connections).toHaveLength(2);
    expect(pools.stats()[0]).toMatchObject({ open: 0, idle: 0 });
  });

  it('does not keep a connection that the endpoint announces to close, or an HTTP/1.0 one', async () => {
    const { origin, pools, endpoint } = await setUp(async (connection) => {
      await connection.take(HEAD_END);
      const line = connection.number === 0 ? 'HTTP/1.1 200 OK\r\nConnection: close' : 'HTTP/1.0 200 OK';
      await connection.write(`${line}\r\nContent-Length: 2\r\n\r\nok`);
    });
    await callUpstream(pools, endpoint);
    await callUpstream(pools, endpoint);
    await within(origin.connections[1]!.ended, { what: 'our FIN' });
    expect(await callUpstream(pools, endpoint)).toMatchObject({ reused: false });
    expect(pools.stats()[0]).toMatchObject({ created: 3, reused: 0, open: 0 });
  });

  it('reads a response that comes byte by byte', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n';
    const { pools, endpoint } = await setUp(async (connection) => {
      for (;;) {
        await connection.take(HEAD_END);
        for (const byte of answer) {
          await connection.write(byte);
          // A turn of the loop between two bytes, so that each comes in a read of its own.
          await sleep(0);
        }
      }
    });
    expect(await callUpstream(pools, endpoint)).toMatchObject({ status: 200, body: 'ok', fault: -1 });
    expect(await callUpstream(pools, endpoint)).toMatchObject({ body: 'ok', fault: -1, reused: true });
  });

  it('tells the end of each read that leaves a response open, and of no other', async () => {
    const { origin, pools, endpoint } = await setUp(async (connection) => {
      await connection.take(HEAD_END);
      await connection.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nab');
    });
    const call = startCall(pools, endpoint);
    await waitFor(() => call.bodyBytes === 2, { what: 'the first piece' });
    expect(call.readEnds).toBe(1);
    await origin.connections[0]!.write('cd');
    await waitFor(() => call.bodyBytes === 4, { what: 'the second piece' });
    expect(call.readEnds).toBe(2);
    await origin.connections[0]!.write('ef');
    expect(await within(call.done, { what: 'the end' })).toMatchObject({ body: 'abcdef', fault: -1 });
    expect(call.readEnds).toBe(2);
  });

  it('interleaves many connections over the one read buffer without mixing their bytes', async () => {
    const { pools, endpoint } = await setUp(async (connection) => {
      const head = await connection.take(HEAD_END);
      const path = head.split(' ')[1]!;
      const text = `HTTP/1.1 200 OK\r\nX-Path: ${path}\r\nContent-Length: 3000\r\n\r\n${path.repeat(3000).slice(0, 3000)}`;
      for (let at = 0; at < text.length; at += 37) {
        await connection.write(text.slice(at, at + 37));
      }
    });
    const paths = Array.from({ length: 40 }, (_, i) => `/path-${i}`);
    const results = await Promise.all(
      paths.map((path) => callUpstream(pools, endpoint, { head: `GET ${path} HTTP/1.1\r\nHost: t\r\n\r\n` })),
    );
    results.forEach((result, i) => {
      expect(result.body).toBe(paths[i]!.repeat(3000).slice(0, 3000));
    });
  });
});

describe('upstream: endpoints that break off', () => {
  it.each([
    ['nothing', '', Fault.UPSTREAM_CLOSED, false, false],
    ['a part of the head', 'HTTP/1.1 200 O', Fault.BAD_RESPONSE, false, true],
    ['an interim head', 'HTTP/1.1 100 Continue\r\n\r\n', Fault.BAD_RESPONSE, false, true],
    [
      'a part of the body',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel',
      Fault.RESPONSE_INCOMPLETE,
      true,
      true,
    ],
    [
      'a part of a chunk',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel',
      Fault.RESPONSE_INCOMPLETE,
      true,
      true,
    ],
    [
      'all chunks but the last',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n',
      Fault.RESPONSE_INCOMPLETE,
      true,
      true,
    ],
  ])('a FIN after %s', async (_name, sent, fault, answered, responseStarted) => {
    const { pools, endpoint } = await setUp(async (connection) => {
      await connection.take(HEAD_END);
      await connection.write(sent);
      connection.end();
    });
    const result = await callUpstream(pools, endpoint);
    expect(result).toMatchObject({ fault, answered, responseStarted, connected: true });
    expect(pools.stats()[0]).toMatchObject({ open: 0, idle: 0 });
  });

  it.each([
    ['nothing', '', Fault.UPSTREAM_RESET, false],
    ['a part of the head', 'HTTP/1.1 200 O', Fault.BAD_RESPONSE, false],
    [
      'a part of the body',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel',
      Fault.RESPONSE_INCOMPLETE,
      true,
    ],
    ['a part of a body until the close', 'HTTP/1.1 200 OK\r\n\r\nhel', Fault.RESPONSE_INCOMPLETE, true],
  ])('a reset after %s', async (_name, sent, fault, answered) => {
    let arrived: () => void = () => {};
    const seen = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { pools, endpoint } = await setUp(async (connection) => {
      await connection.take(HEAD_END);
      await connection.write(sent);
      // A reset overtakes bytes that the other side has not read yet: wait for them to have arrived.
      if (sent !== '') await seen;
      connection.reset();
    });
    const call = startCall(pools, endpoint);
    if (sent !== '') await waitFor(() => call.connection.responseStarted, { what: 'the first bytes' });
    if (answered) await waitFor(() => call.bodyBytes === 3, { what: 'the body so far' });
    arrived();
    expect(await within(call.done, { what: 'the fault' })).toMatchObject({ fault, answered });
    expect(pools.stats()[0]).toMatchObject({ open: 0 });
  });

  it.each([
    ['something that is not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', Fault.BAD_RESPONSE, false],
    ['TLS', '\x15\x03\x01\x00\x02\x02\x46', Fault.BAD_RESPONSE, false],
    [
      'a head that never ends',
      `HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(300)}`,
      Fault.RESPONSE_HEAD_TOO_LARGE,
      false,
    ],
    [
      'a line that never ends',
      `HTTP/1.1 200 OK\r\nA: ${'b'.repeat(70_000)}`,
      Fault.RESPONSE_HEAD_TOO_LARGE,
      false,
    ],
    ['101 unasked', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', Fault.UNEXPECTED_UPGRADE, false],
    [
      'two lengths',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      Fault.BAD_RESPONSE,
      false,
    ],
    [
      'a broken chunk',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      Fault.BAD_RESPONSE_BODY,
      true,
    ],
  ])('%s is a fault at once, without waiting for the close', async (_name, sent, fault, answered) => {
    const { origin, pools, endpoint } = await setUp(answering(sent));
    expect(await callUpstream(pools, endpoint)).toMatchObject({ fault, answered });
    await within(origin.connections[0]!.ended, { what: 'the connection to be cut' });
  });

  it('bytes behind the response cost the connection and reach nobody', async () => {
    const { origin, pools, endpoint } = await setUp(
      answering(`${OK2}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`),
    );
    expect(await callUpstream(pools, endpoint)).toMatchObject({ body: 'ok', fault: -1 });
    expect(await callUpstream(pools, endpoint)).toMatchObject({ body: 'ok', reused: false });
    expect(origin.connections).toHaveLength(2);
  });

  it('bytes on an idle connection cost it, and the next response is the next one', async () => {
    const { origin, pools, endpoint } = await setUp(answering(OK2));
    await callUpstream(pools, endpoint);
    await origin.connections[0]!.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil');
    await waitFor(() => pools.stats()[0]!.open === 0, { what: 'the connection to be dropped' });
    expect(await callUpstream(pools, endpoint)).toMatchObject({ body: 'ok', reused: false });
  });

  it.each(['FIN', 'reset'])('a %s on an idle connection drops it', async (way) => {
    const { origin, pools, endpoint } = await setUp(answering(OK2));
    await callUpstream(pools, endpoint);
    if (way === 'FIN') origin.connections[0]!.end();
    else origin.connections[0]!.reset();
    await waitFor(() => pools.stats()[0]!.open === 0, { what: 'the connection to be dropped' });
    expect(await callUpstream(pools, endpoint)).toMatchObject({ body: 'ok', reused: false, fault: -1 });
  });

  it('says that a connection was reused and no byte came when it dies under the next request', async () => {
    const { pools, endpoint } = await setUp(async (connection) => {
      await connection.take(HEAD_END);
      await connection.write(OK2);
      await connection.take(HEAD_END);
      connection.reset();
    });
    await callUpstream(pools, endpoint);
    const second = await callUpstream(pools, endpoint);
    expect(second).toMatchObject({
      reused: true,
      responseStarted: false,
      fault: Fault.UPSTREAM_RESET,
      answered: false,
    });
    expect(await callUpstream(pools, endpoint, { fresh: true })).toMatchObject({ reused: false, body: 'ok' });
  });

  it('a handler that aborts in its head, in its body or later hears nothing more', async () => {
    const { origin, pools, endpoint } = await setUp(
      answering('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody'),
    );
    const inHead = startCall(pools, endpoint, { onHead: (call) => call.connection.abort() });
    const inBody = startCall(pools, endpoint, {
      onBody: (call) => {
        call.connection.abort();
        return false;
      },
    });
    const atOnce = startCall(pools, endpoint);
    atOnce.connection.abort();
    await waitFor(() => origin.connections.length >= 2, { what: 'two connections' });
    await Promise.all(origin.connections.map(({ ended }) => within(ended, { what: 'the cut' })));
    expect([inHead.events, inBody.events, atOnce.events]).toEqual([['head'], ['head', 'body'], []]);
    for (const { connection } of [inHead, inBody, atOnce]) {
      connection.writeHead('x', RequestFraming.NONE);
      connection.resume();
      connection.pause();
      connection.abort();
      expect(connection.writeBody(Buffer.from('x'), true)).toBe(true);
    }
    expect(pools.stats()[0]).toMatchObject({ open: 0, idle: 0 });
  });

  it('the connection is back in its pool when the end is told', async () => {
    const { origin, pools, endpoint } = await setUp(answering(OK2));
    let second: Promise<unknown> = Promise.resolve();
    await callUpstream(pools, endpoint, {
      onEnd: () => {
        expect(pools.stats()[0]).toMatchObject({ idle: 1 });
        second = callUpstream(pools, endpoint);
      },
    });
    expect(await second).toMatchObject({ reused: true, body: 'ok' });
    expect(origin.connections).toHaveLength(1);
  });
});
