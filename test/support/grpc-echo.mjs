/**
 * A gRPC service whose messages are plain bytes: the four kinds of call, no proto files. In the process of a test, or as
 * one of its own (`fork`), which then says its port, and how many calls are held whenever it is sent something; `{ answer:
 * true }` lets them go.
 */

import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';

/** @param {Buffer} message */
const asItIs = (message) => message;

/**
 * @param {string} name
 * @param {boolean} requestStream
 * @param {boolean} responseStream
 */
const method = (name, requestStream, responseStream) => ({
  path: `/penstock.test.Echo/${name}`,
  requestStream,
  responseStream,
  requestSerialize: asItIs,
  requestDeserialize: asItIs,
  responseSerialize: asItIs,
  responseDeserialize: asItIs,
});

export const ECHO = {
  Unary: method('Unary', false, false),
  Collect: method('Collect', true, false),
  Spread: method('Spread', false, true),
  Bidi: method('Bidi', true, true),
  /** Answered when the test says so. */
  Held: method('Held', false, false),
};

/** One that the server does not have. */
export const MISSING = method('Missing', false, false);

/** Fields of the request that come back: `x-…` in front, `t-…` behind. */
function reflect(call) {
  const initial = new grpc.Metadata();
  const trailing = new grpc.Metadata();
  for (const key of Object.keys(call.metadata.getMap())) {
    const target = key.startsWith('x-echo') ? initial : key.startsWith('t-echo') ? trailing : null;
    for (const value of target === null ? [] : call.metadata.get(key)) target.add(key, value);
  }
  if (Object.keys(initial.getMap()).length > 0) call.sendMetadata(initial);
  return trailing;
}

/** @param {{ credentials?: grpc.ServerCredentials, options?: grpc.ServerOptions }} wish */
export async function startEcho({ credentials, options = {} } = {}) {
  const held = [];
  const seen = { cancelled: 0, deadlines: [], authorities: new Set() };
  const server = new grpc.Server({
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    ...options,
  });
  server.addService(ECHO, {
    Unary(call, callback) {
      const trailing = reflect(call);
      const [code] = call.metadata.get('fail-code');
      if (code === undefined) callback(null, call.request, trailing);
      else callback({ code: Number(code), details: call.request.toString('utf8'), metadata: trailing });
    },
    Collect(call, callback) {
      let count = 0;
      let size = 0;
      call.on('data', (message) => {
        count++;
        size += message.length;
      });
      call.on('end', () => callback(null, Buffer.from(`${count} ${size}`), reflect(call)));
    },
    async Spread(call) {
      const { count, size } = JSON.parse(call.request.toString());
      for (let i = 0; i < count; i++) {
        const message = Buffer.alloc(size, i % 256);
        if (!call.write(message)) await new Promise((resolve) => call.once('drain', resolve));
      }
      call.end(reflect(call));
    },
    Bidi(call) {
      const trailing = reflect(call);
      call.on('data', (message) => call.write(message));
      call.on('end', () => call.end(trailing));
      call.on('cancelled', () => seen.cancelled++);
    },
    Held(call, callback) {
      seen.deadlines.push(call.getDeadline());
      seen.authorities.add(call.getHost());
      held.push(() => callback(null, call.request));
      call.on('cancelled', () => seen.cancelled++);
    },
  });
  const port = await new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials ?? grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return {
    port,
    held,
    seen,
    answer: () => {
      for (const go of held.splice(0)) go();
    },
    stop: () => server.forceShutdown(),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const echo = await startEcho();
  process.on('message', ({ answer }) => {
    if (answer) echo.answer();
    process.send({ held: echo.held.length });
  });
  process.send({ port: echo.port });
}
