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
    config: {
      workers: 1,
      ...options.config,
      services: { origin: { endpoints: [origin.address] }, ...options.services },
      routes: [
        ...(options.routes ?? []),
        { host: HOST, service: 'origin' },
        { host: TLS_HOST, service: 'origin', tls: 'self_signed', https_redirect: false },
      ],
    },
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

export function connect(bed: Bed, wire: Wire = 'plain'): Promise<RawClient> {
  const { http, https } = bed.penstock.ports;
  return wire === 'plain'
    ? RawClient.connect(http)
    : RawClient.connect(https, { tls: true, servername: TLS_HOST });
}

export interface Forwarded {
  /** `GET /a HTTP/1.1` */
  readonly line: string;
  readonly host?: string;
  /** Field lines of the client that go on, names in lower case. */
  readonly fields?: readonly string[];
  /** `Content-Length: 5` or `Transfer-Encoding: chunked`. */
  readonly framing?: string;
  readonly body?: string;
}

/** The whole text of a request as the origin must get it from a peer that is not trusted. Request ids are `<id>`. */
export function forwarded(bed: Bed, wire: Wire, wish: Forwarded): string {
  const { host = HOST, fields = [], framing } = wish;
  const { http, https } = bed.penstock.ports;
  const lines = [
    wish.line,
    `Host: ${host}`,
    ...fields,
    'X-Forwarded-For: 127.0.0.1',
    `X-Forwarded-Proto: ${wire === 'tls' ? 'https' : 'http'}`,
    `X-Forwarded-Host: ${host}`,
    `X-Forwarded-Port: ${wire === 'tls' ? https : http}`,
    'X-Real-IP: 127.0.0.1',
    'X-Request-Id: <id>',
    ...(framing === undefined ? [] : [framing]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${wish.body ?? ''}`;
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

/** Sends bytes that must be forwarded as exactly `text`; the connection goes on after it. */
export async function expectForwarded(bed: Bed, wire: Wire, bytes: string, text: string): Promise<void> {
  const since = recordFrom(bed);
  const client = await connect(bed, wire);
  try {
    client.write(bytes);
    expect((await client.readAnswer()).startLine).toBe('HTTP/1.1 200 OK');
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
  /** `engine`: the answer is uWebSockets.js's own, which has none of penstock's marks. */
  readonly by?: 'engine' | 'penstock';
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
    else expect(text.includes('\r\nServer: penstock\r\n')).toBe(refusal.by !== 'engine');
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
