/** How many HTTP/2 sessions there are with an endpoint, when they come and go, and what a request comes to that gets none. */

import { afterEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/kit/clock.ts';
import { Fault } from '../../src/kit/faults.ts';
import { CLOSING_MS, MAX_SESSIONS } from '../../src/worker/upstream/h2/session-settings.ts';
import { startFullListener } from '../support/full-listener.ts';
import { answer, H2Bed, H2C, holding, startH2Origin } from '../support/h2-origin.ts';
import { FrameType, MAX_CONCURRENT_STREAMS, startH2RawOrigin } from '../support/h2-raw-origin.ts';
import { callUpstream, startCall } from '../support/upstream-call.ts';
import { waitFor, within } from '../support/wait-for.ts';

const limits = H2C;
const bed = new H2Bed();

afterEach(() => bed.end());

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

async function deafListener(): Promise<{ port: number; close(): Promise<void> }> {
  const { address, close } = await startFullListener();
  return { port: Number(address.split(':')[1]), close: async () => close() };
}

describe('h2 sessions: how many', () => {
  it('one, and more only where the endpoint takes no more requests at once', async () => {
    const { asked, onStream, answerAll } = holding();
    const { origin, pools, endpoint } = await bed.origin(
      startH2Origin(onStream, { settings: { maxConcurrentStreams: 2 } }),
    );
    const calls = Array.from({ length: 5 }, () => callUpstream(pools, endpoint, { limits }));
    await waitFor(() => asked.length === 5, { what: 'all five requests' });
    expect(asked.map(({ session }) => session).sort()).toEqual([0, 0, 1, 1, 2]);
    answerAll();
    for (const call of calls) expect(await call).toMatchObject({ body: 'ok', fault: -1 });
    await waitFor(() => pools.stats()[0]?.idle === 3, { what: 'the sessions to be idle' });
    expect(origin.sessions).toHaveLength(3);
    expect(pools.stats()[0]).toMatchObject({ open: 3, created: 3, reused: 2 });
  });

  it('one request each where the endpoint takes one at a time', async () => {
    const { asked, onStream, answerAll } = holding();
    const { pools, endpoint } = await bed.origin(
      startH2Origin(onStream, { settings: { maxConcurrentStreams: 1 } }),
    );
    const calls = Array.from({ length: 10 }, () => callUpstream(pools, endpoint, { limits }));
    await waitFor(() => asked.length === 10, { what: 'all ten requests' });
    expect(new Set(asked.map(({ session }) => session)).size).toBe(10);
    answerAll();
    expect((await Promise.all(calls)).every(({ body }) => body === 'ok')).toBe(true);
  });

  it('no more than the bound: what has no room is told so, and the others are served', async () => {
    const { asked, onStream, answerAll } = holding();
    const { origin, pools, endpoint } = await bed.origin(
      startH2Origin(onStream, { settings: { maxConcurrentStreams: 1 } }),
    );
    const calls = Array.from({ length: MAX_SESSIONS + 10 }, () => callUpstream(pools, endpoint, { limits }));
    await waitFor(() => asked.length === MAX_SESSIONS, { what: 'the sessions to be full' });
    expect(await callUpstream(pools, endpoint, { limits })).toMatchObject({ fault: Fault.ENDPOINT_FULL });
    answerAll();
    const results = await Promise.all(calls);
    expect(results.filter(({ body }) => body === 'ok')).toHaveLength(MAX_SESSIONS);
    expect(results.filter(({ fault }) => fault === Fault.ENDPOINT_FULL)).toHaveLength(10);
    expect(origin.sessions).toHaveLength(MAX_SESSIONS);
  });

  it('one where the endpoint takes no request at all, until it does', async () => {
    const { origin, pools, endpoint } = await bed.origin(
      startH2RawOrigin(async (peer) => {
        peer.settings([[MAX_CONCURRENT_STREAMS, 0]]);
        for (;;) peer.answer((await peer.next(FrameType.HEADERS)).stream, 'ok');
      }),
    );
    const none = { fault: Fault.ENDPOINT_FULL, connected: false };
    expect(await callUpstream(pools, endpoint, { limits })).toMatchObject(none);
    expect(await callUpstream(pools, endpoint, { limits })).toMatchObject(none);
    expect(origin.peers).toHaveLength(1);
    origin.peers[0]?.settings([[MAX_CONCURRENT_STREAMS, 5]]);
    await waitFor(async () => (await callUpstream(pools, endpoint, { limits })).body === 'ok', {
      what: 'an answer',
    });
    expect(origin.peers).toHaveLength(1);
  });

  it('another after as many requests as one may carry', async () => {
    const { origin, pools, endpoint } = await bed.origin(startH2Origin(({ stream }) => answer(stream, 'ok')));
    for (let i = 0; i < 7; i++)
      await callUpstream(pools, endpoint, { limits: { ...limits, maxRequests: 3 } });
    await waitFor(() => origin.open() === 1, { what: 'the spent sessions to be gone' });
    expect(origin.sessions).toHaveLength(3);
    expect(pools.stats()[0]).toMatchObject({ created: 3, reused: 4 });
  });
});

describe('h2 sessions: time', () => {
  it('an idle one closes after its time, and only an idle one', async () => {
    const { asked, onStream, answerAll } = holding();
    const { origin, endpoint } = await bed.origin(
      startH2Origin(onStream, { settings: { maxConcurrentStreams: 1 } }),
    );
    const clock = handClock();
    const pools = bed.pools({ clock });
    const calls = [callUpstream(pools, endpoint, { limits }), callUpstream(pools, endpoint, { limits })];
    await waitFor(() => asked.length === 2, { what: 'both requests' });
    const [first] = asked.splice(0, 1);
    answer(first!.stream, 'ok');
    await waitFor(() => pools.stats()[0]?.idle === 1, { what: 'one to be idle' });
    clock.ms += 59_000;
    pools.sweep();
    expect(pools.stats()[0]).toMatchObject({ open: 2, idle: 1 });
    clock.ms += 2_000;
    pools.sweep();
    await waitFor(() => origin.open() === 1, { what: 'the idle one to be gone' });
    answerAll();
    expect((await Promise.all(calls)).map(({ fault }) => fault)).toEqual([-1, -1]);
  });

  it('one whose endpoint never closes its side is cut', async () => {
    const { origin, endpoint } = await bed.origin(
      startH2RawOrigin(async (peer) => {
        peer.settings();
        peer.answer((await peer.next(FrameType.HEADERS)).stream, 'ok');
      }),
    );
    const clock = handClock();
    const pools = bed.pools({ clock });
    await callUpstream(pools, endpoint, { limits: { ...limits, maxIdle: 0 } });
    await waitFor(() => (origin.peers[0]?.count(FrameType.GOAWAY) ?? 0) > 0, { what: 'our GOAWAY' });
    clock.ms += CLOSING_MS - 1_000;
    pools.sweep();
    expect(pools.stats()[0]).toMatchObject({ open: 1 });
    clock.ms += 2_000;
    pools.sweep();
    await waitFor(() => pools.stats()[0]?.open === 0, { what: 'the session to be gone' });
  });

  it('none is kept idle where none may be', async () => {
    const { origin, pools, endpoint } = await bed.origin(startH2Origin(({ stream }) => answer(stream, 'ok')));
    await callUpstream(pools, endpoint, { limits: { ...limits, maxIdle: 0 } });
    await waitFor(() => origin.open() === 0, { what: 'the session to be gone' });
  });

  it.each([
    ['accepts nothing', deafListener],
    ['says nothing', () => startH2RawOrigin(() => {})],
  ])('an endpoint that %s is a connect timeout, and only after the time is over', async (_name, start) => {
    const { pools, endpoint } = await bed.origin(start());
    const startedMs = performance.now();
    const calls = [300, 800].map((connectMs) => callUpstream(pools, endpoint, { limits, connectMs }));
    const none = { fault: Fault.CONNECT_TIMEOUT, connected: false };
    expect(await calls[0]).toMatchObject(none);
    const firstMs = performance.now() - startedMs;
    expect(await calls[1]).toMatchObject(none);
    expect(firstMs).toBeGreaterThan(290);
    expect(firstMs).toBeLessThan(790);
    expect(performance.now() - startedMs).toBeGreaterThan(790);
    await waitFor(() => pools.stats()[0]?.open === 0, { what: 'nothing to be left' });
  });

  it('a dead endpoint is found out: it is asked after 10 s of silence, and given up when it does not answer', async () => {
    const { origin, endpoint } = await bed.origin(
      startH2RawOrigin(async (peer) => {
        peer.settings();
        for (;;) {
          const { stream } = await peer.next(FrameType.HEADERS);
          if (peer.number > 0) peer.answer(stream, 'ok');
        }
      }),
    );
    const clock = handClock();
    const pools = bed.pools({ clock });
    const call = startCall(pools, endpoint, { limits, connectMs: 3_000 });
    const peer = await waitFor(() => origin.peers[0], { what: 'the session' });
    await waitFor(() => peer.count(FrameType.HEADERS) === 1, { what: 'the request' });
    const pass = (ms: number): void => {
      clock.ms += ms;
      pools.sweep();
    };
    pass(100);
    pass(9_000);
    expect(peer.count(FrameType.PING)).toBe(0);
    pass(1_100);
    await waitFor(() => peer.count(FrameType.PING) === 1, { what: 'our PING' });
    pass(2_900);
    expect(call.events).toEqual([]);
    pass(200);
    const result = await within(call.done, { what: 'the fault' });
    expect(result).toMatchObject({ fault: Fault.STREAM_RESET, answered: false });
    expect(await callUpstream(pools, endpoint, { limits })).toMatchObject({ body: 'ok' });
  });

  it('a living one that is silent is asked once in five minutes, and no request suffers', async () => {
    const { asked, onStream, answerAll } = holding();
    const { origin, endpoint } = await bed.origin(startH2Origin(onStream));
    let pings = 0;
    const clock = handClock();
    const pools = bed.pools({ clock });
    const call = callUpstream(pools, endpoint, { limits });
    await waitFor(() => asked.length === 1, { what: 'the request' });
    origin.sessions[0]?.on('ping', () => pings++);
    for (let i = 0; i < 95; i++) {
      clock.ms += 3_000;
      pools.sweep();
      // An answer to a PING takes a few turns of the loop.
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(pings).toBe(1);
    clock.ms += 30_000;
    pools.sweep();
    await waitFor(() => pings === 2, { what: 'the second PING' });
    answerAll();
    expect(await call).toMatchObject({ body: 'ok' });
  });
});

describe('h2 sessions: an endpoint that sends them away (GOAWAY)', () => {
  it('finishes what is under way, while new requests have a new session already', async () => {
    const { asked, onStream, answerAll } = holding();
    const { origin, pools, endpoint } = await bed.origin(startH2Origin(onStream));
    const before = callUpstream(pools, endpoint, { limits });
    await waitFor(() => asked.length === 1, { what: 'the request' });
    origin.sessions[0]?.close();
    await waitFor(() => origin.sessions.length === 2, {
      what: 'the next session, without a request that wants it',
    });
    const after = callUpstream(pools, endpoint, { limits });
    await waitFor(() => asked.length === 2, { what: 'the next request' });
    expect(asked[1]?.session).toBe(1);
    answerAll();
    expect(await before).toMatchObject({ body: 'ok', fault: -1 });
    expect(await after).toMatchObject({ body: 'ok', fault: -1 });
    await waitFor(() => pools.stats()[0]?.open === 1, { what: 'the old session to be gone' });
    expect(pools.stats()[0]).toMatchObject({ open: 1, idle: 1, created: 2 });
  });

  it('and is silent for long with a request under way is not taken for dead', async () => {
    const { asked, onStream, answerAll } = holding();
    const { origin, endpoint } = await bed.origin(startH2Origin(onStream));
    const clock = handClock();
    const pools = bed.pools({ clock });
    const call = callUpstream(pools, endpoint, { limits });
    await waitFor(() => asked.length === 1, { what: 'the request' });
    origin.sessions[0]?.close();
    await waitFor(() => origin.sessions.length === 2, { what: 'the next session' });
    for (let i = 0; i < 100; i++) {
      clock.ms += 1_000;
      pools.sweep();
      await new Promise((resolve) => setImmediate(resolve));
    }
    answerAll();
    expect(await call).toMatchObject({ body: 'ok', fault: -1 });
  });

  it.each([
    ['in order', 0],
    ['for an error', 11],
  ])('tells which requests it has not looked at: they may be sent again (%s)', async (_name, code) => {
    const { origin, pools, endpoint } = await bed.origin(
      startH2RawOrigin(async (peer) => {
        peer.settings();
        for (let request = 0; ; request++) {
          const { stream } = await peer.next(FrameType.HEADERS);
          if (peer.number > 0) peer.answer(stream, 'again');
          else if (request === 2) {
            peer.socket.cork();
            peer.goaway(1, code);
            if (code === 0) peer.answer(1, 'first');
            peer.socket.uncork();
          }
        }
      }),
    );
    const calls = Array.from({ length: 3 }, () => callUpstream(pools, endpoint, { limits }));
    const results = await Promise.all(calls);
    const first = code === 0 ? { body: 'first', fault: -1 } : { fault: Fault.STREAM_RESET };
    expect(results[0]).toMatchObject(first);
    for (const refused of results.slice(1))
      expect(refused).toMatchObject({ fault: Fault.STREAM_REFUSED, answered: false, responseStarted: false });
    const again = [1, 2].map(() => callUpstream(pools, endpoint, { limits, fresh: true }));
    for (const call of again) expect(await call).toMatchObject({ body: 'again' });
    expect(origin.peers).toHaveLength(2);
  });

  it.each([
    ['with the number of the last request', 1],
    ['as a first notice, with the highest number', 2 ** 31 - 1],
  ])(
    'in the very turn in which a request is about to leave: it may be sent again (%s)',
    async (_name, last) => {
      const { origin, pools, endpoint } = await bed.origin(
        startH2RawOrigin(async (peer) => {
          peer.settings();
          for (;;) peer.answer((await peer.next(FrameType.HEADERS)).stream, `from ${peer.number}`);
        }),
      );
      expect(await callUpstream(pools, endpoint, { limits })).toMatchObject({ body: 'from 0' });
      await waitFor(() => pools.stats()[0]?.idle === 1, { what: 'the session to be idle' });
      // After a timer the loop reads first and sends then, so the GOAWAY is read before the request was sent.
      const result = await new Promise((resolve) =>
        setTimeout(() => {
          origin.peers[0]?.goaway(last, 0);
          resolve(callUpstream(pools, endpoint, { limits }));
        }, 1),
      );
      expect(result).toMatchObject({ fault: Fault.STREAM_REFUSED, responseStarted: false });
      expect(origin.peers[0]?.count(FrameType.HEADERS)).toBe(1);
      expect(await callUpstream(pools, endpoint, { limits, fresh: true })).toMatchObject({ body: 'from 1' });
    },
  );

  it('at once and again and again gets no session that no request asked for', async () => {
    const { origin, pools, endpoint } = await bed.origin(
      startH2RawOrigin((peer) => {
        peer.socket.on('end', () => peer.socket.end());
        peer.settings();
        peer.goaway(0, 0);
      }),
    );
    const result = await callUpstream(pools, endpoint, { limits, connectMs: 2_000 });
    expect(result.fault).not.toBe(-1);
    await waitFor(() => pools.stats()[0]?.open === 0, { what: 'the sessions to be gone' });
    expect(origin.peers.length).toBeLessThanOrEqual(2);
  });

  it('refused alone, a request goes to another session, not to the same one', async () => {
    const REFUSED_STREAM = 7;
    const { origin, pools, endpoint } = await bed.origin(
      startH2RawOrigin(async (peer) => {
        peer.settings();
        for (;;) {
          const { stream } = await peer.next(FrameType.HEADERS);
          if (peer.number === 0) peer.reset(stream, REFUSED_STREAM);
          else peer.answer(stream, 'second');
        }
      }),
    );
    expect(await callUpstream(pools, endpoint, { limits })).toMatchObject({ fault: Fault.STREAM_REFUSED });
    expect(await callUpstream(pools, endpoint, { limits, fresh: true })).toMatchObject({ body: 'second' });
    expect(origin.peers).toHaveLength(2);
  });
});
