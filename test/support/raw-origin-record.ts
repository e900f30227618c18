/**
 * A raw origin for smuggling tests: it keeps the exact bytes that each connection brought and gives every complete
 * request the same fixed answer, keeping the connection open. What matters is not what it answers but what it was sent.
 */

import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type FramedMessage, messageFramer } from './message-framer.ts';

export interface RecordedConnection {
  /** Every byte received on this connection so far. */
  bytes(): Buffer;
  /** The same as Latin-1 text. */
  text(): string;
  /** The complete requests, as a textbook peer frames them. */
  readonly requests: readonly FramedMessage[];
  /** Bytes after the last complete request: anything here in a quiet test is smuggled or cut. */
  rest(): Buffer;
  /** The peer closed or reset the connection. */
  closed(): boolean;
}

export interface RecordingOrigin {
  readonly port: number;
  readonly address: string;
  readonly connections: readonly RecordedConnection[];
  /** The bytes of all connections, one after the other, as Latin-1 text. */
  text(): string;
  /** All complete requests of all connections. */
  requests(): FramedMessage[];
  close(): Promise<void>;
}

const DEFAULT_ANSWER = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n';

/** Starts one on 127.0.0.1. `answer`: the bytes that every request gets, or a function of the request. */
export async function startRecordingOrigin(
  options: { readonly answer?: string | ((request: FramedMessage) => string) } = {},
): Promise<RecordingOrigin> {
  const answer = options.answer ?? DEFAULT_ANSWER;
  const connections: RecordedConnection[] = [];
  const sockets = new Set<Socket>();

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    connections.push(record(socket, (request) => (typeof answer === 'string' ? answer : answer(request))));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    port,
    address: `127.0.0.1:${port}`,
    connections,
    text: () => connections.map((connection) => connection.text()).join(''),
    requests: () => connections.flatMap((connection) => connection.requests),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function record(socket: Socket, answerTo: (request: FramedMessage) => string): RecordedConnection {
  const pieces: Buffer[] = [];
  const requests: FramedMessage[] = [];
  const framer = messageFramer({ kind: 'request' });
  let closed = false;
  socket.on('data', (piece) => {
    pieces.push(piece);
    for (const request of framer.push(piece)) {
      requests.push(request);
      socket.write(answerTo(request), 'latin1');
    }
  });
  socket.on('error', () => undefined);
  socket.once('end', () => {
    closed = true;
  });
  socket.once('close', () => {
    closed = true;
  });
  return {
    bytes: () => Buffer.concat(pieces),
    text: () => Buffer.concat(pieces).toString('latin1'),
    requests,
    rest: framer.rest,
    closed: () => closed,
  };
}
