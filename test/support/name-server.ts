/** A name server on loopback (RFC 1035, UDP) whose answers a test sets. It knows IPv4 addresses only. */

import { createSocket } from 'node:dgram';

export interface NameServer {
  readonly port: number;
  /** By name: its addresses; none: the name does not exist. `broken`: every question fails. */
  readonly names: Map<string, readonly string[]>;
  broken: boolean;
  /** Seconds, for every record. */
  ttl: number;
  /** Questions for IPv4 addresses so far. */
  readonly questions: string[];
  close(): Promise<void>;
}

const HEADER_BYTES = 12;
const ANSWER_FLAGS = 0x8180;
const SERVER_FAILURE = 2;
const NO_SUCH_NAME = 3;
const TYPE_A = 1;

export async function startNameServer(): Promise<NameServer> {
  const socket = createSocket('udp4');
  const names = new Map<string, readonly string[]>();
  const questions: string[] = [];
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const server: NameServer = {
    port: socket.address().port,
    names,
    broken: false,
    ttl: 0,
    questions,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
  socket.on('message', (message, peer) => {
    const { name, type, end } = readQuestion(message);
    if (type === TYPE_A) questions.push(name);
    const addresses = names.get(name);
    const code = server.broken ? SERVER_FAILURE : addresses === undefined ? NO_SUCH_NAME : 0;
    const records = code === 0 && type === TYPE_A ? (addresses ?? []) : [];
    const head = Buffer.alloc(HEADER_BYTES);
    head.writeUInt16BE(message.readUInt16BE(0), 0);
    head.writeUInt16BE(ANSWER_FLAGS | code, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(records.length, 6);
    const answers = records.map((address) => record(address, server.ttl));
    socket.send(
      Buffer.concat([head, message.subarray(HEADER_BYTES, end), ...answers]),
      peer.port,
      peer.address,
    );
  });
  return server;
}

function readQuestion(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

/** The name is that of the question, by its place (4.1.4). */
function record(address: string, ttl: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  bytes.writeUInt16BE(TYPE_A, 2);
  bytes.writeUInt16BE(1, 4);
  bytes.writeUInt32BE(ttl, 6);
  bytes.writeUInt16BE(4, 10);
  Buffer.from(address.split('.').map(Number)).copy(bytes, 12);
  return bytes;
}
