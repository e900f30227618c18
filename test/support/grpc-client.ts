/** A client of the service in `grpc-echo.mjs`, and one call of it with everything that came back. */

import grpc from '@grpc/grpc-js';
import { ECHO, MISSING } from './grpc-echo.mjs';
import { within } from './wait-for.ts';

type Unary = (
  request: Buffer,
  metadata: grpc.Metadata,
  options: grpc.CallOptions,
  done: grpc.requestCallback<Buffer>,
) => grpc.ClientUnaryCall;

export interface EchoClient extends grpc.Client {
  readonly Unary: Unary;
  readonly Held: Unary;
  /** Which the server does not have. */
  readonly Missing: Unary;
  Collect(
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    done: grpc.requestCallback<Buffer>,
  ): grpc.ClientWritableStream<Buffer>;
  Spread(request: Buffer): grpc.ClientReadableStream<Buffer>;
  Bidi(): grpc.ClientDuplexStream<Buffer, Buffer>;
}

const Constructor = grpc.makeClientConstructor({ ...ECHO, Missing: MISSING }, 'Echo');

/** A connection of its own, on which nothing is tried again by the client itself. */
export function connectEcho(
  address: string,
  credentials: grpc.ChannelCredentials,
  options: grpc.ChannelOptions = {},
): EchoClient {
  const client = new Constructor(address, credentials, {
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
    ...options,
  });
  return client as unknown as EchoClient;
}

export interface EchoAnswer {
  readonly message: Buffer | undefined;
  readonly error: grpc.ServiceError | null;
  readonly status: grpc.StatusObject;
  readonly metadata: grpc.Metadata | undefined;
}

export interface EchoCall {
  readonly call: grpc.ClientUnaryCall;
  /** With a deadline. */
  readonly answer: Promise<EchoAnswer>;
}

export interface AskOptions extends grpc.CallOptions {
  readonly metadata?: grpc.Metadata;
  /** Until the answer; 30 s by default. */
  readonly withinMs?: number;
}

/** A call with one answer, up to its status. Several requests make it a stream. */
export function ask(
  client: EchoClient,
  name: 'Unary' | 'Held' | 'Missing' | 'Collect',
  requests: Buffer | readonly Buffer[],
  options: AskOptions = {},
): EchoCall {
  const { metadata = new grpc.Metadata(), withinMs = 30_000, ...callOptions } = options;
  let settle: (answer: EchoAnswer) => void = () => {};
  const answer = new Promise<EchoAnswer>((resolve) => {
    settle = resolve;
  });
  let initial: grpc.Metadata | undefined;
  let result: Pick<EchoAnswer, 'error' | 'message'> | undefined;
  let status: grpc.StatusObject | undefined;
  const look = (): void => {
    if (result !== undefined && status !== undefined) settle({ ...result, status, metadata: initial });
  };
  const done = (error: grpc.ServiceError | null, message?: Buffer): void => {
    result = { error, message };
    look();
  };
  const call =
    name === 'Collect'
      ? client.Collect(metadata, callOptions, done)
      : client[name](requests as Buffer, metadata, callOptions, done);
  if (name === 'Collect') {
    const upload = call as grpc.ClientWritableStream<Buffer>;
    for (const request of requests as readonly Buffer[]) upload.write(request);
    upload.end();
  }
  call.on('metadata', (got: grpc.Metadata) => {
    initial = got;
  });
  call.on('status', (got: grpc.StatusObject) => {
    status = got;
    look();
  });
  return { call, answer: within(answer, { what: `the answer to ${name}`, timeoutMs: withinMs }) };
}

export function metadataOf(entries: readonly (readonly [string, string | Buffer])[]): grpc.Metadata {
  const metadata = new grpc.Metadata();
  for (const [key, value] of entries) metadata.add(key, value);
  return metadata;
}
