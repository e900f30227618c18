/** A gigabyte in either direction, with and without a length, plain and over TLS: all of it arrives and none of it stays. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bodyReader, pieces } from '../support/large-body.mjs';
import { sampleProcess } from '../support/process-figures.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { within } from '../support/wait-for.ts';

const GIGABYTE = 1_000_000_000;
const GROWTH_MIB = 64;
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
// A process that has just started: one that had grown before would have nothing left to grow.
beforeEach(async () => {
  penstock = await runPenstock({
    config: {
      workers: 2,
      services: { large: { endpoints: [`127.0.0.1:${port}`] } },
      routes: [{ host: HOST, path: '/', service: 'large', tls: 'self_signed', https_redirect: false }],
    },
  });
});
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

describe('a body of 1 GB', () => {
  const wanted = expectedOf(GIGABYTE);

  it.each([
    ['upload with a length', upload, false, 'length'],
    ['upload in chunks', upload, false, 'chunked'],
    ['upload in chunks over TLS', upload, true, 'chunked'],
    ['download with a length over TLS', download, true, 'length'],
    ['download in chunks', download, false, 'chunked'],
  ] as const)('%s', async (_name, transfer, tls, framing) => {
    const sampling = sampleProcess(penstock.pid, 100);
    const startMs = performance.now();
    const result = await transfer(tls, framing, GIGABYTE);
    const tookMs = performance.now() - startMs;
    sampling.stop();
    const [before = Number.NaN, ...during] = sampling.samples.map(({ rss }) => rss);
    const growth = Math.max(...during) - before;
    console.log(
      `${Math.round(GIGABYTE / 1000 / tookMs)} MB/s, grew by ${growth.toFixed(1)} of ${before.toFixed(0)} MiB`,
    );
    expect(result).toEqual(wanted);
    expect(during.length).toBeGreaterThan(5);
    expect(growth).toBeLessThan(GROWTH_MIB);
  });
});
