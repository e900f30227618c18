/** What `client-side.ts` promises of an answer, on every engine: whole and streamed ones, their framing and their trailers. */

import { expect } from 'vitest';
import { BodyFraming } from '../../src/worker/listener/client-side.ts';
import { latin1, type Told } from '../support/client-side-bed.ts';
import { clientSideContract } from '../support/client-side-contract.ts';
import { pattern } from '../support/client-side-peer.ts';
import { waitFor } from '../support/wait-for.ts';

const MIB = 1024 * 1024;
const PIECE = 64 * 1024;

/** Answers with `bytes` as fast as they are taken. */
function pour(told: Told, bytes: Buffer, pieceBytes: number): void {
  let at = 0;
  const go = (): void => {
    while (at < bytes.length) {
      const piece = bytes.subarray(at, at + pieceBytes);
      at += piece.length;
      if (!told.client.writeBody(piece)) {
        told.onDrain = go;
        return;
      }
    }
    told.onDrain = () => {};
    told.client.end('');
  };
  go();
}

clientSideContract((promise) => {
  promise('answer: status, fields and body', async ({ bed, target }) => {
    const { call, told } = await bed.begin({ target }, (one) =>
      one.answer(418, 'short and stout', 'Content-Type: text/plain\r\nX-A: 1\r\nX-A: 2\r\nX-Name: caf\xe9 ž'),
    );
    const reply = await call.whole();
    expect([reply.status, reply.body.toString()]).toEqual([418, 'short and stout']);
    expect([call.field('content-type'), call.field('x-a')]).toEqual(['text/plain', '1, 2']);
    expect(call.field('content-length')).toBe('15');
    expect(call.field('date')).toMatch(/ GMT$/);
    expect([call.field('connection'), call.field('transfer-encoding')]).toEqual([null, null]);
    await bed.settle();
    expect(told.events).toEqual([]);
  });

  promise('answer: bytes of a field go out as they are', async ({ bed, target }) => {
    const { call } = await bed.begin({ target }, (one) => one.answer(200, '', 'X-Name: caf\xe9 \xc5\xbe'));
    await call.whole();
    expect(call.field('x-name')).toBe('caf\xe9 \xc5\xbe');
  });

  promise('answer: without fields, with an empty body, with a large one', async ({ bed, target }) => {
    const large = pattern(3 * MIB).toString('latin1');
    for (const [index, body] of ['', 'x', large].entries()) {
      const bytes = latin1(body);
      const { call } = await bed.begin({ target: `${target}/${index}` }, (one) =>
        one.client.answer(200, latin1(''), bytes, bytes.length, true, false),
      );
      expect((await call.whole()).body.equals(bytes)).toBe(true);
      expect(call.field('content-length')).toBe(String(bytes.length));
    }
  });

  promise('answer: HEAD says the length of a body that does not come', async ({ bed, target }) => {
    const peer = await bed.connect();
    bed.script(target, ({ client }) =>
      client.answer(200, latin1('X-A: 1'), new Uint8Array(0), 1234, false, false),
    );
    bed.script(`${target}/next`, (one) => one.answer(200, 'next'));
    const call = peer.ask({ target, method: 'HEAD' });
    expect((await call.whole()).body.length).toBe(0);
    expect([call.field('content-length'), call.field('x-a')]).toEqual(['1234', '1']);
    expect((await peer.ask({ target: `${target}/next` }).whole()).body.toString()).toBe('next');
  });

  promise('answer: 204 and 304 have neither body nor length', async ({ bed, target }) => {
    const peer = await bed.connect();
    for (const status of [204, 304]) {
      bed.script(`${target}/${status}`, ({ client }) =>
        client.answer(status, latin1('ETag: "a"'), new Uint8Array(0), -1, false, false),
      );
      const call = peer.ask({ target: `${target}/${status}` });
      expect(await call.whole()).toMatchObject({ status, body: Buffer.alloc(0) });
      expect([call.field('content-length'), call.field('etag')]).toEqual([null, '"a"']);
    }
    bed.script(target, (one) => one.answer(200, 'next'));
    expect((await peer.ask({ target }).whole()).body.toString()).toBe('next');
  });

  promise('answer with close: the connection closes after it', async ({ bed, target }) => {
    const { call, peer } = await bed.begin({ target }, (one) => one.answer(200, 'bye', 'X-A: 1', true));
    expect((await call.whole()).body.toString()).toBe('bye');
    expect(call.field('connection')).toBe('close');
    await waitFor(() => peer.closed, { what: 'the connection to close' });
  });

  promise(
    'answer with close in the midst of an upload: the client gets to read it',
    async ({ bed, target }) => {
      const { call, told } = await bed.begin({ target, method: 'POST', body: 64 * MIB });
      const piece = pattern(PIECE);
      for (let at = 0; at < MIB; at += PIECE) call.send(piece);
      told.client.attach(told);
      await told.heard('body');
      told.answer(413, 'too much', 'X-A: 1', true);
      // It goes on until it has the answer.
      const reply = await waitFor(
        () => {
          if (call.unsent < 4 * MIB) call.send(piece);
          return call.reply().end === 'open' ? null : call.reply();
        },
        { what: 'the answer', intervalMs: 1 },
      );
      expect(reply).toMatchObject({ status: 413, end: 'whole', body: Buffer.from('too much') });
      expect([told.count('aborted'), told.count('last')]).toEqual([0, 0]);
    },
  );

  promise('a streamed answer of known length', async ({ bed, target }) => {
    const { call } = await bed.begin({ target }, (one) => {
      one.head(BodyFraming.LENGTH, 10, 'X-A: 1\r\nX-A: 2', 206);
      one.client.writeBody(latin1('01234'));
      one.client.writeBody(latin1(''));
      one.client.writeBody(latin1('56789'));
      expect(one.client.end('')).toBe(true);
    });
    expect(await call.whole()).toMatchObject({ status: 206, body: Buffer.from('0123456789') });
    expect([call.field('content-length'), call.field('x-a')]).toEqual(['10', '1, 2']);
    expect(call.field('transfer-encoding')).toBeNull();
  });

  promise('a streamed answer of unknown length, piece by piece', async ({ bed, target }) => {
    const { call, told } = await bed.begin({ target }, (one) => one.head(BodyFraming.STREAM, -1));
    for (const piece of ['one', 'two', 'three']) {
      told.client.writeBody(latin1(piece));
      told.client.flush();
      await call.until(piece, ({ body }) => body.toString().endsWith(piece));
    }
    expect(call.reply().end).toBe('open');
    told.client.end('');
    expect((await call.whole()).body.toString()).toBe('onetwothree');
    expect([call.field('x-test'), call.field('content-length')]).toEqual(['yes', null]);
  });

  promise('streamed answers without a body: none, length 0, unknown', async ({ bed, target }) => {
    const peer = await bed.connect();
    const cases = [
      ['none', 'HEAD', 200, BodyFraming.NONE, 4321, '4321'],
      ['none-unknown', 'HEAD', 200, BodyFraming.NONE, -1, null],
      ['204', 'GET', 204, BodyFraming.NONE, -1, null],
      ['304', 'GET', 304, BodyFraming.NONE, 7, '7'],
      ['zero', 'GET', 200, BodyFraming.LENGTH, 0, '0'],
    ] as const;
    for (const [name, method, status, framing, length, announced] of cases) {
      bed.script(`${target}/${name}`, (one) => {
        one.head(framing, length, 'X-A: 1', status);
        expect(one.client.end('')).toBe(true);
      });
      const call = peer.ask({ target: `${target}/${name}`, method });
      expect(await call.whole(), name).toMatchObject({ status, body: Buffer.alloc(0) });
      expect([call.field('content-length'), call.field('x-a')], name).toEqual([announced, '1']);
    }
    bed.script(target, (one) => {
      one.head(BodyFraming.STREAM, -1);
      one.client.end('');
    });
    expect(await peer.ask({ target }).whole()).toMatchObject({ status: 200, body: Buffer.alloc(0) });
  });

  promise('the head leaves with flush, before any body', async ({ bed, target }) => {
    for (const [framing, length] of [[BodyFraming.STREAM, -1] as const, [BodyFraming.LENGTH, 2] as const]) {
      const { call, told } = await bed.begin({ target: `${target}/${framing}` }, (one) => {
        one.head(framing, length);
        one.client.flush();
      });
      expect(await call.started()).toMatchObject({ status: 200, end: 'open' });
      told.client.writeBody(latin1('ok'));
      told.client.end('');
      expect((await call.whole()).body.toString()).toBe('ok');
    }
  });

  promise('the reason of the status goes out', async ({ bed, target }) => {
    const { call } = await bed.begin({ target }, ({ client }) => {
      client.writeHead(299, 'Quite Well', latin1(''), BodyFraming.STREAM, -1, false);
      client.end('');
    });
    expect((await call.whole()).reason).toBe('Quite Well');
  });

  promise(
    'a streamed answer with close: the client is told, and the connection closes',
    async ({ bed, target }) => {
      const { call, peer } = await bed.begin({ target }, (one) => {
        one.head(BodyFraming.STREAM, -1, 'X-A: 1', 200, true);
        one.client.writeBody(latin1('bye'));
        one.client.end('');
      });
      expect((await call.whole()).body.toString()).toBe('bye');
      expect(call.field('connection')).toBe('close');
      await waitFor(() => peer.closed, { what: 'the connection to close' });
    },
  );

  promise(
    'what was given may be overwritten: fields after flush, pieces after the call',
    async ({ bed, target }) => {
      const fields = latin1('X-Long: 0123456789');
      const piece = latin1('piece');
      const { call, told } = await bed.begin({ target }, ({ client }) => {
        client.writeHead(200, 'OK', fields, BodyFraming.STREAM, -1, false);
        client.flush();
        fields.fill('!');
      });
      told.client.writeBody(piece);
      piece.fill('!');
      piece.set(latin1('other'));
      told.client.writeBody(piece);
      piece.fill('!');
      told.client.end('');
      expect((await call.whole()).body.toString()).toBe('pieceother');
      expect(call.field('x-long')).toBe('0123456789');
      for (const close of [false, true]) {
        const given = [latin1('X-Long: 0123456789'), latin1('body')] as const;
        const { call: other } = await bed.begin({ target: `${target}/${close}` }, ({ client }) => {
          client.answer(200, given[0], given[1], 4, true, close);
          for (const bytes of given) bytes.fill('!');
        });
        expect((await other.whole()).body.toString()).toBe('body');
        expect(other.field('x-long')).toBe('0123456789');
      }
    },
  );

  promise('many small pieces, and pieces of a mebibyte', async ({ bed, target }) => {
    for (const [total, pieceBytes] of [
      [20_000, 1],
      [30_000, 7],
      [9 * MIB + 5, MIB],
    ] as const) {
      for (const length of [-1, total]) {
        const sent = pattern(total);
        const { call } = await bed.begin({ target: `${target}/${total}/${length}` }, (one) => {
          one.client.attach(one);
          one.head(length < 0 ? BodyFraming.STREAM : BodyFraming.LENGTH, length);
          pour(one, sent, pieceBytes);
        });
        expect((await call.whole()).body.equals(sent), `${total} by ${pieceBytes}`).toBe(true);
      }
    }
  });

  promise('trailers of the answer go out to a client that reads them', async ({ bed, target }) => {
    const { call } = await bed.begin({ target, fields: [['te', 'trailers']] }, (one) => {
      one.head(BodyFraming.STREAM, -1);
      one.client.writeBody(latin1('body'));
      one.client.end('X-Sum: abc\r\nX-More: d\r\n');
    });
    expect(await call.whole()).toMatchObject({
      body: Buffer.from('body'),
      trailers: [
        ['x-sum', 'abc'],
        ['x-more', 'd'],
      ],
    });
  });

  promise(
    'trailers do not go out to a client that does not, nor behind a known length',
    async ({ bed, target }) => {
      const { call } = await bed.begin({ target }, (one) => {
        one.head(BodyFraming.STREAM, -1);
        one.client.writeBody(latin1('body'));
        one.client.end('X-Sum: abc\r\n');
      });
      expect(await call.whole()).toMatchObject({ body: Buffer.from('body'), trailers: [] });
      const asks = { target: `${target}/length`, fields: [['te', 'trailers']] as const };
      const { call: other } = await bed.begin(asks, (one) => {
        one.head(BodyFraming.LENGTH, 4);
        one.client.writeBody(latin1('body'));
        one.client.end('X-Sum: abc\r\n');
      });
      expect(await other.whole()).toMatchObject({ body: Buffer.from('body'), trailers: [] });
    },
  );
});
