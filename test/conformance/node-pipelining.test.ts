import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bed,
  connect,
  expectAlive,
  forwarded,
  HOST,
  probeText,
  recordFrom,
  startBed,
  WIRES,
  type Wire,
  withoutDates,
  withoutIds,
} from '../support/conformance-bed.ts';
import { type FramedMessage, fieldOf, messageFramer } from '../support/message-framer.ts';
import type { RawClient } from '../support/raw-client.ts';
import type { OriginConnection } from '../support/raw-origin.ts';
import { type ScriptedOrigin, startScriptedOrigin } from '../support/scripted-origin.ts';
import { waitFor } from '../support/wait-for.ts';

let bed: Bed;
let upstream: ScriptedOrigin;
beforeAll(async () => {
  upstream = await startScriptedOrigin();
  bed = await startBed({
    config: { limits: { body_bytes: 50_000_000 } },
    services: { scripted: { endpoints: [upstream.address] } },
    routes: [
      { host: 'r.test', service: 'scripted' },
      { host: 'respond.test', respond: { status: 200, body: 'mine' } },
      { host: 'away.test', redirect: { to: 'https://example.com{uri}' } },
    ],
    answer: ({ startLine }) => {
      const path = startLine.split(' ')[1] ?? '';
      const head = `HTTP/1.1 200 OK\r\nX-Path: ${path}\r\n`;
      if (path.includes('chunks')) return `${head}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`;
      return `${head}Content-Length: 2\r\n\r\n${startLine.startsWith('HEAD ') ? '' : 'ok'}`;
    },
  });
});
afterAll(async () => {
  await bed.stop();
  await upstream.close();
});

/** One request of a pipeline: what is sent, the status it gets, and what the origin gets of it. */
interface Part {
  readonly sent: string;
  readonly status: number;
  readonly onwards: string;
}

type MakePart = (wire: Wire, n: number) => Part;

const toOrigin =
  (method: string, path: string, framing = '', body = ''): MakePart =>
  (wire, n) => {
    const line = `${method} /${n}${path} HTTP/1.1`;
    const wish = framing === '' ? { line } : { line, framing, body };
    return {
      sent: `${line}\r\nHost: ${HOST}\r\n${framing === '' ? '' : `${framing}\r\n`}\r\n${body}`,
      status: 200,
      onwards: forwarded(bed, wire, wish),
    };
  };
