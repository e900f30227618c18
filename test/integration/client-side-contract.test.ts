/** What `client-side.ts` promises of a request, on every engine: its facts, its head and its body. */

import { expect, it } from 'vitest';
import { Fault } from '../../src/kit/faults.ts';
import { BodyFraming, type ClientSide, Engine, Protocol } from '../../src/worker/listener/client-side.ts';
import { Http1Client } from '../../src/worker/listener/node/http1-client.ts';
import { Http2Client } from '../../src/worker/listener/node/http2-client.ts';
import { RequestBody } from '../../src/worker/listener/request-head.ts';
import { UwsClient } from '../../src/worker/listener/uws/uws-client.ts';
import type { Told } from '../support/client-side-bed.ts';
import { clientSideContract } from '../support/client-side-contract.ts';
import { pattern } from '../support/client-side-peer.ts';
import { waitFor } from '../support/wait-for.ts';

const MIB = 1024 * 1024;
const PIECE = 64 * 1024;

type Everywhere = Exclude<keyof ClientSide, 'switchProtocols' | 'ends'>;

/** Complete by its type: a member that is added must be added here. `switchProtocols` and `ends` are not for every engine. */
const MEMBERS: Readonly<Record<Everywhere, 'value' | 'call'>> = {
  head: 'value',
  engine: 'value',
  protocol: 'value',
  peer: 'value',
  tls: 'value',
  localPort: 'value',
  trailers: 'value',
  attach: 'call',
  pauseBody: 'call',
  resumeBody: 'call',
  restartTimer: 'call',
  answer: 'call',
  writeHead: 'call',
  writeBody: 'call',
  flush: 'call',
  end: 'call',
  abort: 'call',
};

it.each([UwsClient, Http1Client, Http2Client])('%o has every call of the interface', (made) => {
  for (const [name, kind] of Object.entries(MEMBERS))
    if (kind === 'call') expect(typeof Reflect.get(made.prototype, name), name).toBe('function');
});

it('only HTTP/1 on the Node engine can switch protocols', () => {
  const able = [UwsClient, Http1Client, Http2Client].filter(
    ({ prototype }) => 'switchProtocols' in prototype,
  );
  expect(able).toEqual([Http1Client]);
});

/** Reads the whole body, then says so. */
function readThenAnswer(told: Told): void {
  told.onBody = (_bytes, last) => {
    if (last) told.answer(200, 'thanks');
  };
  told.client.attach(told);
}

