/** Whatever a client or an origin sends: the process lives, answers in HTTP or closes, and serves the next good request. */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bed,
  connect,
  expectAlive,
  HOST,
  onlyOn,
  startBed,
  WIRES,
  type Wire,
} from '../support/conformance-bed.ts';
import { messageFramer } from '../support/message-framer.ts';
import { parseExposition } from '../support/metrics-text.ts';
import { RawClient } from '../support/raw-client.ts';
import { type ScriptedOrigin, startScriptedOrigin } from '../support/scripted-origin.ts';
import { waitFor } from '../support/wait-for.ts';

/** Connections thrown at once by one run of a property. */
const VOLLEY = 25;

let bed: Bed;
let upstream: ScriptedOrigin;
beforeAll(async () => {
  upstream = await startScriptedOrigin();
  bed = await startBed({
    services: { scripted: { endpoints: [upstream.address], timeouts: { response: '150ms', idle: '150ms' } } },
    routes: [{ host: 'r.test', service: 'scripted' }],
  });
});
afterAll(async () => {
  await bed.stop();
  await upstream.close();
});

const OPEN = ['penstock_connections', 'penstock_requests_in_flight'];

/** No connection and no request of those that are gone is counted any more: each of them has found its end. */
async function expectQuiet(): Promise<void> {
  await waitFor(
    async () => {
      const { samples } = parseExposition((await bed.penstock.admin('/metrics')).text);
      const left = samples.filter(({ name, value }) => OPEN.includes(name) && value !== 0);
      if (left.length > 0) throw new Error(JSON.stringify(left));
      return samples.some(({ name }) => name === OPEN[0]);
    },
    { what: 'all connections and requests to end' },
  );
}

/** What opens HTTP/2 (RFC 9113 3.4): its answer is frames. */
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** Every byte that came belongs to a well-formed answer; the last one may be cut where the connection was. */
const STATUS_LINE = /^HTTP\/1\.1 [1-5]\d\d [^\r\n]*\r\n/;
function expectHttp(bytes: Buffer): void {
  let rest = bytes;
  while (rest.length > 0) {
    expect(rest.toString('latin1')).toMatch(STATUS_LINE);
    const framer = messageFramer({ kind: 'response' });
    if (framer.push(rest).length === 0) return;
    // An answer to HEAD, or one that runs to the close: its end cannot be told from here.
    const left = framer.rest();
    if (left.length === rest.length) return;
    rest = left;
  }
}

/** Writes all at once, waits for a first sign or `settleMs`, cuts, and looks at what came. */
async function volley(wire: Wire, texts: readonly string[], settleMs: number): Promise<void> {
  await Promise.all(
    texts.map(async (text) => {
      const client = await connect(bed, wire);
      client.socket.write(Buffer.from(text, 'latin1'));
      await waitFor(() => client.closed() || client.bytes().length > 0, {
        what: 'a sign',
        timeoutMs: settleMs,
        intervalMs: 5,
      }).catch(() => undefined);
      client.close();
      const isHttp2 = wire === 'plain' && text.startsWith(PREFACE);
      if (client.bytes().length > 0 && !isHttp2) expectHttp(client.bytes());
    }),
  );
  await expectWell(wire);
}

async function expectWell(wire: Wire): Promise<void> {
  expect(bed.penstock.exit()).toBeNull();
  const client = await connect(bed, wire);
  await expectAlive(client);
  client.close();
}

const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array).toString('latin1'));
const fragment = fc.constantFrom(
  'GET ',
  '/',
  ' HTTP/1.1',
  '\r\n',
  '\r\n\r\n',
  '\n',
  '\r',
  ': ',
  ':',
  ' ',
  '\t',
  '\0',
  ',',
  ';',
  '\x7f',
  '\xff',
  '0',
  '5',
  'ffff',
  '-1',
  `Host: ${HOST}`,
  'Host: unknown.test',
  'Content-Length: 5',
  'Content-Length: 0',
  'Transfer-Encoding: chunked',
  'Connection: close',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Expect: 100-continue',
  'POST /a HTTP/1.1',
  'HEAD /a HTTP/1.1',
  'X-Forwarded-For: 1.2.3.4',
  '5\r\nhello\r\n',
  '0\r\n\r\n',
  'hello',
  '%2e%2e/',
  '../',
  '%',
  'PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n',
  PREFACE,
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
);
const fragments = fc.array(fragment, { minLength: 1, maxLength: 25 }).map((parts) => parts.join(''));

