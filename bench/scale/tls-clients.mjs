/**
 * TLS clients in a process of their own, so that what they take is not penstock's. Forked; one order at a time, each answered when it is done:
 *
 *   { type: 'handshakes', port, names, anyName }      a full handshake for each server name, whose certificate must be its own unless
 *                                                     `anyName`; then the connection ends. { failures, notes }
 *   { type: 'open', port, connections, protocol }     opens connections, asks once over each (`h1` or `h2`) and keeps them. { failures, notes }
 */

import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:tls';

const AT_A_TIME = 32;
const MAX_NOTES = 5;
const HOST = 'default.test';
const kept = [];

/** Runs `one` for each of `count` numbers, some at a time. `one` rejects where it failed. */
async function forEach(count, one) {
  const result = { failures: 0, notes: [] };
  let next = 0;
  const worker = async () => {
    while (next < count) {
      await one(next++).catch((error) => {
        result.failures += 1;
        if (result.notes.length < MAX_NOTES) result.notes.push(error.message);
      });
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  return result;
}

const secured = (options) =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', rejectUnauthorized: false, ...options }, () =>
      resolve(socket),
    );
    socket.once('error', reject);
  });

async function handshake({ port, anyName }, servername) {
  const socket = await secured({ port, servername });
  const { subject } = socket.getPeerCertificate();
  // By the end of penstock's side: a context is kept, a connection is not.
  await new Promise((resolve) => socket.once('close', resolve).end().resume());
  if (!anyName && subject?.CN !== servername) throw new Error(`${servername} got ${subject?.CN}`);
}

async function openHttp1({ port }) {
  const socket = await secured({ port, servername: HOST });
  socket.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  const [answer] = await new Promise((resolve, reject) => {
    socket
      .once('data', (data) => resolve([data.toString('latin1')]))
      .once('close', () => reject(new Error('closed')));
  });
  if (!answer.startsWith('HTTP/1.1 200 ')) throw new Error(answer.slice(0, 100));
  kept.push(socket);
}

async function openHttp2({ port }) {
  const socket = await secured({ port, servername: HOST, ALPNProtocols: ['h2'] });
  const session = connectHttp2(`https://${HOST}`, { createConnection: () => socket });
  const stream = session.request({ ':path': '/' });
  await new Promise((resolve, reject) => {
    stream.once('response', (fields) =>
      fields[':status'] === 200 ? resolve() : reject(new Error(fields[':status'])),
    );
    stream.once('error', reject).resume();
  });
  kept.push(session);
}

process.on('message', async (order) => {
  if (order.type === 'handshakes')
    process.send(await forEach(order.names.length, (i) => handshake(order, order.names[i])));
  else
    process.send(
      await forEach(order.connections, () => (order.protocol === 'h2' ? openHttp2 : openHttp1)(order)),
    );
});
process.on('disconnect', () => process.exit(0));
