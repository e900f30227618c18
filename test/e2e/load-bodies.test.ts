/**
 * Very large bodies in either direction, with and without a length, plain and over TLS, on both engines and by HTTP/2: all of
 * it arrives and none of it stays. A gigabyte on the default engine, a quarter of it elsewhere.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import {
  type ClientHttp2Stream,
  connect as connectHttp2,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bodyReader, pieces } from '../support/large-body.mjs';
import { sampleProcess } from '../support/process-figures.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { within } from '../support/wait-for.ts';

const GIGABYTE = 1_000_000_000;
const QUARTER = 256_000_000;
const GROWTH_MIB = 64;
/** Often enough to see a quarter of a gigabyte pass. */
const SAMPLE_MS = 50;
/** What an HTTP/2 client is ready to take, about as a browser's. */
const WINDOW_BYTES = 4 * 1024 * 1024;
const HOST = 'large.test';
const PEER = fileURLToPath(new URL('../support/body-peer.mjs', import.meta.url));
const LIMIT_MS = 120_000;

interface Result {
  readonly bytes: number;
  readonly sha256: string;
}

function expectedOf(bytes: number): Result {
  const reader = bodyReader();
  for (const piece of pieces(bytes)) reader.take(piece);
  return reader.result();
}

let peer: ChildProcess;
let penstock: RunningPenstock;
let port = 0;

beforeAll(async () => {
  peer = fork(PEER, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  [port] = (await within(once(peer, 'message'), { what: 'the origin' })) as [number];
});
/** A process that has just started: one that had grown before would have nothing left to grow. */
async function start(engine: 'node' | 'uws'): Promise<void> {
  penstock = await runPenstock({
    config: (ports) => ({
      listen: {
        http: `127.0.0.1:${ports.http}`,
        https: `127.0.0.1:${ports.https}`,
        admin: `127.0.0.1:${ports.admin}`,
        engine,
      },
      workers: 2,
      services: { large: { endpoints: [`127.0.0.1:${port}`] } },
      routes: [{ host: HOST, path: '/', service: 'large', tls: 'self_signed', https_redirect: false }],
    }),
  });
}
afterEach(async () => {
  expect(await penstock.stop()).toEqual({ code: 0, signal: null });
});
afterAll(() => {
  peer.kill('SIGKILL');
});

function open(
  tls: boolean,
  method: string,
  path: string,
  headers: Record<string, string | number>,
): ClientRequest {
  const request = (tls ? httpsRequest : httpRequest)({
    host: '127.0.0.1',
    port: tls ? penstock.ports.https : penstock.ports.http,
    method,
    path,
    agent: false,
    headers: { host: HOST, ...headers },
    ...(tls ? { servername: HOST, rejectUnauthorized: false } : {}),
  });
  return request;
}

async function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await within(once(request, 'response'), {
    what: 'an answer',
    timeoutMs: LIMIT_MS,
  })) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  return response;
}

async function upload(tls: boolean, framing: string, bytes: number): Promise<Result> {
  const request = open(tls, 'POST', '/', framing === 'length' ? { 'content-length': bytes } : {});
  const answered = answerTo(request);
  for (const piece of pieces(bytes)) if (!request.write(piece)) await once(request, 'drain');
  request.end();
  let text = '';
  for await (const piece of (await answered).setEncoding('utf8')) text += piece;
  return JSON.parse(text) as Result;
}

async function download(tls: boolean, framing: string, bytes: number): Promise<Result> {
  const request = open(tls, 'GET', `/?bytes=${bytes}&framing=${framing}`, {});
  request.end();
  const response = await answerTo(request);
  expect(response.headers['content-length']).toBe(framing === 'length' ? String(bytes) : undefined);
  const reader = bodyReader();
  for await (const piece of response) reader.take(piece as Buffer);
  expect(response.complete).toBe(true);
  return reader.result();
}

