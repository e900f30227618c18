// Sets the header limit in the primary, as `penstock run` does, and serves from a worker thread. For each size of
// header section in the arguments prints the status of the answer, all as one JSON line.
import { once } from 'node:events';
import { connect } from 'node:net';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { setHeaderLimit } from '../../../build/native/prepare.js';
import { loadUws } from '../../../build/native/uws.js';

/** The status of the answer to a request whose header section has about `bytes` bytes. */
function ask(port, bytes) {
  const line = 1000;
  const filler = Array.from({ length: bytes / line }, (_, index) => `x-${index}: `.padEnd(line - 2, 'a'));
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (piece) => {
      text += piece;
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(Number(text.split(' ')[1])));
    socket.write(`GET / HTTP/1.1\r\nhost: a.test\r\n${filler.join('\r\n')}\r\n\r\n`);
  });
}

if (isMainThread) {
  const [limit, ...sizes] = process.argv.slice(2).map(Number);
  setHeaderLimit(limit);
  const worker = new Worker(new URL(import.meta.url));
  const [{ port, refused }] = await once(worker, 'message');
  const statuses = [];
  for (const bytes of sizes) statuses.push(await ask(port, bytes));
  worker.postMessage('close');
  await once(worker, 'exit');
  console.log(JSON.stringify({ statuses, refused }));
} else {
  let refused = false;
  try {
    setHeaderLimit(1);
  } catch {
    refused = true;
  }
  const uws = loadUws();
  const app = uws.App().any('/*', (response) => {
    response.end('ok');
  });
  app.listen('127.0.0.1', 0, (socket) => {
    parentPort.postMessage({ port: uws.us_socket_local_port(socket), refused });
  });
  parentPort.once('message', () => app.close());
}
