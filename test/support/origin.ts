/** A real HTTP/1.1 origin on node:http that records what it was asked. For exact bytes see `raw-origin-record.ts`. */

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly httpVersion: string;
  /** Alternating names and values as they came. */
  readonly rawHeaders: readonly string[];
  /** Names lower-case; repeated fields as node:http joins them. */
  readonly headers: IncomingMessage['headers'];
  /** Counts connections from 1, in the order in which they were accepted. */
  readonly connection: number;
  /** The rest is filled in while the body arrives; with `readBody: false` it stays at its first value. */
  bodyBytes: number;
  bodySha256: string;
  /** The first 64 KiB of the body as Latin-1. */
  bodyText: string;
  /** The body arrived whole. */
  complete: boolean;
  /** The connection broke before the answer was out. */
  aborted: boolean;
}

export type OriginHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  recorded: RecordedRequest,
) => void;

export interface OriginOptions {
  /** What the default answer says; `origin` if left out. */
  readonly name?: string;
  /** Called once the body is read (at once with `readBody: false`). Default: 200 with the name and a line end. */
  readonly handler?: OriginHandler;
  /** False: the handler reads the body itself. */
  readonly readBody?: boolean;
  /** 0 (any free one) by default. */
  readonly port?: number;
  /** A unix socket path instead of a port. */
  readonly path?: string;
}

export interface Origin {
  readonly name: string;
  /** 0 on a unix socket. */
  readonly port: number;
  /** As an endpoint in a configuration: `127.0.0.1:PORT` or `unix:/path`. */
  readonly address: string;
  readonly requests: readonly RecordedRequest[];
  /** Connections accepted so far. */
  connections(): number;
  /** Connections open now. */
  openConnections(): number;
  /** Cuts every connection and stops listening. */
  close(): Promise<void>;
}

const MAX_TEXT = 64 * 1024;

/** Starts an origin on 127.0.0.1. The test closes it. */
export async function startOrigin(options: OriginOptions = {}): Promise<Origin> {
  const { name = 'origin', readBody = true, port = 0 } = options;
  const handler = options.handler ?? answerWithName(name);
  const requests: RecordedRequest[] = [];
  const numbers = new WeakMap<object, number>();
  let accepted = 0;
  let open = 0;

  const server = createServer(
    { requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 },
    (request, response) => {
      const recorded = recordHead(request, numbers.get(request.socket) ?? 0);
      requests.push(recorded);
      request.on('error', () => undefined);
      response.on('error', () => undefined);
      response.once('close', () => {
        if (!response.writableFinished) recorded.aborted = true;
      });
      if (readBody) recordBody(request, recorded, () => handler(request, response, recorded));
      else handler(request, response, recorded);
    },
  );
  server.on('connection', (socket) => {
    accepted += 1;
    open += 1;
    numbers.set(socket, accepted);
    socket.once('close', () => {
      open -= 1;
    });
  });
  await listen(server, options.path === undefined ? { port, host: '127.0.0.1' } : { path: options.path });
  const actualPort = options.path === undefined ? (server.address() as AddressInfo).port : 0;

  return {
    name,
    port: actualPort,
    address: options.path === undefined ? `127.0.0.1:${actualPort}` : `unix:${options.path}`,
    requests,
    connections: () => accepted,
    openConnections: () => open,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answerWithName(name: string): OriginHandler {
  return (_request, response) => {
    const body = `${name}\n`;
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(body) });
    response.end(body);
  };
}

function recordHead(request: IncomingMessage, connection: number): RecordedRequest {
  return {
    method: request.method ?? '',
    url: request.url ?? '',
    httpVersion: request.httpVersion,
    rawHeaders: request.rawHeaders,
    headers: request.headers,
    connection,
    bodyBytes: 0,
    bodySha256: '',
    bodyText: '',
    complete: false,
    aborted: false,
  };
}

function recordBody(request: IncomingMessage, recorded: RecordedRequest, done: () => void): void {
  const hash = createHash('sha256');
  request.on('data', (piece: Buffer) => {
    hash.update(piece);
    recorded.bodyBytes += piece.length;
    if (recorded.bodyText.length < MAX_TEXT) {
      recorded.bodyText += piece.toString('latin1').slice(0, MAX_TEXT - recorded.bodyText.length);
    }
  });
  request.once('aborted', () => {
    recorded.aborted = true;
  });
  request.once('end', () => {
    recorded.bodySha256 = hash.digest('hex');
    recorded.complete = true;
    done();
  });
}

function listen(server: Server, where: { port: number; host: string } | { path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
