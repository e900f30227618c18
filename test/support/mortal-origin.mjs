/**
 * An origin in a process of its own, to be stopped and killed: node mortal-origin.mjs NAME [PORT] answers every path with its name, the
 * target in `X-Target`, and says its port when it listens. A message { status?, delayMs? } says how every request but those for /healthz is
 * answered from now on; what comes back is how often it answered with which status.
 */

import { createServer } from 'node:http';

const [name = 'origin', port = '0'] = process.argv.slice(2);
const answers = {};
let status = 200;
let delayMs = 0;

const server = createServer((request, response) => {
  if (request.url === '/healthz') return response.end(name);
  const answer = () => {
    answers[status] = (answers[status] ?? 0) + 1;
    response.statusCode = status;
    response.setHeader('X-Target', request.url);
    response.end(name);
  };
  if (delayMs > 0) setTimeout(answer, delayMs);
  else answer();
});
server.listen(Number(port), '127.0.0.1', () => process.send?.(server.address().port));
process.on('message', (order) => {
  status = order.status ?? status;
  delayMs = order.delayMs ?? delayMs;
  process.send?.({ answers });
});
process.on('disconnect', () => process.exit(0));
