/**
 * An origin for very large bodies, in a process of its own: takes uploads and gives downloads without keeping either, and
 * says how many bytes there were and their SHA-256. Sends its port by IPC.
 *
 *   POST /…                             200, {"bytes":…,"sha256":"…"} of what came
 *   GET /?bytes=N&framing=length|chunked   N bytes of the pattern of `large-body.mjs`
 */

import { createServer } from 'node:http';
import { bodyReader, pieces } from './large-body.mjs';

const server = createServer({ requestTimeout: 0, keepAliveTimeout: 0 }, (request, response) => {
  request.on('error', () => {});
  response.on('error', () => {});
  if (request.method === 'POST') {
    const reader = bodyReader();
    request.on('data', (piece) => reader.take(piece));
    request.once('end', () => response.end(JSON.stringify(reader.result())));
    return;
  }
  const query = new URL(request.url, 'http://x').searchParams;
  const bytes = Number(query.get('bytes'));
  if (query.get('framing') === 'length') response.setHeader('Content-Length', bytes);
  const all = pieces(bytes);
  const write = () => {
    for (;;) {
      const { value, done } = all.next();
      if (done) return response.end();
      if (!response.write(value)) return response.once('drain', write);
    }
  };
  write();
});
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('disconnect', () => process.exit(0));
