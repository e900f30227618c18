/**
 * What the conformance files of HTTP/2 share: penstock between a client of single frames and two origins, one that records
 * every byte and one that is scripted (paths under `/scripted`), and the verdicts that RFC 9113 knows. After each verdict one
 * more good request is made, on the same connection where that must go on: it shows that penstock does, and that nothing else
 * reached the origin.
 */

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import {
  type Bed,
  type BedOptions,
  type Forwarded,
  forwarded,
  recordFrom,
  startBed,
} from './conformance-bed.ts';
import {
  AUTHORITY,
  ErrorCode,
  FrameClient,
  type FrameClientOptions,
  FrameType,
  get,
  headers,
  requestFields,
} from './h2-frames.ts';
import type { FramedMessage } from './message-framer.ts';
import type { OriginConnection } from './raw-origin.ts';
import { type ScriptedOrigin, startScriptedOrigin } from './scripted-origin.ts';
import { waitFor } from './wait-for.ts';

/** A request of this path stays under way until its client or the test ends it. */
export const HOLD = '/scripted/hold';
const PROBE = '/still-here';
/** Above every stream that a case opens. */
const PROBE_STREAM = 9_999;
const DEADLINE_MS = 10_000;

// ── Verdicts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

export type Verdict =
  | {
      /**
       * `stream`: RST_STREAM, and the connection goes on (RFC 9113 5.4.2). `connection`: GOAWAY, and it is closed (5.4.1).
       * `either`: a stream error that may be taken for a connection error, as 5.4.1 allows for every one of them. It is for
       * clients that break the protocol; of malformed requests it is not accepted, since one must not end the others.
       */
      readonly kind: 'stream' | 'connection' | 'either';
      /** The error codes that the RFC allows. */
      readonly codes: readonly number[];
    }
  /** RST_STREAM with PROTOCOL_ERROR, or 400 before it: RFC 9113 8.1.1 lets a server answer. */
  | { readonly kind: 'malformed' }
  /** Nothing comes of it, and the connection goes on. */
  | { readonly kind: 'ignored' }
  /** The origin gets exactly this request, and the client its answer. */
  | { readonly kind: 'served'; readonly as: Forwarded };

export const MALFORMED: Verdict = { kind: 'malformed' };
export const IGNORED: Verdict = { kind: 'ignored' };

export function streamError(...codes: readonly number[]): Verdict {
  return { kind: 'stream', codes };
}

export function connectionError(...codes: readonly number[]): Verdict {
  return { kind: 'connection', codes };
}

export function streamOrConnectionError(...codes: readonly number[]): Verdict {
  return { kind: 'either', codes };
}

/** `GET /` if nothing else is said. */
export function served(as: Partial<Forwarded> = {}): Verdict {
  return { kind: 'served', as: { line: 'GET / HTTP/1.1', host: AUTHORITY, ...as } };
}

/** A POST of a body with a length. */
export function servedSized(body: string): Verdict {
  return served({ line: 'POST / HTTP/1.1', framing: `Content-Length: ${body.length}`, body });
}

/** A request with a body in chunks: those, and the last one with the trailers. */
export function servedChunked(body: string, line = 'POST / HTTP/1.1'): Verdict {
  return served({ line, framing: 'Transfer-Encoding: chunked', body });
}

export interface CaseOptions {
  /** The stream that the verdict is about; 1 by default. */
  readonly stream?: number;
  /** A fault may be found when the request is on its way already: the origin may have got any beginning of this. */
  readonly begun?: Partial<Forwarded>;
  /** How the connection begins. */
  readonly client?: FrameClientOptions;
}

/** Titles begin with the section. The frames are sent in one write, behind preface and settings. */
export type Case = readonly [
  title: string,
  verdict: Verdict,
  frames: readonly Buffer[],
  options?: CaseOptions,
];

// ── The bed ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Http2Bed extends Bed {
  readonly scripted: ScriptedOrigin;
  /** Of the requests that are or were held, in the order of their arrival. */
  readonly held: readonly OriginConnection[];
}

/** Starts one for all cases of a file. The function gives it once they run. */
export function useHttp2Bed(options: BedOptions = {}): () => Http2Bed {
  let bed: Http2Bed | null = null;
  let scripted: ScriptedOrigin;
  beforeAll(async () => {
    scripted = await startScriptedOrigin();
    const held: OriginConnection[] = [];
    scripted.on(HOLD, (connection) => {
      held.push(connection);
      return connection.ended;
    });
    const started = await startBed({
      ...options,
      services: { scripted: { endpoints: [scripted.address] } },
      routes: [
        ...(options.routes ?? []),
        { host: AUTHORITY, path: '/scripted', service: 'scripted' },
        { host: AUTHORITY, service: 'origin' },
      ],
    });
    bed = { ...started, scripted, held };
  });
  afterAll(async () => {
    await bed?.stop();
    await scripted.close();
  });
  afterEach(closeClients);
  return () => {
    if (bed === null) throw new Error('no test runs');
    return bed;
  };
}

