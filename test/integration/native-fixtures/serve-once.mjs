// Loads the engine from build/, answers one request of its own over plain HTTP, and prints what came of it as one JSON
// line. Runs as a process (`node serve-once.mjs`) under any Node.js version, and as a worker thread.
import { get } from 'node:http';
import { parentPort } from 'node:worker_threads';
import { loadUws } from '../../../build/native/uws.js';

const report = (result) => {
  if (parentPort === null) console.log(JSON.stringify(result));
  else parentPort.postMessage(result);
};

try {
  const uws = loadUws();
  const app = uws.App().any('/*', (response) => {
    response.end(`served by ${process.version}`);
  });
  app.listen('127.0.0.1', 0, (socket) => {
    if (socket === false) throw new Error('no port');
    get({ host: '127.0.0.1', port: uws.us_socket_local_port(socket), agent: false }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece) => {
        body += piece;
      });
      answer.on('end', () => {
        app.close();
        report({ status: answer.statusCode, advertises: 'uwebsockets' in answer.headers, body });
      });
    });
  });
} catch (error) {
  report({ code: error.code, message: error.message });
}
