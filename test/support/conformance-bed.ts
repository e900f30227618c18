/**
 * What every conformance file stands on: one penstock with one worker between a raw client and an origin that records
 * every byte. A case sends exact bytes and gets what the client saw and what the origin was sent, nothing left out. No case waits for
 * silence: what must not come is looked for after one more good request, which also shows that penstock goes on.
 */

import { expect } from 'vitest';
import type { FramedMessage } from './message-framer.ts';
import { RawClient } from './raw-client.ts';
import { type RecordingOrigin, startRecordingOrigin } from './raw-origin-record.ts';
import { type RunningPenstock, runPenstock } from './run-penstock.ts';

export type EngineName = 'node' | 'uws';

/** The engine under test; vitest.config.ts has a project for each. */
export const ENGINE: EngineName = process.env.PENSTOCK_TEST_ENGINE === 'uws' ? 'uws' : 'node';

/** What is expected of the engine under test, where the two differ. */
export function onEngine<T>(expected: Readonly<Record<EngineName, T>>): T {
  return expected[ENGINE];
}

/**
 * Defines cases for one engine alone; for the other they do not exist, since a skipped case would be a gap. A file that
 * is for one engine as a whole is named `node-….test.ts` or `uws-….test.ts`.
 */
export function onlyOn(engine: EngineName, cases: () => void): void {
  if (ENGINE === engine) cases();
}

/** The host of the route that every bed has; all its paths go to the recording origin. */
export const HOST = 't.test';
/** Served with a certificate of its own, so that the https listener opens. */
export const TLS_HOST = 'secure.test';

export interface Bed {
  readonly origin: RecordingOrigin;
  readonly penstock: RunningPenstock;
  stop(): Promise<void>;
}

export interface BedOptions {
  /** Beside `listen`, `workers`, the service `origin` and the two routes. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Beside the addresses and the engine. */
  readonly listen?: Readonly<Record<string, unknown>>;
  /** Before the two routes of the bed. */
  readonly routes?: readonly object[];
  /** Beside the service `origin`. */
  readonly services?: Readonly<Record<string, unknown>>;
  readonly answer?: (request: FramedMessage) => string;
  /** Beside the configuration file: relative path and content. */
  readonly files?: Readonly<Record<string, string>>;
}

export async function startBed(options: BedOptions = {}): Promise<Bed> {
  const origin = await startRecordingOrigin(options.answer === undefined ? {} : { answer: options.answer });
  const penstock = await runPenstock({
    ...(options.files === undefined ? {} : { files: options.files }),
    config: ({ http, https, admin }) => ({
      listen: {
        http: `127.0.0.1:${http}`,
        https: `127.0.0.1:${https}`,
        admin: `127.0.0.1:${admin}`,
        engine: ENGINE,
        ...options.listen,
      },
      workers: 1,
      ...options.config,
      services: { origin: { endpoints: [origin.address] }, ...options.services },
      routes: [
        ...(options.routes ?? []),
        { host: HOST, service: 'origin' },
        { host: TLS_HOST, service: 'origin', tls: 'self_signed', https_redirect: false },
      ],
    }),
  });
  return {
    origin,
    penstock,
    stop: async () => {
      const exit = await penstock.stop();
      await origin.close();
      expect(exit, penstock.stderr()).toEqual({ code: 0, signal: null });
    },
  };
}

/** `plain` or `tls`: most of what a listener must do, it must do on both. */
export type Wire = 'plain' | 'tls';

export const WIRES: readonly Wire[] = ['plain', 'tls'];

/** The port of penstock's listener. */
export function portOf(bed: Bed, wire: Wire): number {
  const { http, https } = bed.penstock.ports;
  return wire === 'plain' ? http : https;
}

/** `port`: of what stands before the listener; the listener's own by default. */
export function connect(
  bed: Bed,
  wire: Wire = 'plain',
  port: number = portOf(bed, wire),
): Promise<RawClient> {
  return RawClient.connect(port, wire === 'plain' ? {} : { tls: true, servername: TLS_HOST });
}

export interface Forwarded {
  /** `GET /a HTTP/1.1` */
  readonly line: string;
  readonly host?: string;
  /** Field lines that go on, as the client sent them. */
  readonly fields?: readonly string[];
  /** `Content-Length: 5` or `Transfer-Encoding: chunked`. */
  readonly framing?: string;
  readonly body?: string;
  /** The client's address and the port that it connected to (`localPort`), where a PROXY header tells of others than the connection's own. */
  readonly client?: string;
  readonly localPort?: number;
}

/** The Node engine forwards lines as they came. uWebSockets.js gives names in lower case and values without the blanks around them. */
export function lineOnwards(line: string): string {
  if (ENGINE === 'node') return line;
  const colon = line.indexOf(':');
  return `${line.slice(0, colon).toLowerCase()}: ${line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')}`;
}