clientSideContract((promise) => {
  promise('one object shape: every value is a property of the object itself', async ({ bed, target }) => {
    const { told } = await bed.begin({ target });
    for (const [name, kind] of Object.entries(MEMBERS))
      if (kind === 'value') expect(Object.hasOwn(told.client, name), name).toBe(true);
    told.client.abort();
  });

  promise('the facts of the connection', async ({ bed, target }) => {
    const { call, told } = await bed.begin({ target }, (one) => one.answer(200, 'ok'));
    const { kind, tls } = bed.variant;
    expect(told.client).toMatchObject({
      peer: '127.0.0.1',
      tls,
      localPort: bed.port,
      engine: kind === 'uws HTTP/1' ? Engine.UWS : Engine.NODE,
      protocol: kind === 'node HTTP/2' ? Protocol.HTTP2 : Protocol.HTTP1_1,
      trailers: '',
    });
    await call.whole();
  });

  promise('the head: method, target, host, fields in order, repeated ones', async ({ bed, target }) => {
    const fields = [
      ['x-b', '1'],
      ['accept', 'text/html, */*;q=0.1'],
      ['x-a', 'one'],
      ['x-a', 'two'],
      ['x-empty', ''],
    ] as const;
    const asked = `${target}/%7Efoo//../b?q=%00&x=a+b?c`;
    const ask = { target: asked, method: 'M-SEARCH', fields };
    const { call, told } = await bed.begin(ask, (one) => one.answer(200, 'ok'));
    const { head } = told.client;
    expect([head.method, head.target, head.pathEnd]).toEqual(['M-SEARCH', asked, asked.indexOf('?')]);
    expect([head.host, head.fault, head.body]).toEqual(['example.test', Fault.NONE, RequestBody.NONE]);
    const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    expect(head.lines).toBe(lines);
    expect(head.header('x-a')).toBe('one, two');
    expect((await call.whole()).status).toBe(200);
  });

  promise('UTF-8 in a value and in the target comes as the bytes that it is', async ({ bed, target }) => {
    const utf8 = Buffer.from('(žluťoučký)').toString('latin1');
    const ask = { target: `${target}/${utf8}`, fields: [['x-name', utf8]] as const };
    const { told } = await bed.begin(ask, (one) => one.answer(200, 'ok'));
    expect([told.client.head.target, told.client.head.header('x-name')]).toEqual([`${target}/${utf8}`, utf8]);
    expect(told.client.head.fault).toBe(Fault.NONE);
  });

  promise('UTF-8 at the very ends of a value comes as the bytes that it is', async ({ bed, target }) => {
    const utf8 = Buffer.from('žluťoučký').toString('latin1');
    const { told } = await bed.begin({ target, fields: [['x-name', utf8]] }, (one) => one.answer(200, 'ok'));
    expect(told.client.head.header('x-name')).toBe(utf8);
  });

  promise('Latin-1 in a value comes as the bytes that it is', async ({ bed, target }) => {
    const ask = { target, fields: [['x-name', 'caf\xe9 \xff']] as const };
    const { told } = await bed.begin(ask, (one) => one.answer(200, 'ok'));
    expect(told.client.head.header('x-name')).toBe('caf\xe9 \xff');
  });

  promise('names of fields keep their case', async ({ bed, target }) => {
    const { told } = await bed.begin({ target, fields: [['X-CamelCase', '1']] }, (one) =>
      one.answer(200, ''),
    );
    expect(told.client.head.lines).toBe('X-CamelCase: 1\r\n');
  });

  promise('a body comes in order and as it was sent, with `last` once', async ({ bed, target }) => {
    for (const body of [5 * MIB + 3, 'stream'] as const) {
      const { call, told } = await bed.begin({ target, method: 'POST', body }, readThenAnswer);
      const sent = pattern(5 * MIB + 3);
      for (let at = 0; at < sent.length; at += MIB) call.send(sent.subarray(at, at + MIB));
      if (body === 'stream') call.finish();
      expect((await call.whole()).status).toBe(200);
      expect(told.body.equals(sent)).toBe(true);
      expect([told.count('last'), told.events.at(-1)]).toEqual([1, 'last']);
    }
  });

  promise('many small pieces of a body come in order', async ({ bed, target }) => {
    const { call, told } = await bed.begin({ target, method: 'POST', body: 'stream' }, readThenAnswer);
    const sent = pattern(6_000);
    for (let at = 0; at < sent.length; at += 3) call.send(sent.subarray(at, at + 3));
    call.finish();
    await call.whole();
    expect(told.body.equals(sent)).toBe(true);
    expect(told.count('last')).toBe(1);
  });

  promise('an empty body of unknown length is a last piece and nothing else', async ({ bed, target }) => {
    const { call, told } = await bed.begin({ target, method: 'POST', body: 'stream' }, readThenAnswer);
    call.finish();
    await call.whole();
    expect([told.events, told.body.length]).toEqual([['last'], 0]);
  });

  promise('a body of length 0 is no body: nothing is told', async ({ bed, target }) => {
    const { call, told } = await bed.begin({ target, method: 'POST', body: 0 }, (one) => {
      one.client.attach(one);
      one.answer(200, 'ok');
    });
    await call.whole();
    expect(told.client.head.hasBody).toBe(false);
    await bed.settle();
    expect(told.events).toEqual([]);
  });

  promise('nobody attached: an answer is enough, and the connection goes on', async ({ bed, target }) => {
    bed.script(target, (one) => one.answer(200, 'early'));
    bed.script(`${target}/next`, (one) => one.answer(200, 'next'));
    const peer = await bed.connect();
    const call = peer.ask({ target, method: 'POST', body: MIB });
    call.send(pattern(MIB));
    expect((await call.whole()).body.toString()).toBe('early');
    expect((await peer.ask({ target: `${target}/next` }).whole()).body.toString()).toBe('next');
    expect((await bed.told(target)).events).toEqual([]);
  });

  promise('nobody attached and no answer yet: the body is discarded', async ({ bed, target }) => {
    bed.script(`${target}/next`, (one) => one.answer(200, 'next'));
    const { call, peer, told } = await bed.begin({ target, method: 'POST', body: 8 * MIB });
    call.send(pattern(8 * MIB));
    await waitFor(() => call.unsent === 0, { what: 'the body to be taken' });
    await bed.settle();
    told.answer(200, 'late');
    expect((await call.whole()).body.toString()).toBe('late');
    expect((await peer.ask({ target: `${target}/next` }).whole()).body.toString()).toBe('next');
    expect(told.events).toEqual([]);
  });

  promise(
    'attached in the midst of a body: the rest of it comes, with `last` once',
    async ({ bed, target }) => {
      const { call, told } = await bed.begin({ target, method: 'POST', body: 10 });
      call.send(Buffer.from('01234'));
      await bed.settle();
      readThenAnswer(told);
      call.send(Buffer.from('56789'));
      expect((await call.whole()).status).toBe(200);
      expect('0123456789'.endsWith(told.body.toString())).toBe(true);
      expect(told.body.toString()).toContain('56789');
      expect(told.count('last')).toBe(1);
    },
  );

  promise('a client that waits for 100 gets it', async ({ bed, target }) => {
    const ask = { target, method: 'POST', body: 5, fields: [['expect', '100-continue']] as const };
    const { call, told } = await bed.begin(ask, readThenAnswer);
    expect(told.client.head.expectsContinue).toBe(true);
    await call.until('100', ({ continued }) => continued);
    call.send(Buffer.from('hello'));
    expect(await call.whole()).toMatchObject({ status: 200, continued: true });
    expect(told.body.toString()).toBe('hello');
  });

  promise('100 is not sent where nobody attaches', async ({ bed, target }) => {
    const ask = { target, method: 'POST', body: 5, fields: [['expect', '100-continue']] as const };
    const { call } = await bed.begin(ask, (one) => one.answer(417, 'no', '', true));
    expect(await call.whole()).toMatchObject({ status: 417, continued: false });
  });

  promise(
    'pauseBody stops the body, resumeBody goes on with it, and nothing is lost',
    async ({ bed, target }) => {
      const total = 48 * MIB;
      const { call, told } = await bed.begin({ target, method: 'POST', body: total }, (one) => {
        let taken = 0;
        one.onBody = (bytes, last) => {
          taken += bytes.length;
          if (one.events.length === 1) one.client.pauseBody();
          if (last) one.answer(200, String(taken));
        };
        one.client.attach(one);
      });
      const piece = pattern(PIECE);
      for (let at = 0; at < total; at += PIECE) call.send(piece);
      await told.heard('body');
      await bed.settle();
      const before = told.body.length;
      const unsent = call.unsent;
      await bed.settle();
      // What is on its way may still come; then it stands.
      expect(before).toBeLessThan(2 * MIB);
      expect(told.body.length - before).toBeLessThan(2 * MIB);
      expect(unsent).toBeGreaterThan(16 * MIB);
      expect(told.count('last')).toBe(0);
      // Both calls may come twice.
      told.client.pauseBody();
      told.client.resumeBody();
      told.client.resumeBody();
      expect((await call.whole()).body.toString()).toBe(String(total));
      const { body } = told;
      for (let at = 0; at < total; at += PIECE)
        if (!body.subarray(at, at + PIECE).equals(piece)) expect.fail(`the body differs behind byte ${at}`);
    },
  );

  promise('paused before the first piece: nothing comes until resumed', async ({ bed, target }) => {
    const { call, told } = await bed.begin({ target, method: 'POST', body: 'stream' }, (one) => {
      readThenAnswer(one);
      one.client.pauseBody();
    });
    call.send(pattern(MIB));
    call.finish();
    await bed.settle();
    // What came in one read with the head may be told at once.
    expect(told.body.length).toBeLessThanOrEqual(512 * 1024);
    expect(told.count('last')).toBe(0);
    told.client.resumeBody();
    await call.whole();
    expect(told.body.equals(pattern(MIB))).toBe(true);
  });

  promise('restartTimer changes nothing, paused or not', async ({ bed, target }) => {
    const { call, told } = await bed.begin({ target, method: 'POST', body: 2 * MIB }, (one) => {
      one.client.restartTimer();
      one.onBody = (_bytes, last) => {
        one.client.restartTimer();
        if (one.events.length === 1) one.client.pauseBody();
        one.client.restartTimer();
        if (last) one.head(BodyFraming.STREAM, -1);
        if (last) one.client.restartTimer();
      };
      one.client.attach(one);
    });
    const sent = pattern(2 * MIB);
    call.send(sent);
    await told.heard('body');
    await bed.settle();
    told.client.restartTimer();
    await bed.settle();
    expect(told.count('last')).toBe(0);
    told.client.resumeBody();
    await told.heard('last');
    told.client.writeBody(Buffer.from('ok'));
    told.client.restartTimer();
    told.client.end('');
    told.client.restartTimer();
    expect((await call.whole()).body.toString()).toBe('ok');
    expect(told.body.equals(sent)).toBe(true);
  });

  promise('trailers of the request are known with the last piece', async ({ bed, target }) => {
    let seen = '';
    const { call } = await bed.begin({ target, method: 'POST', body: 'stream' }, (one) => {
      one.onBody = (_bytes, last) => {
        if (!last) return;
        seen = one.client.trailers;
        one.answer(200, 'ok');
      };
      one.client.attach(one);
    });
    call.send(Buffer.from('body'));
    call.finish([
      ['x-sum', 'abc'],
      ['x-more', 'd'],
    ]);
    await call.whole();
    expect(seen).toBe('x-sum: abc\r\nx-more: d\r\n');
  });

  promise('a body that cannot be understood is told, and can still be answered', async ({ bed, target }) => {
    bed.script(target, (one) => one.client.attach(one));
    const peer = await bed.connect();
    const call = peer.ask({ target, method: 'POST', body: 'stream' });
    call.sendRaw('nonsense\r\n');
    const told = await bed.told(target);
    await told.heard('fault');
    told.answer(400, 'no', '', true);
    expect((await call.whole()).status).toBe(400);
    await waitFor(() => peer.closed, { what: 'the connection to close' });
    expect([told.events, told.faults]).toEqual([['fault'], [Fault.BAD_REQUEST]]);
  });

  promise('a second request on the connection is a client side of its own', async ({ bed, target }) => {
    const peer = await bed.connect();
    const sides = [];
    for (const round of [0, 1, 2]) {
      const path = `${target}/${round}`;
      bed.script(path, readThenAnswer);
      const body = pattern(1_000 + round);
      const call = peer.ask({
        target: path,
        method: 'PUT',
        body: body.length,
        fields: [['x-round', `${round}`]],
      });
      call.send(body);
      expect((await call.whole()).status).toBe(200);
      const told = await bed.told(path);
      expect(told.body.equals(body)).toBe(true);
      expect(told.client.head.header('x-round')).toBe(String(round));
      sides.push(told.client);
    }
    expect(new Set(sides).size).toBe(3);
  });
});
