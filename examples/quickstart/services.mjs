/** The two demo services of the quick start: one says hello, the other shows the request as it arrived. */

import { createServer } from 'node:http';

/** As in penstock.yaml. */
export const SERVICES = Object.freeze([
  { name: 'hello', port: 9001, answer: sayHello },
  { name: 'echo', port: 9002, answer: echo },
]);

/**
 * Starts both on 127.0.0.1 and resolves with a function that stops them.
 * @returns {Promise<() => void>}
 */
export async function startServices() {
  const servers = [];
  const stop = () => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  };
  for (const { name, port, answer } of SERVICES) {
    const server = createServer(answer);
    servers.push(server);
    try {
      await new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', () => resolve(undefined));
      });
    } catch (error) {
      stop();
      const why = error.code === 'EADDRINUSE' ? 'something else listens there' : error.message;
      throw new Error(`cannot start the demo service "${name}" on 127.0.0.1:${port}: ${why}`);
    }
  }
  return stop;
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
function sayHello(request, response) {
  request.resume();
  response.writeHead(200, { 'Content-Type': 'text/plain' });
  response.end(`hello from the service "hello": ${request.method} ${request.url}\n`);
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
function echo(request, response) {
  const { method, url, rawHeaders } = request;
  let bytes = 0;
  request.on('data', (piece) => {
    bytes += piece.length;
  });
  request.on('end', () => {
    const lines = [];
    for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
    response.writeHead(200, { 'Content-Type': 'text/plain' });
    response.end(
      `the service "echo" got:\n${method} ${url}\n${lines.join('\n')}\n(${bytes} bytes of body)\n`,
    );
  });
}
