/**
 * The traffic of the soak that is more than one GET after another (that is `test/support/load-client.mjs`), in a process of its own: bodies
 * both ways, slow readers, WebSockets, gRPC, keys of a rate limit, and requests to endpoints that end and come back. Forked; every answer is
 * checked.
 *
 *   { type: 'run', http, limit, calm }   begins; `limit`: what one key may do; `calm`: how many times as long all pauses are
 *   { type: 'report' }                   { counts: { kind: answers found right }, failures, notes: [the first of them in words] }
 *   { type: 'stop' }                     ends what is under way; the last report
 *
 * Each of the orders is answered with the report.
 */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import grpc from '@grpc/grpc-js';
import { WebSocket } from 'ws';
import { ECHO } from '../../test/support/grpc-echo.mjs';
import { bodyReader, pieces } from '../../test/support/large-body.mjs';

const MAX_NOTES = 50;
const ANSWER_MS = 15_000;
const MAX_BODY_BYTES = 512 * 1024;
const SLOW_BODY_BYTES = 2 * 1024 * 1024;
const SLOW_READ_MS = 20;
const MESSAGES_A_SOCKET = 100;
const MESSAGE_EVERY_MS = 100;
const KEYS = 200_000;
const IDLE_MS = 20_000;

const report = { counts: {}, failures: 0, notes: [] };
/** Connections that idle go before penstock closes them (timeouts.keepalive, 60 s): a request on its way just then would find nobody. */
const agent = new Agent({ keepAlive: true, timeout: IDLE_MS });
let stopping = false;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function note(what) {
  report.failures += 1;
  if (report.notes.length < MAX_NOTES) report.notes.push(what);
}

/** One request; `body`: an iterable of buffers, or null. `onPiece` may give a promise, which is waited for. */
function ask({ port, host, path, headers = {}, body = null, onPiece = () => {} }) {
  return new Promise((resolve, reject) => {
    const method = body === null ? 'GET' : 'POST';
    const options = { host: '127.0.0.1', port, path, method, agent, headers: { host, ...headers } };
    const asked = request({ ...options, signal: AbortSignal.timeout(ANSWER_MS) }, async (response) => {
      try {
        for await (const piece of response) await onPiece(piece);
        resolve(response.statusCode);
      } catch (error) {
        reject(error);
      }
    });
    asked.once('error', reject);
    if (body === null) asked.end();
    else void send(asked, body).catch(reject);
  });
}

async function send(asked, body) {
  for (const piece of body) if (!asked.write(piece)) await once(asked, 'drain');
  asked.end();
}

/** The checksum of a body of the pattern, as `body-peer.mjs` tells it. */
function expectedOf(bytes) {
  const reader = bodyReader();
  for (const piece of pieces(bytes)) reader.take(piece);
  return reader.result();
}

async function uploads({ http }, turn) {
  const bytes = (turn * 7_919) % MAX_BODY_BYTES;
  let text = '';
  const headers = turn % 2 === 0 ? { 'content-length': bytes } : {};
  const status = await ask({
    ...{ port: http, host: 'bodies.test', path: '/', headers, body: pieces(bytes) },
    onPiece: (piece) => {
      text += piece;
    },
  });
  const expected = JSON.stringify(expectedOf(bytes));
  if (status !== 200 || text !== expected)
    throw new Error(`${status} ${text.slice(0, 100)}, not ${expected}`);
}

const download = (bytes, pauseMs) =>
  async function downloads({ http }, turn) {
    const hash = createHash('sha256');
    const framing = turn % 2 === 0 ? 'length' : 'chunked';
    const status = await ask({
      ...{ port: http, host: 'bodies.test', path: `/?bytes=${bytes}&framing=${framing}` },
      onPiece: (piece) => {
        hash.update(piece);
        return pauseMs > 0 ? sleep(pauseMs) : undefined;
      },
    });
    if (status !== 200 || hash.digest('hex') !== expectedOf(bytes).sha256)
      throw new Error(`${status}, ${framing}: the body is not what was sent`);
  };

/** Opens, sends some messages and closes: sockets live through reloads. */
async function webSockets({ http, calm }) {
  const socket = new WebSocket(`ws://127.0.0.1:${http}/`, { headers: { Host: 'echo.test' } });
  try {
    await once(socket, 'open', { signal: AbortSignal.timeout(ANSWER_MS) });
    for (let i = 0; i < MESSAGES_A_SOCKET && !stopping; i++) {
      const message = `${i} ${'x'.repeat((i * 97) % 4_096)}`;
      const echoed = once(socket, 'message', { signal: AbortSignal.timeout(ANSWER_MS) });
      socket.send(message);
      const [data] = await echoed;
      if (data.toString() !== message)
        throw new Error(`another message came back: ${data.toString().slice(0, 50)}`);
      await sleep(MESSAGE_EVERY_MS * calm);
    }
    const closed = once(socket, 'close', { signal: AbortSignal.timeout(ANSWER_MS) });
    socket.close(1000);
    const [code] = await closed;
    if (code !== 1000) throw new Error(`closed with ${code}`);
  } finally {
    socket.terminate();
  }
}

