/**
 * A process whose threads each have a TlsServer (of build/) on a port of their own and share ticket keys, as workers do. It
 * echoes what secured connections send. Standard input and output carry a line of JSON for each command and its answer:
 *
 *   {"threads": 2, "snapshot": base64, "protocols": […]}  →  {"ports": […]}      first
 *   "rotate"                                              →  {"rotations": n}
 *   "results"                                             →  {"results": [[…], …]}  of every handshake since the last time
 */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import {
  TICKET_KEY_BYTES,
  TICKET_KEYS_BUFFER_BYTES,
  TicketKeys,
  TicketKeyWriter,
} from '../../build/bridge/memory/ticket-keys.js';
import { decodeSnapshot } from '../../build/bridge/snapshot/codec.js';
import { TlsServer } from '../../build/worker/listener/node/tls-server.js';

if (isMainThread) await runMain();
else runThread();

async function runMain() {
  const ticketKeys = new SharedArrayBuffer(TICKET_KEYS_BUFFER_BYTES);
  const writer = new TicketKeyWriter(ticketKeys);
  const keys = new TicketKeys(ticketKeys);
  /** @type {Worker[]} */
  let workers = [];
  const answer = (/** @type {object} */ value) => process.stdout.write(`${JSON.stringify(value)}\n`);
  const askAll = () => Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]));
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    if (command === 'rotate') {
      writer.rotate(randomBytes(TICKET_KEY_BYTES));
      answer({ rotations: keys.rotations });
    } else if (command === 'results') {
      for (const worker of workers) worker.postMessage('results');
      answer({ results: await askAll() });
    } else {
      writer.rotate(randomBytes(TICKET_KEY_BYTES));
      workers = Array.from(
        { length: command.threads },
        () => new Worker(new URL(import.meta.url), { workerData: { ...command, ticketKeys } }),
      );
      answer({ ports: await askAll() });
    }
  }
  process.exit(0);
}

function runThread() {
  /** @type {string[]} */
  let results = [];
  const server = new TlsServer({
    snapshot: decodeSnapshot(Buffer.from(workerData.snapshot, 'base64')),
    ticketKeys: workerData.ticketKeys,
    protocols: workerData.protocols,
    handshakeTimeoutMs: 10_000,
    onSecure: (socket) => socket.on('data', (bytes) => socket.write(bytes)),
    onHandshake: (result) => results.push(result),
    report: (message) => console.error(message),
  });
  const listener = createServer({ pauseOnConnect: true }, (socket) => server.accept(socket, null, null));
  listener.listen(0, '127.0.0.1', () => parentPort?.postMessage(listener.address().port));
  parentPort?.on('message', () => {
    parentPort?.postMessage(results);
    results = [];
  });
}
