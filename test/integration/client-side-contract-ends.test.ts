/** What `client-side.ts` promises of ends, on every engine: aborts of either side, broken answers, and calls that come too late. */

import { expect } from 'vitest';
import { BodyFraming, type ClientSide } from '../../src/worker/listener/client-side.ts';
import { type ClientSideBed, latin1, type Told } from '../support/client-side-bed.ts';
import { clientSideContract } from '../support/client-side-contract.ts';
import type { Leaving } from '../support/client-side-peer.ts';
import { waitFor } from '../support/wait-for.ts';

const MIB = 1024 * 1024;

/** Every call of the interface, at a time when none may do anything. */
function callEverything(client: ClientSide, told: Told): void {
  const some = latin1('X-Late: 1');
  client.attach(told);
  client.pauseBody();
  client.resumeBody();
  client.restartTimer();
  client.writeHead(500, 'Late', some, BodyFraming.STREAM, -1, true);
  expect(client.writeBody(some)).toBe(true);
  client.flush();
  expect(client.end('X-Late: 1\r\n')).toBe(true);
  client.answer(500, some, some, some.length, true, true);
  client.answer(500, some, some, some.length, true, false);
  client.abort();
}

/** The exchange had heard `events`; now it hears nothing more, whatever is called. */
async function expectSilence(bed: ClientSideBed, told: Told, events: readonly string[]): Promise<void> {
  callEverything(told.client, told);
  await bed.settle();
  callEverything(told.client, told);
  expect(told.events).toEqual(events);
}