const clients = new Set<FrameClient>();

function closeClients(): void {
  for (const client of clients) client.close();
  clients.clear();
}

/** A connection that is closed at the end of the test. */
export async function open(bed: Bed, options: FrameClientOptions = {}): Promise<FrameClient> {
  const { http, https } = bed.penstock.ports;
  const client = await FrameClient.open(options.tls === true ? https : http, options);
  clients.add(client);
  return client;
}

/** Defines a test for each case. */
export function itHolds(bed: () => Http2Bed, cases: readonly Case[]): void {
  for (const [title, verdict, frames, options = {}] of cases) {
    const { stream = 1, begun = null } = options;
    it(title, async () => {
      const record = recordFrom(bed());
      const client = await open(bed(), options.client);
      client.send(...frames);
      await expectVerdict(client, verdict, stream);
      const goesOn = client.goawayCode() === null;
      await expectReached(bed(), goesOn ? client : null, record, verdict, begun);
    });
  }
}

export async function expectVerdict(client: FrameClient, verdict: Verdict, stream: number): Promise<void> {
  const isReset = (): boolean => client.of(FrameType.RST_STREAM, stream).length > 0;
  const look = (what: string, isThere: () => boolean): Promise<boolean> =>
    waitFor(isThere, { what, timeoutMs: DEADLINE_MS, intervalMs: 1 });
  switch (verdict.kind) {
    case 'connection':
      await look('the connection to be closed', () => client.closed);
      expect(verdict.codes).toContain(client.goawayCode());
      return;
    case 'stream':
      await look(`stream ${stream} to be reset`, isReset);
      expect(verdict.codes).toContain(await client.resetCode(stream));
      return;
    case 'either':
      await look(
        `stream ${stream} to be reset, or the connection to be closed`,
        () => isReset() || client.closed,
      );
      expect(verdict.codes).toContain(client.closed ? client.goawayCode() : await client.resetCode(stream));
      return;
    case 'malformed':
      await look(
        `stream ${stream} to be reset or refused`,
        () => isReset() || statusSoFar(client, stream) > 0,
      );
      if (statusSoFar(client, stream) > 0) expect((await client.answer(stream)).status).toBe(400);
      else expect(await client.resetCode(stream)).toBe(ErrorCode.PROTOCOL_ERROR);
      return;
    case 'ignored':
      await client.pong();
      expect(client.goawayCode()).toBeNull();
      expect(isReset()).toBe(false);
      return;
    case 'served':
      await look(`stream ${stream} to be answered`, () => statusSoFar(client, stream) > 0);
      expect(await client.answer(stream)).toMatchObject({ status: 200, reset: null });
  }
}

function statusSoFar(client: FrameClient, stream: number): number {
  return client.answerSoFar(stream).status;
}

/** What the origin that records got for a target. */
export function requestOf(bed: Bed, target: string): FramedMessage | undefined {
  return bed.origin.requests().find(({ startLine }) => startLine.split(' ')[1] === target);
}

/** A good request on this connection is answered. */
export async function expectAlive(client: FrameClient, stream: number = PROBE_STREAM): Promise<void> {
  client.send(get(stream, PROBE));
  expect((await client.answer(stream)).status).toBe(200);
  expect(client.goawayCode()).toBeNull();
}

/** A good request, on a connection of its own if none is given, and before it the origin got what the verdict says. */
async function expectReached(
  bed: Bed,
  client: FrameClient | null,
  record: () => string,
  verdict: Verdict,
  begun: Partial<Forwarded> | null,
): Promise<void> {
  await expectAlive(client ?? (await open(bed)));
  const probe = forwarded(bed, 'plain', { line: `GET ${PROBE} HTTP/1.1`, host: AUTHORITY });
  const all = record();
  expect(all).toContain(probe);
  const rest = all.replace(probe, '');
  if (verdict.kind === 'served') {
    expect(rest).toBe(forwarded(bed, 'plain', verdict.as));
    return;
  }
  const most =
    begun === null ? '' : forwarded(bed, 'plain', { line: 'POST / HTTP/1.1', host: AUTHORITY, ...begun });
  expect(rest).toBe(most.slice(0, rest.length));
}

// ── Frames that many cases send ──────────────────────────────────────────────────────────────────────────────────────────

/** The head of an upload that stays under way. */
export function heldUpload(stream = 1): Buffer {
  return headers(stream, requestFields('POST', HOLD), false);
}

/** A request of which the answer stays under way: half-closed by the client. */
export function heldRequest(stream = 1): Buffer {
  return get(stream, HOLD);
}

/** The head of an upload to the origin that records. */
export function upload(more: readonly (readonly [string, string])[] = [], stream = 1): Buffer {
  return headers(stream, requestFields('POST', '/', more), false);
}
