// Two threads listen on one port, each with a socket of its own. Each looks at the first bytes of what it accepts, doubles the
// descriptor, closes its own and gives the second one to the engine, which answers. Prints as one JSON line: the means, whether
// the outcome of listening was known at once, how many threads answered, what they had seen before, and their exit statuses.
// Arguments: none, or `defer` to wait for the first bytes in the kernel.
import { once } from 'node:events';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { isMainThread, parentPort, threadId, Worker, workerData } from 'node:worker_threads';
import { listenReusePort, reusePortMeans } from '../../../build/native/reuse-port.js';
import { duplicateFd, PeekResult, peekBytes } from '../../../build/native/socket-peek.js';
import { loadUws } from '../../../build/native/uws.js';

const THREADS = 2;
const MAX_REQUESTS = 500;
const deferAcceptSeconds = process.argv.includes('defer') || workerData?.defers ? 10 : 0;

if (isMainThread) await ask();
else serve(workerData.port);

async function ask() {
  const threads = [];
  let port = 0;
  let atOnce;
  for (let count = 0; count < THREADS; count++) {
    const thread = new Worker(new URL(import.meta.url), {
      workerData: { port, defers: deferAcceptSeconds > 0 },
    });
    const [said] = await once(thread, 'message');
    if (said.error !== undefined) throw new Error(said.error);
    port = said.port;
    atOnce = said.atOnce;
    threads.push(thread);
  }
  const answered = new Set();
  const seen = new Set();
  let requests = 0;
  // The kernel chooses the thread by a hash of the addresses and ports.
  while (answered.size < THREADS && requests < MAX_REQUESTS) {
    const answer = await get(port);
    answered.add(answer.thread);
    seen.add(answer.seen);
    requests++;
  }
  const exits = await Promise.all(
    threads.map(async (thread) => {
      thread.postMessage('end');
      return (await once(thread, 'exit'))[0];
    }),
  );
  console.log(
    JSON.stringify({
      means: reusePortMeans(deferAcceptSeconds > 0),
      atOnce,
      answered: answered.size,
      seen: [...seen],
      exits,
    }),
  );
}

function get(port) {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path: '/first-bytes', agent: false }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece) => {
        body += piece;
      });
      answer.on('end', () => resolve(JSON.parse(body)));
    });
    asked.on('error', reject).end();
  });
}

function serve(port) {
  const into = Buffer.alloc(512);
  let seen = '';
  const app = loadUws()
    .App()
    .any('/*', (response) => {
      response.end(JSON.stringify({ thread: threadId, seen }), true);
    });
  const look = (socket) => {
    const fd = socket._handle.fd;
    const count = peekBytes(fd, into);
    if (count === PeekResult.nothingYet) {
      setImmediate(look, socket);
      return;
    }
    seen = into.latin1Slice(0, Math.max(0, count)).split('\r\n')[0];
    const second = duplicateFd(fd);
    // Destroyed, not ended: an end would be sent to the client.
    socket.destroy();
    app.adoptSocket(second);
  };
  const server = createServer({ pauseOnConnect: true }, look);
  let atOnce = true;
  listenReusePort(server, { host: '127.0.0.1', port, deferAcceptSeconds }, (error) => {
    parentPort.postMessage(
      error === null ? { port: server.address().port, atOnce } : { error: error.message },
    );
  });
  atOnce = false;
  parentPort.once('message', () => {
    server.close();
    app.close();
    parentPort.close();
  });
}