const GOOD = [
  `GET /a?b=c HTTP/1.1\r\nHost: ${HOST}\r\nUser-Agent: x\r\nAccept: */*\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n`,
  `POST /a HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello`,
  `POST /a HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  `GET /../a HTTP/1.1\r\nHost: unknown.test\r\nConnection: close\r\n\r\n`,
];

interface Mutation {
  readonly kind: 'flip' | 'insert' | 'cut' | 'double' | 'swap';
  readonly at: number;
  readonly value: number;
}
const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('flip', 'insert', 'cut', 'double', 'swap'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  value: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 9, 10, 13, 32, 44, 58, 59)),
});

function mutate(text: string, { kind, at, value }: Mutation): string {
  const index = Math.floor(at * text.length);
  const character = String.fromCharCode(value);
  switch (kind) {
    case 'flip':
      return text.slice(0, index) + character + text.slice(index + 1);
    case 'insert':
      return text.slice(0, index) + character + text.slice(index);
    case 'cut':
      return text.slice(0, index) + text.slice(index + 1 + (value % 20));
    case 'double':
      return text.slice(0, index) + text.slice(index, index + value) + text.slice(index);
    default:
      return text.slice(index) + text.slice(0, index);
  }
}
const mutatedOf = (good: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...good), fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([text, mutations]) => mutations.reduce(mutate, text));

const volleyOf = (text: fc.Arbitrary<string>): fc.Arbitrary<string[]> =>
  fc.array(text, { minLength: VOLLEY, maxLength: VOLLEY });

describe.each(WIRES)('a client that sends (%s)', (wire) => {
  it.each([
    ['any bytes', bytes, 10],
    ['pieces of HTTP in any order', fragments, 15],
    ['requests with a few bytes changed', mutatedOf(GOOD), 20],
  ])('%s', async (_name, text, numRuns) => {
    await fc.assert(
      fc.asyncProperty(volleyOf(text), (texts) => volley(wire, texts, 60)),
      { numRuns, endOnFailure: true },
    );
    await expectQuiet();
  });
});

onlyOn('node', () => {
  // For uWebSockets.js, whose timers take 10 s: uws-engine-timers.test.ts.
  describe('a client that waits for ever', () => {
    let impatient: Bed;
    beforeAll(async () => {
      impatient = await startBed({
        config: { timeouts: { read: '200ms', write: '200ms', keepalive: '200ms' } },
        listen: { http2: false },
      });
    });
    afterAll(() => impatient.stop());

    async function outwait(wire: Wire, text: string): Promise<void> {
      const client = await connect(impatient, wire);
      client.socket.write(Buffer.from(text, 'latin1'));
      await client.expectClosed();
      if (client.bytes().length > 0) expectHttp(client.bytes());
    }

    describe.each(WIRES)('%s', (wire) => {
      it.each([
        ['any bytes', bytes],
        ['pieces of HTTP in any order', fragments],
        ['requests with a few bytes changed', mutatedOf(GOOD)],
      ])('%s: it is answered or not, and closed', async (_name, text) => {
        await fc.assert(
          fc.asyncProperty(volleyOf(text), async (texts) => {
            await Promise.all(texts.map((one) => outwait(wire, one)));
          }),
          { numRuns: 4, endOnFailure: true },
        );
      });
    });
  });
});

describe('a client that speaks no TLS to the TLS listener, or breaks off in the handshake', () => {
  it('any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        volleyOf(
          fc.oneof(
            bytes,
            fragments,
            bytes.map((text) => `\x16\x03\x01${text}`),
          ),
        ),
        async (texts) => {
          await Promise.all(
            texts.map(async (text) => {
              const client = await RawClient.connect(bed.penstock.ports.https);
              client.write(text);
              await waitFor(() => client.closed(), { what: 'a close', timeoutMs: 30, intervalMs: 5 }).catch(
                () => undefined,
              );
              client.close();
              expect(client.text()).not.toContain('HTTP/1.1 200');
            }),
          );
          await expectWell('tls');
        },
      ),
      { numRuns: 6, endOnFailure: true },
    );
    await expectQuiet();
  });
});

describe('an origin that answers', () => {
  const ANSWERS = [
    'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a=b\r\n\r\n5;x=y\r\nhello\r\n0\r\nX-T: 1\r\n\r\n',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 Not Modified\r\nETag: "x"\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n\r\n',
    'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\nhello',
  ];

  async function answersTo(answers: readonly string[], closes: boolean): Promise<void> {
    for (const [index, answer] of answers.entries()) {
      upstream.on(`/${index}`, async (connection) => {
        await connection.write(answer);
        if (closes) connection.end();
      });
    }
    await Promise.all(
      answers.map(async (_, index) => {
        const client = await connect(bed);
        client.write(`GET /${index} HTTP/1.1\r\nHost: r.test\r\n\r\n`);
        await waitFor(() => client.closed() || client.answers.length > 0, {
          what: 'an answer or a close',
          timeoutMs: 5000,
          intervalMs: 5,
        });
        client.close();
        if (client.bytes().length > 0) expectHttp(client.bytes());
      }),
    );
    await expectWell('plain');
  }

  it.each([
    ['any bytes', bytes, 8],
    ['pieces of HTTP in any order', fragments.map((text) => `HTTP/1.1 200 OK\r\n${text}`), 8],
    ['answers with a few bytes changed', mutatedOf(ANSWERS), 16],
  ])('%s', async (_name, text, numRuns) => {
    await fc.assert(fc.asyncProperty(volleyOf(text), fc.boolean(), answersTo), {
      numRuns,
      endOnFailure: true,
    });
    await expectQuiet();
  });
});
