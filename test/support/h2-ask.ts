/** One request by Node's own client of HTTP/2, and everything that came back. */

import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import { within } from './wait-for.ts';

export interface Http2Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as byte strings. */
  readonly raw: readonly string[];
  readonly body: Buffer;
  readonly trailers: IncomingHttpHeaders | null;
  /** Of RST_STREAM; 0 where there was none, or NO_ERROR. */
  readonly code: number;
}

/** `body` ends the request; without one it ends with its head. Waits until the stream is closed. */
export async function askHttp2(
  session: ClientHttp2Session,
  path: string,
  fields: Record<string, string> = {},
  body?: Buffer,
): Promise<Http2Answer> {
  const request = session.request({ ':path': path, ...fields }, { endStream: body === undefined });
  const pieces: Buffer[] = [];
  let headers: IncomingHttpHeaders = {};
  let raw: readonly string[] = [];
  let trailers: IncomingHttpHeaders | null = null;
  request.on('response', (...told: unknown[]) => {
    headers = told[0] as IncomingHttpHeaders;
    raw = told[2] as readonly string[];
  });
  request.on('trailers', (told) => {
    trailers = told;
  });
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('error', () => {});
  if (body !== undefined) request.end(body);
  await within(new Promise((resolve) => request.once('close', resolve)), { what: `the end of ${path}` });
  const status = Number(headers[':status'] ?? 0);
  return { status, headers, raw, body: Buffer.concat(pieces), trailers, code: request.rstCode };
}
