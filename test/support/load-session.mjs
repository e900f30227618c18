/**
 * The HTTP/2 part of `load-client.mjs`: one session, over TLS by ALPN or by prior knowledge, with a number of streams at a time.
 * Every answer is checked as there; a reset, a GOAWAY or a close that the client did not ask for counts as a failure.
 */

import { X509Certificate } from 'node:crypto';
import { connect, constants } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';

const ALPN = 'h2';

/** Each of `streams` loops sends, checks, thinks, sends again. Calls `done` when the session is over. */
export function converseHttp2(group, number, ground, done) {
  const { port, tls, servername, host, path, thinkMs, requests, streams } = group;
  const { report } = ground;
  const name = `${group.name} ${number}`;
  const socket = tls
    ? connectTls({ port, host: '127.0.0.1', servername, rejectUnauthorized: false, ALPNProtocols: [ALPN] })
    : connectTcp({ port, host: '127.0.0.1' });
  const session = connect(`${tls ? 'https' : 'http'}://${host}`, { createConnection: () => socket });
  const waiting = new Set();
  const thinking = new Set();
  let loops = 0;
  let over = false;
  /** The server takes no more than what is under way. */
  let leaving = false;

  const finish = (what) => {
    if (over) return;
    over = true;
    for (const timer of thinking) clearTimeout(timer);
    report.open -= 1;
    if (what !== null) ground.fail(`${name}: ${what}`);
    session.destroy();
    done();
  };
  const loopEnded = () => {
    loops -= 1;
    if (loops === 0) finish(null);
  };
  const due = () => (waiting.size === 0 ? 'while idle' : `while ${waiting.size} answers were due`);

  const loop = (index) => {
    let sent = 0;
    const think = () => {
      const timer = setTimeout(() => {
        thinking.delete(timer);
        send();
      }, thinkMs);
      thinking.add(timer);
    };
    const send = () => {
      if (over) return;
      if (leaving || ground.isStopping() || (requests > 0 && sent === requests)) return loopEnded();
      sent += 1;
      const nonce = `${group.name}-${number}-${index}-${sent}`;
      const stream = session.request({ ':path': `${path}?n=${nonce}`, ':authority': host });
      waiting.add(nonce);
      let status = 0;
      let body = '';
      stream.setEncoding('latin1');
      stream.once('response', (fields) => {
        status = fields[':status'];
      });
      stream.on('data', (piece) => {
        body += piece;
      });
      // 'close' follows, and says it with the code.
      stream.on('error', () => {});
      stream.once('close', () => {
        if (over) return;
        waiting.delete(nonce);
        // Node's client refuses by itself what it had not yet sent when a GOAWAY came; nobody has begun it (RFC 9113 8.7).
        if (group.mayEnd && stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) {
          leaving = true;
          return loopEnded();
        }
        if (stream.rstCode !== constants.NGHTTP2_NO_ERROR)
          return finish(`stream ${nonce} was reset: ${stream.rstCode}`);
        if (status !== 200 || !body.endsWith(`n=${nonce}\n`))
          return finish(`unexpected answer to ${nonce}: ${status} ${JSON.stringify(body.slice(0, 300))}`);
        report.requests += 1;
        report.groups[group.name] = (report.groups[group.name] ?? 0) + 1;
        think();
      });
    };
    send();
  };

  report.connections += 1;
  report.open += 1;
  session.once('connect', () => {
    if (tls) {
      if (socket.alpnProtocol !== ALPN) return finish(`the server chose ${socket.alpnProtocol}`);
      const { fingerprint256 } = new X509Certificate(socket.getPeerCertificate().raw);
      report.fingerprints[fingerprint256] = (report.fingerprints[fingerprint256] ?? 0) + 1;
    }
    loops = streams;
    for (let index = 1; index <= streams; index++) loop(index);
  });
  session.on('goaway', (code) => {
    if (!group.mayEnd || code !== constants.NGHTTP2_NO_ERROR) finish(`GOAWAY with ${code} ${due()}`);
    leaving = true;
  });
  session.once('error', (error) => finish(`${error.code ?? ''} ${error.message} ${due()}`));
  session.once('close', () => finish(leaving && waiting.size === 0 ? null : `closed ${due()}`));
}