const answeredHere =
  (host: string, status: number, body = ''): MakePart =>
  (_wire, n) => ({
    sent: `POST /${n} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    status,
    onwards: '',
  });

const CHUNKED = 'Transfer-Encoding: chunked';
/** The method is in lower case, so that the client's framer does not take it for one more request to be answered. */
const HIDDEN = `get /hidden HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;
const KINDS: readonly MakePart[] = [
  toOrigin('GET', ''),
  answeredHere('unknown.test', 404),
  toOrigin('POST', '', 'Content-Length: 5', 'hell\n'),
  toOrigin('GET', '/chunks'),
  answeredHere('respond.test', 200, HIDDEN),
  toOrigin('PUT', '', CHUNKED, '5\r\nhello\r\n0\r\n\r\n'),
  toOrigin('HEAD', ''),
  answeredHere('away.test', 301, 'x\n'),
  toOrigin('POST', '/chunks', CHUNKED, `${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\nX-T: 1\r\n\r\n`),
  answeredHere('unknown.test', 404, `${'y'.repeat(3000)}\n`),
  toOrigin('DELETE', '', 'Content-Length: 0'),
];
/** Few bytes, and no HEAD. */
const SHORT: readonly MakePart[] = [
  toOrigin('GET', ''),
  answeredHere('respond.test', 200, 'x\n'),
  toOrigin('PUT', '', CHUNKED, '5\r\nhello\r\n0\r\n\r\n'),
  answeredHere('unknown.test', 404),
  toOrigin('POST', '/chunks', 'Content-Length: 5', 'hell\n'),
];
/** Refused, and the end of its connection. */
const BROKEN = `GET /../x HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;

const textOf = (parts: readonly Part[]): string => parts.map(({ sent }) => sent).join('');
const pipeline = (wire: Wire, count: number, offset = 0): Part[] =>
  Array.from({ length: count }, (_, n) => (KINDS[(n + offset) % KINDS.length] as MakePart)(wire, n));

/** What the origin got since `before`: heads and decoded bodies. How a body came in pieces is not part of it. */
const messagesSince = (before: number): string[] =>
  bed.origin
    .requests()
    .slice(before)
    .map(({ head, body }) => withoutIds(`${head}\r\n\r\n${body}`));

/** All that a textbook peer makes of these bytes. */
const messagesOf = (text: string): string[] =>
  messageFramer({ kind: 'request' })
    .push(Buffer.from(text, 'latin1'))
    .map(({ head, body }) => `${head}\r\n\r\n${body}`);

async function writeInPieces(client: RawClient, pieces: readonly string[]): Promise<void> {
  // Not by `client.write`: its framer could not make out methods. Without HEAD it need not.
  for (const piece of pieces) {
    client.socket.write(Buffer.from(piece, 'latin1'));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Each has the status of its part and, where the origin gave it, says that it is the answer to that very request. */
function expectAnswers(answers: readonly FramedMessage[], parts: readonly Part[]): void {
  expect(answers.map(({ status, head }) => [status, fieldOf(head, 'x-path')])).toEqual(
    parts.map(({ status, onwards }) => [status, /^\S+ (\S+)/.exec(onwards)?.[1] ?? null]),
  );
}

/** Each part is answered in its place and reaches the origin in its place; `last` is refused, or the connection goes on. */
async function expectInOrder(wire: Wire, parts: readonly Part[], last = ''): Promise<void> {
  const since = recordFrom(bed);
  const client = await connect(bed, wire);
  try {
    client.write(textOf(parts) + last);
    if (last === '') {
      for (const _ of parts) await client.readAnswer();
      await expectAlive(client);
    } else await client.expectClosed();
    expectAnswers(client.answers.slice(0, parts.length), parts);
    expect(client.answers.slice(parts.length).map(({ status }) => status)).toEqual([last === '' ? 200 : 400]);
  } finally {
    client.close();
  }
  expect(since()).toBe(
    parts.map((part) => part.onwards).join('') + (last === '' ? probeText(bed, wire) : ''),
  );
}

/** The same on a connection that has served others, however the bytes come. */
async function expectInOrderInPieces(
  client: RawClient,
  parts: readonly Part[],
  pieces: readonly string[],
): Promise<void> {
  const before = bed.origin.requests().length;
  await writeInPieces(client, pieces);
  const answers: FramedMessage[] = [];
  for (const _ of parts) answers.push(await client.readAnswer());
  expectAnswers(answers, parts);
  expect(messagesSince(before)).toEqual(messagesOf(parts.map((part) => part.onwards).join('')));
}

describe.each(WIRES)('pipelined requests are answered in their order, RFC 9112 9.3.2 (%s)', (wire) => {
  it.each([2, 3, 5, 11, 30, 100])('%i of all kinds in one piece', async (count) => {
    await expectInOrder(wire, pipeline(wire, count));
  });

  it.each([1, 2, 5, 20, 99])('%i, then one that is refused: it is the last', async (count) => {
    await expectInOrder(wire, pipeline(wire, count, 3), BROKEN + textOf(pipeline(wire, 2)));
  });

  it('each of its kinds behind each other', async () => {
    for (const first of KINDS) {
      await expectInOrder(
        wire,
        KINDS.flatMap((second, n) => [first(wire, 2 * n), second(wire, 2 * n + 1)]),
      );
    }
  });

  it('100, octet by octet', async () => {
    const parts = Array.from({ length: 100 }, (_, n) => (SHORT[n % SHORT.length] as MakePart)(wire, n));
    const client = await connect(bed, wire);
    await expectInOrderInPieces(client, parts, [...textOf(parts)]);
    client.close();
  });

  it('split in two at every octet', async () => {
    const parts = SHORT.map((make, n) => make(wire, n));
    const bytes = textOf(parts);
    const client = await connect(bed, wire);
    for (let at = 1; at < bytes.length; at++) {
      await expectInOrderInPieces(client, parts, [bytes.slice(0, at), bytes.slice(at)]);
    }
    client.close();
  });

  it('a quick one does not overtake a slow one, whoever answers it', async () => {
    let held: OriginConnection | null = null;
    upstream.on('/slow', (connection) => {
      held = connection;
    });
    const client = await connect(bed, wire);
    client.write(
      'GET /slow HTTP/1.1\r\nHost: r.test\r\n\r\n' +
        'GET / HTTP/1.1\r\nHost: respond.test\r\n\r\n' +
        `GET /a HTTP/1.1\r\nHost: ${HOST}\r\n\r\n${BROKEN}`,
    );
    const connection = await waitFor(() => held as OriginConnection | null, {
      what: 'the first',
      intervalMs: 2,
    });
    const other = await connect(bed, wire);
    await expectAlive(other);
    other.close();
    expect(client.text()).toBe('');
    await connection.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow');
    await client.expectClosed();
    expect(client.answers.map(({ status, body }) => `${status} ${body.toString().slice(0, 4)}`)).toEqual([
      '200 slow',
      '200 mine',
      '200 ok',
      '400 400 ',
    ]);
    client.close();
  });

  it('what waits behind a slow one is not read without bound', async () => {
    const SIZE = 40_000_000;
    let held: OriginConnection | null = null;
    upstream.on('/slow', (connection) => {
      held = connection;
    });
    let taken = 0;
    upstream.on('/upload', async (connection) => {
      taken = (await connection.takeBytes(SIZE)).length;
      await connection.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nup');
    });
    const client = await connect(bed, wire);
    client.write(
      `GET /slow HTTP/1.1\r\nHost: r.test\r\n\r\nPOST /upload HTTP/1.1\r\nHost: r.test\r\nContent-Length: ${SIZE}\r\n\r\n`,
    );
    client.socket.write(Buffer.alloc(SIZE, 'u'));
    const connection = await waitFor(() => held as OriginConnection | null, {
      what: 'the first',
      intervalMs: 2,
    });
    for (let i = 0; i < 20; i++) {
      const other = await connect(bed, wire);
      await expectAlive(other);
      other.close();
    }
    // Kernels hold some megabytes between them; the rest has to wait at the client.
    expect(client.socket.writableLength).toBeGreaterThan(SIZE / 2);
    await connection.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow');
    expect((await client.readAnswer()).body.toString()).toBe('slow');
    expect((await client.readAnswer(20_000)).body.toString()).toBe('up');
    expect(taken).toBe(SIZE);
    client.close();
  });

  it('own answers are whole, each with a head of its own', async () => {
    const client = await connect(bed, wire);
    client.write('GET / HTTP/1.1\r\nHost: respond.test\r\n\r\n'.repeat(50));
    for (let i = 0; i < 50; i++) await client.readAnswer();
    const one = client.answers[0]?.head ?? '';
    const ids = client.answers.map(({ head }) => fieldOf(head, 'x-request-id'));
    expect(new Set(ids).size).toBe(50);
    const shapes = client.answers.map(({ head }) => withoutDates(head.replace(/X-Request-Id: .*/, '')));
    expect(new Set(shapes)).toEqual(new Set([withoutDates(one.replace(/X-Request-Id: .*/, ''))]));
    client.close();
  });
});