/** Calls of a channel of its own each: a unary one, and a stream both ways. */
async function grpcCalls({ http }, turn) {
  const options = {
    'grpc.default_authority': 'grpc.test',
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
  };
  const Client = grpc.makeClientConstructor(ECHO, 'Echo');
  const client = new Client(`127.0.0.1:${http}`, grpc.credentials.createInsecure(), options);
  try {
    const message = Buffer.from(`message ${turn}`);
    const deadline = Date.now() + ANSWER_MS;
    const answer = await new Promise((resolve, reject) =>
      client.Unary(message, new grpc.Metadata(), { deadline }, (error, value) =>
        error === null ? resolve(value) : reject(error),
      ),
    );
    if (!message.equals(answer)) throw new Error('another message came back');
    const call = client.Bidi(new grpc.Metadata(), { deadline });
    let came = 0;
    call.on('data', () => {
      came += 1;
    });
    for (let i = 0; i < 5; i++) call.write(message);
    call.end();
    const [status] = await once(call, 'status');
    if (status.code !== 0 || came !== 5) throw new Error(`status ${status.code}, ${came} of 5 messages`);
  } finally {
    client.close();
  }
}

/** Of many keys, each seldom: all may pass. */
async function keys({ http }, turn) {
  const headers = { 'x-key': `key-${turn % KEYS}` };
  const status = await ask({ port: http, host: 'limited.test', path: '/?n=key', headers });
  if (status !== 200) throw new Error(`${status} for a key that had not asked before`);
}

/** One key that asks for more than it may: no more than burst + rate × time may pass (contract 3, Rate limits). */
function greedyKey() {
  let fromMs = null;
  let passed = 0;
  return async function greedy({ http, limit }) {
    fromMs ??= performance.now();
    const headers = { 'x-key': 'greedy' };
    const status = await ask({ port: http, host: 'limited.test', path: '/?n=greedy', headers });
    if (status === 200) passed += 1;
    else if (status !== 429) throw new Error(`${status}`);
    const most = limit.burst + (limit.requestsPerSecond * (performance.now() - fromMs)) / 1_000;
    if (passed > most) throw new Error(`${passed} passed, ${most.toFixed(1)} may`);
  };
}

async function mortals({ http }) {
  let body = '';
  const status = await ask({
    ...{ port: http, host: 'mortal.test', path: '/' },
    onPiece: (piece) => {
      body += piece;
    },
  });
  if (status !== 200 || !body.startsWith('mortal-')) throw new Error(`${status} ${body.slice(0, 100)}`);
}

/** `loops` at a time; each pauses so long between two turns. */
const KINDS = {
  uploads: { one: uploads, loops: 4, pauseMs: 50 },
  downloads: { one: download(MAX_BODY_BYTES, 0), loops: 2, pauseMs: 100 },
  'slow readers': { one: download(SLOW_BODY_BYTES, SLOW_READ_MS), loops: 4, pauseMs: 500 },
  webSockets: { one: webSockets, loops: 10, pauseMs: 100 },
  grpc: { one: grpcCalls, loops: 2, pauseMs: 100 },
  keys: { one: keys, loops: 4, pauseMs: 20 },
  'greedy key': { one: greedyKey(), loops: 2, pauseMs: 50 },
  mortals: { one: mortals, loops: 8, pauseMs: 50 },
};

async function loop(name, { one, loops, pauseMs }, order, index) {
  for (let turn = index; !stopping; turn += loops) {
    try {
      await one(order, turn);
      report.counts[name] = (report.counts[name] ?? 0) + 1;
    } catch (error) {
      note(`${name}: ${error.message}`);
    }
    await sleep(pauseMs * order.calm);
  }
}

let running = [];

process.on('message', async (order) => {
  if (order.type === 'run')
    running = Object.entries(KINDS).flatMap(([name, kind]) =>
      Array.from({ length: kind.loops }, (_, index) => loop(name, kind, order, index)),
    );
  else if (order.type === 'stop') {
    stopping = true;
    await Promise.all(running);
    agent.destroy();
  }
  process.send(report);
});
process.on('disconnect', () => process.exit(0));
