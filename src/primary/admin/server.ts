/**
 * The admin server: node:http in the primary thread, on its own address, apart from the data plane.
 * Bounded in connections, time and bytes, so that nothing which reaches it can hold the primary.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { type Address, formatAddress } from '../../kit/address.ts';
import { messageOf, PenstockError } from '../../kit/errors.ts';
import type { SecretMask } from '../../kit/secret-mask.ts';
import { duplicateListening } from '../../native/reuse-port.ts';
import type { Control } from '../control.ts';
import { type AdminRequest, toAdminRequest } from './admin-request.ts';
import { type AdminAnswer, type AdminStream, problemAnswer } from './answer.ts';
import { answerRequest, isOpenPath } from './endpoints.ts';
import { refusal } from './guard.ts';
import { Streams } from './streams.ts';

export interface AdminOptions {
  /** Port 0 takes a free one. */
  readonly address: Address & { readonly kind: 'tcp' };
  /** A socket that listens at the address already, in place of a new one. It is the server's from now on. */
  readonly fd?: number | undefined;
  /** Null: none is asked for; the configuration then allows loopback addresses only. */
  readonly token: string | null;
  readonly control: Control;
  readonly log: Logger;
  /** Masks what the endpoints print. */
  readonly secrets: SecretMask;
}

export interface Admin {
  /** Where it listens, with the real port. */
  readonly address: string;
  /** A descriptor of its listening socket, the caller's to close; null where it cannot be had. */
  share(): { readonly host: string; readonly port: number; readonly fd: number } | null;
  /** From the next request on. Another one than before ends all streams. */
  setToken(token: string | null): void;
  /** Resolves once the address is free. Requests under way go on, for a second at the longest. */
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 64;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_BODY_BYTES = 64 * 1024;
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 15_000;
const IDLE_TIMEOUT_MS = 5_000;
const CHECK_INTERVAL_MS = 1_000;
const CLOSE_GRACE_MS = 1_000;

/** Rejects with PENSTOCK_ADDRESS_UNAVAILABLE where the address cannot be listened on. */
export async function startAdmin(options: AdminOptions): Promise<Admin> {
  let token = options.token;
  const streams = new Streams();
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: IDLE_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
    },
    (message, response) => {
      const guard = { token, configuredHost: options.address.host };
      readBody(message, response, (body) => {
        const request = toAdminRequest(message, body);
        const refused = isOpenPath(request.path) ? null : refusal(request, guard);
        // A server that closes keeps no connection, or its end would wait for the idle timeout.
        if (!server.listening) response.setHeader('connection', 'close');
        void respond(request, refused, response, options, streams);
      });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, options);
  server.on('error', (error) => options.log.error({ err: error }, 'the admin server failed'));
  const bound = server.address() as AddressInfo;
  return {
    address: formatAddress({ kind: 'tcp', host: bound.address, port: bound.port }),
    share() {
      const fd = duplicateListening(server);
      return fd === null ? null : { host: bound.address, port: bound.port, fd };
    },
    setToken(next) {
      if (next !== token) streams.end();
      token = next;
    },
    close() {
      streams.end();
      return close(server);
    },
  };
}

async function listen(server: Server, { address, fd }: AdminOptions): Promise<void> {
  const { host, port } = address;
  server.listen(fd !== undefined ? { fd } : host === '' ? { port } : { host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new PenstockError(
      'PENSTOCK_ADDRESS_UNAVAILABLE',
      `cannot listen on ${formatAddress(address)} for the admin endpoints: ${messageOf(error)}; change listen.admin or stop what holds the address`,
      { cause: error },
    );
  }
}

/** A request is answered once its body is there, so that a kept connection stays in step. */
function readBody(message: IncomingMessage, response: ServerResponse, then: (body: string) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  message.on('data', (chunk: Buffer) => {
    const within = bytes <= MAX_BODY_BYTES;
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    if (within && bytes > MAX_BODY_BYTES) {
      response.setHeader('connection', 'close');
      write(response, problemAnswer(413, `A request body has at most ${MAX_BODY_BYTES} bytes here.`), false);
      // The rest is not worth reading; destroyed only after the answer is out.
      response.once('finish', () => message.destroy());
    }
  });
  message.on('end', () => {
    if (bytes <= MAX_BODY_BYTES) then(Buffer.concat(chunks).toString('utf8'));
  });
  // A client that goes away in the middle needs no answer.
  message.on('error', () => response.destroy());
}

async function respond(
  request: AdminRequest,
  refused: AdminAnswer | null,
  response: ServerResponse,
  options: AdminOptions,
  streams: Streams,
): Promise<void> {
  try {
    const answer = refused ?? (await answerRequest(request, options.control));
    const ended = 'run' in answer ? begin(answer, request, response, streams) : answer;
    if (ended !== null) write(response, masked(ended, options.secrets), request.method === 'HEAD');
  } catch (error) {
    options.log.error({ err: error, path: request.path }, 'an admin request failed');
    write(
      response,
      problemAnswer(500, 'Something went wrong; the log says more.'),
      request.method === 'HEAD',
    );
  }
}

/** Null: a stream has begun, or its head was all that was asked for. */
function begin(
  stream: AdminStream,
  { method }: AdminRequest,
  response: ServerResponse,
  streams: Streams,
): AdminAnswer | null {
  if (response.destroyed) return null;
  if (method !== 'HEAD') return streams.begin(stream, response);
  response.writeHead(200, { ...stream.headers, server: 'penstock' });
  response.end();
  return null;
}

function masked(answer: AdminAnswer, secrets: SecretMask): AdminAnswer {
  if (typeof answer.body !== 'string') return answer;
  const isJson = answer.headers['content-type']?.includes('json') === true;
  return { ...answer, body: isJson ? secrets.json(answer.body) : answer.body };
}

function write(response: ServerResponse, answer: AdminAnswer, headOnly: boolean): void {
  if (response.headersSent || response.destroyed) return;
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
  const headers: Record<string, string | number> = { ...answer.headers, server: 'penstock' };
  if (answer.status !== 304) headers['content-length'] = body.length;
  response.writeHead(answer.status, headers);
  response.end(headOnly ? undefined : body);
}

/**
 * Does not wait for requests under way: the reload that moves the admin address is one of them, and it waits for us.
 * An own turn of the loop, so that the handle is gone and the address can be taken again.
 */
async function close(server: Server): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  cut.unref();
  server.close(() => clearTimeout(cut));
  server.closeIdleConnections();
  await new Promise((resolve) => setImmediate(resolve));
}
