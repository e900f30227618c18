/**
 * Asks for many keys, each in a request of its own, in a process of its own: keep-alive connections with some requests at a time on each
 * (RFC 9112 9.3.2), of which only the status is looked at. Forked; one order at a time:
 *
 *   { port, host, keys }     { statuses: { status: number }, seconds }
 */

import { once } from 'node:events';
import { connect } from 'node:net';

const CONNECTIONS = 16;
const AT_A_TIME = 25;
const STATUS_LINE = 'HTTP/1.1 ';
const STATUS_DIGITS = 3;

async function askForAll({ port, host, keys }) {
  const statuses = {};
  let next = 0;
  const batch = () => {
    let text = '';
    let count = 0;
    for (; count < AT_A_TIME && next < keys; count++, next++)
      text += `GET / HTTP/1.1\r\nHost: ${host}\r\nX-Key: ${next}\r\n\r\n`;
    return { text, count };
  };
  const converse = async () => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    await new Promise((resolve, reject) => {
      let due = 0;
      let rest = '';
      const send = () => {
        const { text, count } = batch();
        due = count;
        if (count === 0) socket.end();
        else socket.write(text, 'latin1');
      };
      socket.on('data', (piece) => {
        const text = rest + piece.toString('latin1');
        let from = 0;
        for (;;) {
          const at = text.indexOf(STATUS_LINE, from);
          const end = at + STATUS_LINE.length + STATUS_DIGITS;
          if (at < 0 || end > text.length) break;
          const status = text.slice(end - STATUS_DIGITS, end);
          statuses[status] = (statuses[status] ?? 0) + 1;
          due -= 1;
          from = end;
        }
        // A status line may be in two pieces.
        rest = text.slice(Math.max(from, text.length - STATUS_LINE.length - STATUS_DIGITS));
        if (due === 0) send();
      });
      socket.once('error', reject);
      socket.once('close', () =>
        due === 0 ? resolve() : reject(new Error(`closed with ${due} answers due`)),
      );
      send();
    });
  };
  const fromMs = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, converse));
  return { statuses, seconds: (performance.now() - fromMs) / 1000 };
}

process.on('message', async (order) => process.send(await askForAll(order)));
process.on('disconnect', () => process.exit(0));
