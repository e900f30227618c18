// Tries to listen on port 1 as a user who may not, and prints what came of it as one JSON line.
import { createServer } from 'node:net';
import { openListenSocket } from '../../../build/native/listen-socket.js';
import { listenReusePort } from '../../../build/native/reuse-port.js';

const NOBODY = 65_534;
if (process.getuid() === 0) {
  process.setgroups([]);
  process.setgid(NOBODY);
  process.setuid(NOBODY);
}
const wish = { host: '127.0.0.1', port: 1 };
const opened = openListenSocket(wish);
listenReusePort(createServer(), wish, (error) => {
  console.log(JSON.stringify({ opened, code: error?.code }));
});
