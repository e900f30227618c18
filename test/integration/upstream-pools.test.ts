import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/kit/clock.ts';
import { Fault } from '../../src/kit/faults.ts';
import type { PoolEndpoint } from '../../src/worker/upstream/pool-ground.ts';
import { UpstreamPools } from '../../src/worker/upstream/upstream-pools.ts';
import { type OriginScript, type RawOrigin, startRawOrigin } from '../support/raw-origin.ts';
import { callUpstream, LIMITS, startCall } from '../support/upstream-call.ts';
import { waitFor, within } from '../support/wait-for.ts';

const HEAD_END = '\r\n\r\n';
const OK2 = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const cleanUps: (() => unknown)[] = [];

const answers =
  (text: string): OriginScript =>
  async (connection) => {
    for (;;) {
      await connection.take(HEAD_END);
      await connection.write(text);
    }
  };

async function start(script: OriginScript): Promise<{ origin: RawOrigin; endpoint: PoolEndpoint }> {
  const origin = await startRawOrigin(script);
  cleanUps.push(() => origin.close());
  return { origin, endpoint: { key: 's/a', address: { kind: 'tcp', host: '127.0.0.1', port: origin.port } } };
}

function poolsOn(clock: Clock): UpstreamPools {
  const pools = new UpstreamPools(clock);
  cleanUps.push(() => pools.close());
  return pools;
}