clientSideContract((promise) => {
  promise('fewer bytes than announced: the client sees a broken message', async ({ bed, target }) => {
    for (const flushed of [false, true]) {
      const { call, told } = await bed.begin({ target: `${target}/${flushed}` }, (one) => {
        one.client.attach(one);
        one.head(BodyFraming.LENGTH, 10);
        one.client.writeBody(latin1('01234'));
        if (flushed) one.client.flush();
      });
      if (flushed) await call.until('what was flushed', ({ body }) => body.length === 5);
      expect(told.client.end('')).toBe(true);
      expect((await call.ended()).end).toBe('broken');
      await expectSilence(bed, told, []);
    }
  });

  promise('more bytes than announced: the client sees a broken message', async ({ bed, target }) => {
    const { call, told } = await bed.begin({ target }, (one) => {
      one.client.attach(one);
      one.head(BodyFraming.LENGTH, 4);
    });
    told.client.writeBody(latin1('0123456789'));
    told.client.end('');
    expect((await call.ended()).end).toBe('broken');
    await expectSilence(bed, told, []);
  });

  promise('abort before the head: the client gets nothing', async ({ bed, target }) => {
    for (const announced of [false, true]) {
      const { call, told } = await bed.begin({ target: `${target}/${announced}` }, (one) => {
        one.client.attach(one);
        if (announced) one.head(BodyFraming.STREAM, -1);
      });
      if (announced) told.head(BodyFraming.STREAM, -1);
      told.client.abort();
      expect(await call.ended()).toMatchObject({ status: 0, end: 'broken' });
      await expectSilence(bed, told, []);
    }
  });

  promise('abort in the turn in which the request began', async ({ bed, target }) => {
    bed.script(target, (one) => {
      one.client.attach(one);
      one.client.abort();
    });
    const peer = await bed.connect();
    expect(await peer.ask({ target }).ended()).toMatchObject({ status: 0, end: 'broken' });
    await expectSilence(bed, await bed.told(target), []);
  });

  promise('abort in the midst of the answer: the client sees a broken message', async ({ bed, target }) => {
    for (const framing of [BodyFraming.STREAM, BodyFraming.LENGTH]) {
      const { call, told } = await bed.begin({ target: `${target}/${framing}` }, (one) => {
        one.client.attach(one);
        one.head(framing, framing === BodyFraming.STREAM ? -1 : 10);
        one.client.writeBody(latin1('01234'));
        one.client.flush();
      });
      await call.until('the first half', ({ body }) => body.length === 5);
      told.client.abort();
      expect((await call.ended()).end).toBe('broken');
      await expectSilence(bed, told, []);
    }
  });

  promise(
    'abort while the client does not read: it is over at once, and it sees a broken message',
    async ({ bed, target }) => {
      const { call, told } = await bed.begin({ target }, (one) => {
        one.client.attach(one);
        one.head(BodyFraming.STREAM, -1);
      });
      call.stopReading();
      const piece = Buffer.alloc(MIB);
      for (let count = 0; count < 32; count++) told.client.writeBody(piece);
      told.client.abort();
      call.readOn();
      expect((await call.ended()).end).toBe('broken');
      await expectSilence(bed, told, []);
    },
  );

  promise('abort in the midst of an upload: nothing of it is told any more', async ({ bed, target }) => {
    const { call, told } = await bed.begin({ target, method: 'POST', body: 16 * MIB }, (one) => {
      one.onBody = () => one.client.abort();
      one.client.attach(one);
    });
    call.send(Buffer.alloc(8 * MIB));
    expect((await call.ended()).end).toBe('broken');
    await expectSilence(bed, told, ['body']);
  });

  for (const [leaving, name] of [
    ['close', 'closed'],
    ['reset', 'reset'],
    ['stream reset', 'given up (stream reset)'],
  ] as const satisfies readonly (readonly [Leaving, string])[]) {
    promise(`${name} by a client that waits for its answer: told once, at once`, async ({ bed, target }) => {
      const { call, told } = await bed.begin({ target, method: 'POST', body: 3 }, (one) =>
        one.client.attach(one),
      );
      call.send(latin1('abc'));
      await told.heard('last');
      const before = [...told.events];
      call.leave(leaving);
      await told.heard('aborted');
      await expectSilence(bed, told, [...before, 'aborted']);
    });

    promise(
      `${name} in the midst of the upload: told once, and nothing after it`,
      async ({ bed, target }) => {
        const { call, told } = await bed.begin({ target, method: 'POST', body: 'stream' }, (one) =>
          one.client.attach(one),
        );
        call.send(latin1('abc'));
        await told.heard('body');
        call.leave(leaving);
        await told.heard('aborted');
        await expectSilence(bed, told, ['body', 'aborted']);
      },
    );

    promise(
      `${name} while its upload is paused: told once, when resumed at the latest`,
      async ({ bed, target }) => {
        const { call, told } = await bed.begin({ target, method: 'POST', body: 'stream' }, (one) => {
          one.onBody = () => one.client.pauseBody();
          one.client.attach(one);
        });
        call.send(latin1('abc'));
        await told.heard('body');
        call.leave(leaving);
        await bed.settle();
        told.client.resumeBody();
        await told.heard('aborted');
        await expectSilence(bed, told, ['body', 'aborted']);
      },
    );

    promise(
      `${name} in the midst of the answer: told once, and nothing after it`,
      async ({ bed, target }) => {
        for (const slow of [false, true]) {
          const { call, told } = await bed.begin({ target: `${target}/${slow}` }, (one) => {
            one.client.attach(one);
            one.head(BodyFraming.STREAM, -1);
            one.client.writeBody(latin1('abc'));
            one.client.flush();
          });
          await call.started();
          if (slow) call.stopReading();
          for (let count = 0; slow && count < 32; count++) told.client.writeBody(Buffer.alloc(MIB));
          const drains = told.count('drain');
          call.leave(leaving);
          await waitFor(
            () => {
              if (!slow) told.client.writeBody(latin1('more'));
              if (!slow) told.client.flush();
              return told.count('aborted') > 0;
            },
            { what: 'the abort to be told', intervalMs: 2 },
          );
          if (slow) expect(told.count('drain')).toBe(drains);
          await expectSilence(bed, told, [...new Array(told.count('drain')).fill('drain'), 'aborted']);
        }
      },
    );
  }

  promise(
    'nobody attached: a client that leaves is told to nobody, and calls do nothing',
    async ({ bed, target }) => {
      const { call, peer, told } = await bed.begin({ target });
      call.leave('reset');
      await waitFor(() => peer.closed, { what: 'the connection to close' });
      await bed.settle();
      await expectSilence(bed, told, []);
    },
  );

  promise('a client that sends no more still gets its answer', async ({ bed, target }) => {
    const { call, peer, told } = await bed.begin({ target }, (one) => one.client.attach(one));
    peer.endWriting();
    await bed.settle();
    expect(told.events).toEqual([]);
    told.answer(200, 'still here');
    expect((await call.whole()).body.toString()).toBe('still here');
  });

  promise('after the end nothing is done any more, and the connection goes on', async ({ bed, target }) => {
    const ends = {
      answer: (one: Told) => one.answer(200, 'first'),
      length: (one: Told) => {
        one.head(BodyFraming.LENGTH, 5);
        one.client.writeBody(latin1('first'));
        one.client.end('');
      },
      stream: (one: Told) => {
        one.head(BodyFraming.STREAM, -1);
        one.client.writeBody(latin1('first'));
        one.client.end('');
      },
    };
    for (const [name, end] of Object.entries(ends)) {
      const path = `${target}/${name}`;
      const { call, peer, told } = await bed.begin({ target: path }, (one) => {
        one.client.attach(one);
        end(one);
        callEverything(one.client, one);
      });
      expect((await call.whole()).body.toString()).toBe('first');
      callEverything(told.client, told);
      // While the next exchange of the connection is under way, too.
      bed.script(`${path}/next`, (one) => one.client.attach(one));
      const next = peer.ask({ target: `${path}/next` });
      const nextTold = await bed.told(`${path}/next`);
      callEverything(told.client, told);
      end(nextTold);
      expect((await next.whole()).body.toString()).toBe('first');
      peer.close();
      await bed.settle();
      expect([told.events, nextTold.events]).toEqual([[], []]);
    }
  });

  promise('after the client is gone every call does nothing', async ({ bed, target }) => {
    const { call, told } = await bed.begin({ target }, (one) => one.client.attach(one));
    call.leave('reset');
    await told.heard('aborted');
    await expectSilence(bed, told, ['aborted']);
  });

  promise(
    'calls from within the callbacks: answer at the last piece, abort at the drain',
    async ({ bed, target }) => {
      const { call, told } = await bed.begin({ target, method: 'POST', body: 3 }, (one) => {
        one.onBody = (_bytes, last) => {
          if (last) one.head(BodyFraming.STREAM, -1);
        };
        one.onDrain = () => one.client.abort();
        one.client.attach(one);
      });
      call.stopReading();
      call.send(latin1('abc'));
      await told.heard('last');
      const before = [...told.events];
      const piece = Buffer.alloc(MIB);
      for (let count = 0; count < 32; count++) told.client.writeBody(piece);
      told.client.flush();
      call.readOn();
      await told.heard('drain');
      expect((await call.ended()).end).toBe('broken');
      await expectSilence(bed, told, [...before, 'drain']);
    },
  );
});
