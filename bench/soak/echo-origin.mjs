/** A WebSocket endpoint that sends every message back, in a process of its own; says its port by IPC. */

import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 }, () => process.send(server.address().port));
server.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
process.on('disconnect', () => process.exit(0));
