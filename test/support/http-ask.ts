/** One request by node:http(s) with any Host, server name and agent. For exact bytes there is `raw-client.ts`. */

import { type Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';

export interface AskOptions {
  readonly path?: string;
  readonly method?: string;
  /** The Host field; `127.0.0.1:PORT` if left out. With `tls` also the server name. */
  readonly host?: string;
  readonly tls?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** A new connection for each request if left out. */
  readonly agent?: Agent;
  /** Milliseconds for the whole request; 10 s if left out. */
  readonly timeoutMs?: number;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** SHA-256 of the server's certificate; empty without TLS. */
  readonly fingerprint: string;
}

/** Rejects when the connection fails or breaks off. Certificates are not verified. */
export function ask(port: number, options: AskOptions = {}): Promise<Answered> {
  const {
    path = '/',
    method = 'GET',
    host = '',
    tls = false,
    headers = {},
    agent,
    timeoutMs = 10_000,
  } = options;
  return new Promise((resolve, reject) => {
    const request = (tls ? httpsRequest : httpRequest)({
      host: '127.0.0.1',
      port,
      path,
      method,
      agent: agent ?? false,
      headers: { ...(host === '' ? {} : { host }), ...headers },
      ...(tls ? { rejectUnauthorized: false, servername: host.split(':')[0] ?? '' } : {}),
    });
    const timer = setTimeout(
      () => request.destroy(new Error(`no answer to ${path} in ${timeoutMs} ms`)),
      timeoutMs,
    );
    request.once('close', () => clearTimeout(timer));
    request.once('error', reject);
    request.once('response', (response) => {
      const pieces: Buffer[] = [];
      // At the end an agent has taken the socket back.
      const fingerprint = tls ? (response.socket as TLSSocket).getPeerCertificate().fingerprint256 : '';
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.once('error', reject);
      response.once('end', () => {
        const body = Buffer.concat(pieces);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body,
          text: body.toString(),
          fingerprint,
        });
      });
    });
    request.end(options.body);
  });
}