/** A clock that a test moves. */
function handClock(): Clock & { ms: number } {
  return {
    ms: 1_000_000,
    nowMs() {
      return this.ms;
    },
    epochMs() {
      return this.ms;
    },
  };
}

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('upstream pools: reuse', () => {
  it('sends 1,000 requests one after the other over one connection', async () => {
    const { origin, endpoint } = await start(answers(OK2));
    const pools = poolsOn(systemClock);
    for (let i = 0; i < 1000; i++) {
      const result = await callUpstream(pools, endpoint);
      if (result.body !== 'ok' || result.reused !== i > 0)
        expect.fail(`request ${i}: ${JSON.stringify(result)}`);
    }
    expect(origin.connections).toHaveLength(1);
    expect(pools.stats()).toEqual([{ key: 's/a', open: 1, idle: 1, created: 1, reused: 999 }]);
  });

  it('sends 200 requests at once over 200 connections, then again over the same ones', async () => {
    const { origin, endpoint } = await start(answers(OK2));
    const pools = poolsOn(systemClock);
    for (let round = 0; round < 2; round++) {
      const results = await Promise.all(Array.from({ length: 200 }, () => callUpstream(pools, endpoint)));
      expect(results.every((result) => result.body === 'ok' && result.fault === -1)).toBe(true);
    }
    expect(origin.connections).toHaveLength(200);
    expect(pools.stats()).toEqual([{ key: 's/a', open: 200, idle: 200, created: 200, reused: 200 }]);
  });

  it('takes the connection that was used last', async () => {
    const { origin, endpoint } = await start(async (connection) => {
      for (;;) {
        await connection.take(HEAD_END);
        await connection.write(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${connection.number}`);
      }
    });
    const pools = poolsOn(systemClock);
    const calls = [startCall(pools, endpoint), startCall(pools, endpoint), startCall(pools, endpoint)];
    const ended: string[] = [];
    await Promise.all(calls.map((call) => call.done.then(({ body }) => ended.push(body))));
    expect(origin.connections).toHaveLength(3);
    expect((await callUpstream(pools, endpoint)).body).toBe(ended[2]);
    expect((await callUpstream(pools, endpoint)).body).toBe(ended[2]);
  });

  it('keeps no more idle connections than allowed', async () => {
    const { endpoint } = await start(answers(OK2));
    const pools = poolsOn(systemClock);
    const limits = { ...LIMITS, maxIdle: 3 };
    await Promise.all(Array.from({ length: 10 }, () => callUpstream(pools, endpoint, { limits })));
    expect(pools.stats()[0]).toMatchObject({ open: 3, idle: 3, created: 10 });
    const none = poolsOn(systemClock);
    await callUpstream(none, endpoint, { limits: { ...LIMITS, maxIdle: 0 } });
    expect(none.stats()[0]).toMatchObject({ open: 0, idle: 0, created: 1 });
  });

  it('gives a connection no more requests than allowed', async () => {
    const { origin, endpoint } = await start(answers(OK2));
    const pools = poolsOn(systemClock);
    const limits = { ...LIMITS, maxRequests: 3 };
    for (let i = 0; i < 7; i++) await callUpstream(pools, endpoint, { limits });
    expect(origin.connections).toHaveLength(3);
    expect(pools.stats()[0]).toMatchObject({ open: 1, created: 3, reused: 4 });
  });
});

describe('upstream pools: time', () => {
  it('closes what has idled for the configured time, and only that', async () => {
    const { origin, endpoint } = await start(answers(OK2));
    const clock = handClock();
    const pools = poolsOn(clock);
    const limits = { ...LIMITS, idleTimeoutMs: 60_000 };
    await Promise.all([callUpstream(pools, endpoint, { limits }), callUpstream(pools, endpoint, { limits })]);
    clock.ms += 40_000;
    pools.sweep();
    await callUpstream(pools, endpoint, { limits });
    clock.ms += 30_000;
    pools.sweep();
    expect(pools.stats()[0]).toMatchObject({ open: 1, idle: 1 });
    clock.ms += 30_000;
    pools.sweep();
    expect(pools.stats()[0]).toMatchObject({ open: 0, idle: 0 });
    await Promise.all(origin.connections.map(({ ended }) => within(ended, { what: 'our FIN' })));
  });

  it.each([
    ['timeout=5', 4000],
    ['timeout=1', 500],
    ['timeout=600', 60_000],
    ['max=5', 60_000],
  ])('honours Keep-Alive: %s with a margin', async (value, idleMs) => {
    const { endpoint } = await start(
      answers(`HTTP/1.1 200 OK\r\nKeep-Alive: ${value}\r\nContent-Length: 2\r\n\r\nok`),
    );
    const clock = handClock();
    const pools = poolsOn(clock);
    await callUpstream(pools, endpoint);
    clock.ms += idleMs - 1;
    pools.sweep();
    expect(pools.stats()[0]).toMatchObject({ idle: 1 });
    clock.ms += 1;
    pools.sweep();
    expect(pools.stats()[0]).toMatchObject({ open: 0, idle: 0 });
  });

  it('does not keep a connection whose endpoint says timeout=0', async () => {
    const { endpoint } = await start(
      answers('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=0\r\nContent-Length: 0\r\n\r\n'),
    );
    const pools = poolsOn(systemClock);
    await callUpstream(pools, endpoint);
    expect(pools.stats()[0]).toMatchObject({ open: 0, idle: 0 });
  });

  it('the timer of a worker sweeps by itself', async () => {
    const { endpoint } = await start(answers(OK2));
    const pools = poolsOn(systemClock);
    await callUpstream(pools, endpoint, { limits: { ...LIMITS, idleTimeoutMs: 150 } });
    expect(pools.stats()[0]).toMatchObject({ open: 1 });
    await waitFor(() => pools.stats()[0]!.open === 0, {
      what: 'the idle connection to be closed',
      timeoutMs: 3000,
    });
  });
});

describe('upstream pools: configurations come and go', () => {
  it('a swap keeps the connections of endpoints that stay, and closes the idle ones of those that leave', async () => {
    const stays = await start(answers(OK2));
    const leaves = await start(answers(OK2));
    const pools = poolsOn(systemClock);
    const gone: PoolEndpoint = { key: 's/b', address: leaves.endpoint.address };
    await callUpstream(pools, stays.endpoint);
    await callUpstream(pools, gone);
    pools.drop(['s/b', 's/never-asked']);
    await within(leaves.origin.connections[0]!.ended, { what: 'the idle connection to be closed' });
    const swapped: PoolEndpoint = { key: 's/a', address: { ...stays.endpoint.address } };
    expect(await callUpstream(pools, swapped)).toMatchObject({ reused: true });
    expect(pools.stats().map(({ key }) => key)).toEqual(['s/a']);
  });

  it('a request under way when its endpoint leaves is finished, and its connection then closes', async () => {
    let answer: () => void = () => {};
    const { origin, endpoint } = await start(async (connection) => {
      await connection.take(HEAD_END);
      answer = () => void connection.write(OK2);
    });
    const pools = poolsOn(systemClock);
    const call = startCall(pools, endpoint);
    await waitFor(() => call.connection.connected && origin.connections.length === 1, {
      what: 'the request',
    });
    pools.drop(pools.keys());
    await waitFor(
      () => {
        answer();
        return call.events.includes('end');
      },
      { what: 'the answer' },
    );
    expect(await call.done).toMatchObject({ body: 'ok', fault: -1 });
    await within(origin.connections[0]!.ended, { what: 'the connection to be closed' });
    expect(pools.stats()).toEqual([]);
  });

  it('an endpoint that moves to another address under its key is not sent to the old one', async () => {
    const before = await start(answers(OK2));
    const after = await start(answers('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew'));
    const pools = poolsOn(systemClock);
    await callUpstream(pools, before.endpoint);
    expect(await callUpstream(pools, after.endpoint)).toMatchObject({ body: 'new', reused: false });
    await within(before.origin.connections[0]!.ended, { what: 'the old connection to be closed' });
    expect(pools.stats()).toEqual([{ key: 's/a', open: 1, idle: 1, created: 2, reused: 0 }]);
  });

  it('after close, idle connections are gone and requests still work, each on a connection of its own', async () => {
    const { origin, endpoint } = await start(answers(OK2));
    const pools = poolsOn(systemClock);
    await callUpstream(pools, endpoint);
    pools.close();
    await within(origin.connections[0]!.ended, { what: 'the idle connection to be closed' });
    expect(await callUpstream(pools, endpoint)).toMatchObject({ body: 'ok', reused: false });
    expect(await callUpstream(pools, { key: 'new', address: endpoint.address })).toMatchObject({
      body: 'ok',
    });
    expect(pools.stats().map(({ open }) => open)).toEqual([0, 0]);
  });
});

describe('upstream pools: connecting', () => {
  it('a refused connection', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const pools = poolsOn(systemClock);
    const result = await callUpstream(pools, { key: 'k', address: { kind: 'tcp', host: '127.0.0.1', port } });
    expect(result).toMatchObject({
      fault: Fault.CONNECT_REFUSED,
      connected: false,
      answered: false,
      reused: false,
    });
    expect(pools.stats()).toEqual([{ key: 'k', open: 0, idle: 0, created: 1, reused: 0 }]);
  });

  it('a name that does not resolve', async () => {
    const pools = poolsOn(systemClock);
    // Two dots: refused by the resolver without asking any server.
    const result = await callUpstream(pools, {
      key: 'k',
      address: { kind: 'tcp', host: 'no..such..name', port: 80 },
    });
    expect(result).toMatchObject({ fault: Fault.DNS_FAILED, connected: false, answered: false });
  });

  it('an address that cannot be reached', async () => {
    const pools = poolsOn(systemClock);
    const result = await callUpstream(pools, {
      key: 'k',
      address: { kind: 'tcp', host: '255.255.255.255', port: 80 },
    });
    expect(result).toMatchObject({ fault: Fault.CONNECT_FAILED, connected: false });
  });

  it('an endpoint by name', async () => {
    const { origin } = await start(answers(OK2));
    const pools = poolsOn(systemClock);
    const endpoint: PoolEndpoint = {
      key: 'k',
      address: { kind: 'tcp', host: 'localhost', port: origin.port },
    };
    expect(await callUpstream(pools, endpoint)).toMatchObject({ body: 'ok', fault: -1 });
    expect(await callUpstream(pools, endpoint)).toMatchObject({ body: 'ok', reused: true });
  });

  it('an endpoint on a unix socket, and one whose socket is missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'penstock-upstream-'));
    cleanUps.push(() => rm(folder, { recursive: true }));
    const path = join(folder, 'origin.sock');
    const origin = await startRawOrigin(answers(OK2), path);
    cleanUps.push(() => origin.close());
    const pools = poolsOn(systemClock);
    const endpoint: PoolEndpoint = { key: 'k', address: { kind: 'unix', path } };
    expect(await callUpstream(pools, endpoint)).toMatchObject({ body: 'ok', fault: -1 });
    expect(await callUpstream(pools, endpoint)).toMatchObject({ body: 'ok', reused: true });
    const missing: PoolEndpoint = { key: 'm', address: { kind: 'unix', path: join(folder, 'missing.sock') } };
    expect(await callUpstream(pools, missing)).toMatchObject({
      fault: Fault.CONNECT_FAILED,
      connected: false,
    });
  });

  it('a listener that accepts nothing is a connect timeout, and only after the time is over', async () => {
    const port = await fullListener();
    const pools = poolsOn(systemClock);
    const startMs = performance.now();
    const result = await callUpstream(
      pools,
      { key: 'k', address: { kind: 'tcp', host: '127.0.0.1', port } },
      { connectMs: 400 },
    );
    expect(result).toMatchObject({ fault: Fault.CONNECT_TIMEOUT, connected: false, answered: false });
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(400);
    expect(performance.now() - startMs).toBeLessThan(3000);
    expect(pools.stats()[0]).toMatchObject({ open: 0 });
  });

  it('an exchange that aborts while connecting leaves nothing behind', async () => {
    const { origin, endpoint } = await start(answers(OK2));
    const clock = handClock();
    const pools = poolsOn(clock);
    const call = startCall(pools, endpoint, { connectMs: 100 });
    call.connection.abort();
    clock.ms += 1000;
    pools.sweep();
    expect(await callUpstream(pools, endpoint)).toMatchObject({ body: 'ok' });
    expect(call.events).toEqual([]);
    expect(pools.stats()[0]).toMatchObject({ open: 1 });
    expect(origin.connections.length).toBeLessThanOrEqual(2);
  });
});

/** The port of a listener in a stopped process whose queue of connections is full: the kernel drops every further SYN. */
async function fullListener(): Promise<number> {
  const program = `
    const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => process.stdout.write(String(server.address().port)));
  `;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanUps.push(() => child.kill('SIGKILL'));
  const port = Number(
    await within(
      new Promise<string>((resolve) => child.stdout.once('data', (text) => resolve(String(text)))),
      {
        what: 'the listener',
      },
    ),
  );
  child.kill('SIGSTOP');
  const fillers: Socket[] = [];
  cleanUps.push(() => {
    for (const socket of fillers) socket.destroy();
  });
  // The queue takes backlog + 1; what comes after is not answered any more.
  for (let i = 0; i < 4; i++) fillers.push(connect(port, '127.0.0.1').on('error', () => {}));
  await waitFor(() => fillers.filter((socket) => !socket.connecting).length >= 2, { what: 'a full queue' });
  return port;
}