/** One stream over a session of its own; the caller ends both. */
function openStream(tls: boolean, fields: OutgoingHttpHeaders): ClientHttp2Stream {
  const { ports } = penstock;
  const session = connectHttp2(tls ? `https://127.0.0.1:${ports.https}` : `http://127.0.0.1:${ports.http}`, {
    settings: { initialWindowSize: WINDOW_BYTES },
    ...(tls ? { servername: HOST, rejectUnauthorized: false } : {}),
  });
  session.once('connect', () => session.setLocalWindowSize(WINDOW_BYTES));
  const stream = session.request(
    { ':authority': HOST, ...fields },
    { endStream: fields[':method'] === 'GET' },
  );
  session.on('error', (error) => stream.destroy(error));
  return stream;
}

async function statusOf(stream: ClientHttp2Stream): Promise<IncomingHttpHeaders> {
  const [fields] = (await within(once(stream, 'response'), {
    what: 'an answer',
    timeoutMs: LIMIT_MS,
  })) as [IncomingHttpHeaders];
  expect(fields[':status']).toBe(200);
  return fields;
}

async function uploadHttp2(tls: boolean, framing: string, bytes: number): Promise<Result> {
  const stream = openStream(tls, {
    ':method': 'POST',
    ...(framing === 'length' ? { 'content-length': bytes } : {}),
  });
  const answered = statusOf(stream);
  for (const piece of pieces(bytes)) if (!stream.write(piece)) await once(stream, 'drain');
  stream.end();
  await answered;
  let text = '';
  for await (const piece of stream.setEncoding('utf8')) text += piece;
  stream.session?.destroy();
  return JSON.parse(text) as Result;
}

async function downloadHttp2(tls: boolean, framing: string, bytes: number): Promise<Result> {
  const stream = openStream(tls, { ':method': 'GET', ':path': `/?bytes=${bytes}&framing=${framing}` });
  const fields = await statusOf(stream);
  expect(fields['content-length']).toBe(framing === 'length' ? String(bytes) : undefined);
  const reader = bodyReader();
  for await (const piece of stream) reader.take(piece as Buffer);
  expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
  stream.session?.destroy();
  return reader.result();
}

type Transfer = readonly [
  name: string,
  transfer: (tls: boolean, framing: string, bytes: number) => Promise<Result>,
  tls: boolean,
  framing: 'length' | 'chunked',
];

const HTTP1: readonly Transfer[] = [
  ['upload with a length', upload, false, 'length'],
  ['upload in chunks', upload, false, 'chunked'],
  ['upload in chunks over TLS', upload, true, 'chunked'],
  ['download with a length over TLS', download, true, 'length'],
  ['download in chunks', download, false, 'chunked'],
];
const HTTP2: readonly Transfer[] = [
  ['upload with a length', uploadHttp2, false, 'length'],
  ['upload without one over TLS', uploadHttp2, true, 'chunked'],
  ['download with a length over TLS', downloadHttp2, true, 'length'],
  ['download without one', downloadHttp2, false, 'chunked'],
];

describe.each([
  { what: '1 GB, HTTP/1.1 on the Node engine', engine: 'node', bytes: GIGABYTE, transfers: HTTP1 },
  { what: '256 MB, HTTP/1.1 on uWebSockets.js', engine: 'uws', bytes: QUARTER, transfers: HTTP1 },
  { what: '256 MB, HTTP/2', engine: 'node', bytes: QUARTER, transfers: HTTP2 },
] as const)('a body of $what', ({ engine, bytes, transfers }) => {
  const wanted = expectedOf(bytes);

  it.each(transfers)('%s', async (_name, transfer, tls, framing) => {
    await start(engine);
    const sampling = sampleProcess(penstock.pid, SAMPLE_MS);
    const startMs = performance.now();
    const result = await transfer(tls, framing, bytes);
    const tookMs = performance.now() - startMs;
    sampling.stop();
    const [before = Number.NaN, ...during] = sampling.samples.map(({ rss }) => rss);
    const growth = Math.max(...during) - before;
    console.log(
      `${Math.round(bytes / 1000 / tookMs)} MB/s, grew by ${growth.toFixed(1)} of ${before.toFixed(0)} MiB`,
    );
    expect(result).toEqual(wanted);
    expect(during.length).toBeGreaterThan(5);
    expect(growth).toBeLessThan(GROWTH_MIB);
  });
});
