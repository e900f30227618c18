/**
 * Origins in a process of their own, for load tests: node load-origin.mjs NAME… opens one port for each name and sends
 * the list of ports by IPC. Every request, once it is whole, gets 200 and a body of the origin's name and the request's target.
 */

import { createServer } from 'node:http';

const servers = process.argv.slice(2).map((name) =>
  createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
    request.resume().once('end', () => {
      const body = `${name} ${request.url}\n`;
      response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(body) });
      response.end(body);
    });
  }),
);
await Promise.all(servers.map((server) => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))));
process.send(servers.map((server) => server.address().port));
process.on('disconnect', () => process.exit(0));
