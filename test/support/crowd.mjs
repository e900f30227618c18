/**
 * A crowd of connections that say nothing, or too little: a process of its own, so that what they cost here is not measured
 * there. Forked by `run-crowd.ts`; each message is an order, each is answered by one message of the same `type`.
 *
 *   { type: 'open', groups: [{ host, port, sources, connections, greeting: base64, opening: base64 }] }
 *                                        opens them, some at a time; each sends its greeting at once
 *   { type: 'drip', everyMs }            from now on each connection sends one more byte of its group's opening each everyMs
 *   { type: 'report' }                   { opened, open, failed, answered: bytes that came back, dripped: bytes sent }
 *
 * The orders of opening come from several source addresses: 28,000 ports of one would not do for two floods in a row.
 */

import { connect } from 'node:net';

/** Connections under way at a time: fewer than the kernel queues for a listening socket. */
const OPENING_AT_A_TIME = 128;
/** Drips are spread over the interval, in steps as short as timers can keep: slow clients do not act in step. */
const STEP_MS = 2;

/** @type {{ socket: import('node:net').Socket, opening: Buffer, at: number }[]} */
const members = [];
const figures = { opened: 0, open: 0, failed: 0, answered: 0, dripped: 0 };

/** @param {{ host: string, port: number, localAddress: string, greeting: Buffer, opening: Buffer }} order */
function open({ host, port, localAddress, greeting, opening }) {
  return new Promise((resolve) => {
    const socket = connect({ host, port, localAddress, noDelay: true });
    let connected = false;
    socket.once('connect', () => {
      connected = true;
      figures.opened++;
      figures.open++;
      members.push({ socket, opening, at: 0 });
      if (greeting.length > 0) socket.write(greeting);
      resolve(undefined);
    });
    socket.on('data', (bytes) => {
      figures.answered += bytes.length;
    });
    socket.on('error', () => {});
    socket.once('close', () => {
      if (connected) figures.open--;
      else figures.failed++;
      resolve(undefined);
    });
  });
}

/** @param {readonly { host: string, port: number, sources: string[], connections: number, greeting: string, opening: string }[]} groups */
async function openAll(groups) {
  const orders = groups.flatMap(({ host, port, sources, connections, ...octets }) => {
    const greeting = Buffer.from(octets.greeting, 'base64');
    const opening = Buffer.from(octets.opening, 'base64');
    return Array.from({ length: connections }, (_, i) => ({
      host,
      port,
      localAddress: sources[i % sources.length],
      greeting,
      opening,
    }));
  });
  let next = 0;
  const worker = async () => {
    while (next < orders.length) await open(orders[next++]);
  };
  await Promise.all(Array.from({ length: OPENING_AT_A_TIME }, worker));
}

/** @param {number} everyMs */
function drip(everyMs) {
  const startMs = performance.now();
  let turns = 0;
  setInterval(() => {
    const due = Math.floor(((performance.now() - startMs) * members.length) / everyMs);
    for (; turns < due; turns++) {
      const member = members[turns % members.length];
      if (member.socket.destroyed || member.at >= member.opening.length) continue;
      member.socket.write(member.opening.subarray(member.at, member.at + 1));
      member.at++;
      figures.dripped++;
    }
  }, STEP_MS);
}

process.on('message', async (order) => {
  if (order.type === 'open') await openAll(order.groups);
  else if (order.type === 'drip') drip(order.everyMs);
  process.send({ type: order.type, figures });
});
// The test is gone.
process.on('disconnect', () => process.exit(0));
