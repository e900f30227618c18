import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answered, type Bed, connect, onlyOn, startBed, withoutDates } from '../support/conformance-bed.ts';
import { type OriginAnswer, type ScriptedOrigin, startScriptedOrigin } from '../support/scripted-origin.ts';
import { waitFor } from '../support/wait-for.ts';

let bed: Bed;
let upstream: ScriptedOrigin;
beforeAll(async () => {
  upstream = await startScriptedOrigin();
  bed = await startBed({
    services: { scripted: { endpoints: [upstream.address] } },
    routes: [{ host: 'r.test', service: 'scripted' }],
  });
});
afterAll(async () => {
  await bed.stop();
  await upstream.close();
});

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: r.test\r\n\r\n`;

/** An answer of which the test lets go one piece after the other. */
function gate(): { answer: OriginAnswer; asked: () => boolean; send: (text: string) => Promise<void> } {
  let write: ((text: string) => Promise<void>) | null = null;
  return {
    answer: (connection) => {
      write = (text) => connection.write(text);
    },
    asked: () => write !== null,
    send: async (text) => {
      await waitFor(() => write, { what: 'the request at the origin', intervalMs: 2 });
      await write?.(text);
    },
  };
}

/** As much as a worker reads at once, so that all of its one read buffer is written anew. */
const OTHER = 'o'.repeat(65_000);

/** One request on a connection of its own, answered before this returns: whatever a worker shares is used in between. */
async function otherTraffic(): Promise<void> {
  const fields = `X-Other: ${'o'.repeat(300)}\r\nSet-Cookie: other=secret\r\nContent-Length: ${OTHER.length}\r\n`;
  upstream.on('/other', `HTTP/1.1 200 OK\r\n${fields}\r\n${OTHER}`);
  const client = await connect(bed);
  client.write(get('/other'));
  expect((await client.readAnswer()).body.length).toBe(OTHER.length);
  client.close();
}

describe('a head that comes before its body', () => {
  it.each([
    ['of known length', 'Content-Length: 5\r\n', ['he', 'llo']],
    ['chunked', 'Transfer-Encoding: chunked\r\n', ['2\r\nhe\r\n', '3\r\nllo\r\n0\r\n\r\n']],
    ['chunked, without data', 'Transfer-Encoding: chunked\r\n', ['0\r\n', '\r\n']],
  ])('%s: both reach the client, untouched by what else goes on', async (_name, framing, pieces) => {
    const gated = gate();
    upstream.on('/gated', gated.answer);
    const client = await connect(bed);
    client.write(get('/gated'));
    await gated.send(`HTTP/1.1 200 OK\r\nX-Mine: ${'m'.repeat(200)}\r\nSet-Cookie: mine=1\r\n${framing}\r\n`);
    for (const piece of pieces) {
      await otherTraffic();
      await gated.send(piece);
    }
    const { head, body } = await client.readAnswer();
    expect(body.toString()).toBe(framing.startsWith('C') || pieces[0]?.startsWith('2') ? 'hello' : '');
    expect(head).toContain(`\r\nX-Mine: ${'m'.repeat(200)}\r\nSet-Cookie: mine=1\r\n`);
    expect(head).not.toMatch(/other/i);
    client.close();
  });

  onlyOn('node', () => {
    it('leaves when it comes, though nothing of the body has', async () => {
      const gated = gate();
      upstream.on('/gated', gated.answer);
      const client = await connect(bed);
      client.write(get('/gated'));
      await gated.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n');
      expect(withoutDates(await client.readUntil('\r\n\r\n'))).toBe(
        answered('200 OK', '', 'Content-Length: 2\r\n'),
      );
      await gated.send('ok');
      expect((await client.readAnswer()).body.toString()).toBe('ok');
      client.close();
    });
  });

  onlyOn('uws', () => {
    it('engine limit: it leaves with the first bytes of its body, not before', async () => {
      const gated = gate();
      upstream.on('/gated', gated.answer);
      const client = await connect(bed);
      client.write(get('/gated'));
      await gated.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n');
      await otherTraffic();
      expect(client.text()).toBe('');
      await gated.send('ok');
      expect((await client.readAnswer()).body.toString()).toBe('ok');
      client.close();
    });
  });

  it('each piece of a body leaves when it comes', async () => {
    const gated = gate();
    upstream.on('/gated', gated.answer);
    const client = await connect(bed);
    client.write(get('/gated'));
    await gated.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n');
    await client.readUntil('one');
    await gated.send('3\r\ntwo\r\n');
    await client.readUntil('two');
    await gated.send('0\r\n\r\n');
    expect((await client.readAnswer()).body.toString()).toBe('onetwo');
    client.close();
  });
});

describe('a client that reads slowly', () => {
  const SIZE = 12 * 1024 * 1024;
  /** Every place of the body tells where it belongs, so that no piece can stand in for another. */
  const body = Buffer.alloc(SIZE);
  for (let at = 0; at < SIZE; at += 4) body.writeUInt32BE(at / 4, at);
  const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

  const chunked = (): Buffer => {
    const pieces: Buffer[] = [];
    for (let at = 0; at < SIZE; at += 50_000) {
      const piece = body.subarray(at, at + 50_000);
      pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
    }
    return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
  };

  it.each([
    [
      'of known length',
      () => Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n`), body]),
    ],
    [
      'chunked',
      () => Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'), chunked()]),
    ],
  ])('%s: gets every byte in its place, though others are served meanwhile', async (_name, answer) => {
    upstream.on('/large', (connection) => void connection.socket.write(answer()));
    const client = await connect(bed);
    client.socket.pause();
    client.write(get('/large'));
    await waitFor(() => (upstream.connections.at(-1)?.socket.bytesWritten ?? 0) > 0, { what: 'the answer' });
    for (let i = 0; i < 30; i++) {
      await otherTraffic();
      client.socket.resume();
      await new Promise((resolve) => client.socket.once('data', resolve));
      client.socket.pause();
    }
    client.socket.resume();
    const { body: got } = await client.readAnswer(30_000);
    expect(got.length).toBe(SIZE);
    expect(sha(got)).toBe(sha(body));
    client.close();
  });
});
