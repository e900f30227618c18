/**
 * A load of keep-alive requests in a process of its own, so that what is measured is penstock and not the test. Started by
 * `run-load.ts`; a plan goes in and a report comes out by IPC.
 *
 * Every answer is checked: status, framing, and that the body repeats what this very request had asked for. A connection that
 * the server ends, or that fails, counts as lost, whatever the reason: the plan keeps them busy enough not to time out. A group may allow the ends that
 * a server announces (RFC 9112 9.6, RFC 9113 6.8).
 */

import { X509Certificate } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { converseHttp2 } from './load-session.mjs';

const MAX_NOTES = 20;
const report = { requests: 0, connections: 0, open: 0, groups: {}, fingerprints: {}, failures: 0, notes: [] };
let stopping = false;

function fail(what) {
  report.failures += 1;
  if (report.notes.length < MAX_NOTES) report.notes.push(what);
}

/** What a session needs of this client. */
const ground = { report, fail, isStopping: () => stopping };

/** One connection: sends, checks, thinks, sends again; `requests` 0 goes on until the end. Calls `done` when it is over. */
function converse(group, number, done) {
  const { port, tls, servername, host, path, thinkMs, requests } = group;
  const socket = tls
    ? connectTls({ port, host: '127.0.0.1', servername, rejectUnauthorized: false })
    : connectTcp({ port, host: '127.0.0.1' });
  socket.setNoDelay(true);
  let received = '';
  let sent = 0;
  let over = false;
  let waiting = false;
  let nonce = '';
  const finish = (what) => {
    if (over) return;
    over = true;
    clearTimeout(thinking);
    report.open -= 1;
    if (what !== null) fail(`${group.name} ${number}, request ${sent}: ${what}`);
    socket.destroy();
    done(what);
  };
  let thinking;
  const send = () => {
    if (over) return;
    if (stopping) return finish(null);
    sent += 1;
    nonce = `${group.name}-${number}-${sent}`;
    waiting = true;
    const last = requests > 0 && sent === requests;
    socket.write(
      `GET ${path}?n=${nonce} HTTP/1.1\r\nHost: ${host}\r\n${last ? 'Connection: close\r\n' : ''}\r\n`,
      'latin1',
    );
  };
  report.connections += 1;
  report.open += 1;
  socket.once(tls ? 'secureConnect' : 'connect', () => {
    if (tls) {
      const { raw } = socket.getPeerCertificate();
      const { fingerprint256 } = new X509Certificate(raw);
      report.fingerprints[fingerprint256] = (report.fingerprints[fingerprint256] ?? 0) + 1;
    }
    send();
  });
  socket.on('data', (piece) => {
    received += piece.toString('latin1');
    const headEnd = received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = received.slice(0, headEnd);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    const end = headEnd + 4 + length;
    if (!waiting || !head.startsWith('HTTP/1.1 200 ') || Number.isNaN(length)) {
      return finish(`unexpected answer ${JSON.stringify(received.slice(0, 300))}`);
    }
    if (received.length < end) return;
    const body = received.slice(headEnd + 4, end);
    if (received.length > end)
      return finish(`more than one answer: ${JSON.stringify(received.slice(end, end + 200))}`);
    if (!body.endsWith(`n=${nonce}\n`))
      return finish(`the answer of another request: ${JSON.stringify(body)}`);
    received = '';
    waiting = false;
    report.requests += 1;
    report.groups[group.name] = (report.groups[group.name] ?? 0) + 1;
    if (requests > 0 && sent === requests) return finish(null);
    if (group.mayEnd && /\r\nconnection: close\r\n/i.test(`${head}\r\n`)) return finish(null);
    if (thinkMs > 0) thinking = setTimeout(send, thinkMs);
    else send();
  });
  socket.once('error', (error) => finish(`${error.code ?? ''} ${error.message}`));
  socket.once('close', () => finish(waiting ? 'closed while an answer was due' : 'closed while idle'));
}

/** Opens a group's connections `spreadMs` apart; a group with `requests` or `mayEnd` opens a new one whenever one is done. */
function run(group) {
  let number = 0;
  const open = () => {
    if (stopping) return;
    number += 1;
    const again = () => {
      if (group.requests > 0 || group.mayEnd) setTimeout(open, group.thinkMs);
    };
    if (group.streams > 0) converseHttp2(group, number, ground, again);
    else converse(group, number, again);
  };
  for (let i = 0; i < group.connections; i++) setTimeout(open, i * group.spreadMs);
}

process.on('message', (message) => {
  if (message.type === 'run') for (const group of message.groups) run(group);
  else if (message.type === 'report') process.send({ type: 'report', report });
  else if (message.type === 'stop') {
    stopping = true;
    // What is under way is answered first; an answer that does not come is a failure.
    const deadline = performance.now() + message.timeoutMs;
    const look = setInterval(() => {
      if (report.open > 0 && performance.now() < deadline) return;
      clearInterval(look);
      if (report.open > 0) fail(`${report.open} connections did not come to their end`);
      process.send({ type: 'stopped', report }, () => process.exit(0));
    }, 20);
  }
});
process.on('disconnect', () => process.exit(1));