/** The whole text of a request as the origin must get it from a peer that is not trusted. Request ids are `<id>`. */
export function forwarded(bed: Bed, wire: Wire, wish: Forwarded): string {
  const { host = HOST, fields = [], framing, client = '127.0.0.1', localPort = portOf(bed, wire) } = wish;
  const lines = [
    wish.line,
    `Host: ${host}`,
    ...fields.map(lineOnwards),
    `X-Forwarded-For: ${client}`,
    `X-Forwarded-Proto: ${wire === 'tls' ? 'https' : 'http'}`,
    `X-Forwarded-Host: ${host}`,
    `X-Forwarded-Port: ${localPort}`,
    `X-Real-IP: ${client}`,
    'X-Request-Id: <id>',
    ...(framing === undefined ? [] : [framing]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${wish.body ?? ''}`;
}

/**
 * The head of an answer with `fields`, lines with CRLF: where Date stands is the engine's choice. The date is `<date>`.
 * `framing`: `Content-Length: 5` or the like, with CRLF; empty if there is none.
 */
export function answered(statusLine: string, fields: string, framing: string): string {
  const date = 'Date: <date>\r\n';
  const lines = onEngine({ node: date + fields, uws: fields + date });
  return `HTTP/1.1 ${statusLine}\r\n${lines}${framing}\r\n`;
}

/** RFC 9110 5.6.7. */
const DATE = /^Date: (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT\r$/gm;

/** Dates become `<date>`. */
export function withoutDates(text: string): string {
  return text.replaceAll(DATE, 'Date: <date>\r');
}

const PROBE = 'GET /still-here HTTP/1.1';
const REQUEST_ID = /^(X-Request-Id: )[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/gim;

/** New request ids become `<id>`; anything else stays as it came. */
export function withoutIds(text: string): string {
  return text.replaceAll(REQUEST_ID, '$1<id>');
}

/** Remembers how much the origin had got; the function gives what came since, connection by connection. */
export function recordFrom(bed: Bed): () => string {
  const before = bed.origin.connections.map((connection) => connection.bytes().length);
  return () =>
    withoutIds(
      bed.origin.connections.map((connection, index) => connection.text().slice(before[index] ?? 0)).join(''),
    );
}

/** A good request on this connection is answered. Together with the record it shows that nothing else went out. */
export async function expectAlive(client: RawClient): Promise<void> {
  client.write(`${PROBE}\r\nHost: ${HOST}\r\n\r\n`);
  expect((await client.readAnswer()).startLine).toBe('HTTP/1.1 200 OK');
}

export function probeText(bed: Bed, wire: Wire): string {
  return forwarded(bed, wire, { line: PROBE });
}

/** Sends bytes that must be forwarded as exactly `text`, which is so many requests; the connection goes on after it. */
export async function expectForwarded(
  bed: Bed,
  wire: Wire,
  bytes: string,
  text: string,
  requests = 1,
): Promise<void> {
  const since = recordFrom(bed);
  const client = await connect(bed, wire);
  try {
    client.write(bytes);
    for (let i = 0; i < requests; i++) expect((await client.readAnswer()).startLine).toBe('HTTP/1.1 200 OK');
    await expectAlive(client);
    expect(since()).toBe(text + probeText(bed, wire));
  } finally {
    client.close();
  }
}

export interface Refusal {
  /** The only answer's status, or `cut`: the connection closes without one. */
  readonly status: number | 'cut';
  /**
   * A fault in the body is found when the head is on its way already. The origin may have got any beginning of this text,
   * and no more. Nothing by default.
   */
  readonly begun?: string;
  /** `uws`: where uWebSockets.js serves, the answer is its own, which has none of penstock's marks. */
  readonly by?: 'uws' | 'penstock';
}

/** Sends bytes that must be refused: this answer and no other, the connection closed, nothing at the origin. Gives the answer. */
export async function expectRefused(bed: Bed, wire: Wire, bytes: string, refusal: Refusal): Promise<string> {
  const since = recordFrom(bed);
  const client = await connect(bed, wire);
  let text: string;
  try {
    client.write(bytes);
    await client.expectClosed();
    text = client.text();
    const wanted = refusal.status === 'cut' ? [] : [refusal.status];
    expect(client.answers.map((answer) => answer.status)).toEqual(wanted);
    if (refusal.status === 'cut') expect(text).toBe('');
    else if (ENGINE === 'uws' && refusal.by === 'uws') expect(text).not.toContain('penstock');
    else {
      expect(text).toContain('\r\nServer: penstock\r\n');
      expect(text.match(/^connection: close\r$/gim)).toHaveLength(1);
    }
  } finally {
    client.close();
  }
  await expectOnly(bed, wire, since, refusal.begun ?? '');
  return text;
}

/** A good request on a new connection is answered, and before it the origin got nothing but a beginning of `begun`. */
export async function expectOnly(bed: Bed, wire: Wire, since: () => string, begun: string): Promise<void> {
  const next = await connect(bed, wire);
  try {
    await expectAlive(next);
  } finally {
    next.close();
  }
  const all = since();
  const probe = probeText(bed, wire);
  expect(all.slice(-probe.length)).toBe(probe);
  const before = all.slice(0, -probe.length);
  expect(before).toBe(begun.slice(0, before.length));
}
