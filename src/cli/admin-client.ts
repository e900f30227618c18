/** One request to the admin endpoints of a running penstock, with every way it can fail in words. */

import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { messageOf, PenstockError } from '../kit/errors.ts';

export interface AdminTarget {
  /** Such as `http://127.0.0.1:9180`. */
  readonly url: URL;
  readonly token: string | null;
  /** Where the address came from, for errors: `--admin` or the configuration's name. */
  readonly from: string;
}

export interface AdminReply {
  readonly status: number;
  /** The body as JSON. */
  readonly body: unknown;
}

/** More than any answer with problems in it; a stranger on the port must not fill the memory. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const ACCEPT_JSON = 'application/json, application/problem+json';
const HTTP_OK = 200;
const HTTP_UNAUTHORIZED = 401;

/**
 * @param timeoutMs without a byte of the answer
 * @param body sent as JSON; undefined: none
 * Rejects with PENSTOCK_ADMIN_UNREACHABLE unless a penstock answered and let us in; other statuses are the caller's.
 */
export async function askAdmin(
  target: AdminTarget,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  timeoutMs: number,
  body?: unknown,
): Promise<AdminReply> {
  let status: number;
  let text: string;
  try {
    const response = await exchange(target, method, path, timeoutMs, JSON.stringify(body) ?? '');
    status = response.statusCode ?? 0;
    text = await readAll(response);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason = code === 'ECONNREFUSED' ? 'nothing listens there' : messageOf(error);
    throw unreachable(target, `${reason}; is penstock running? Name its address with --admin URL`, error);
  }
  if (status === HTTP_UNAUTHORIZED) throw tokenAsked(target);
  const answer = parse(text);
  if (answer === undefined)
    throw unreachable(target, `what answers there (status ${status}) is not a penstock`);
  return { status, body: answer };
}

/**
 * A stream of server-sent events, once penstock has begun it. Rejects as `askAdmin` does.
 * @param timeoutMs without a byte: longer than from one heartbeat to the next
 */
export async function openAdminStream(
  target: AdminTarget,
  path: string,
  timeoutMs: number,
): Promise<IncomingMessage> {
  const response = await exchange(target, 'GET', path, timeoutMs, '', 'text/event-stream').catch(
    (error: unknown) => {
      throw unreachable(target, messageOf(error), error);
    },
  );
  if (response.statusCode === HTTP_OK) return response;
  response.destroy();
  throw response.statusCode === HTTP_UNAUTHORIZED
    ? tokenAsked(target)
    : unreachable(target, `it gives no stream (status ${response.statusCode})`);
}

function tokenAsked(target: AdminTarget): PenstockError {
  return unreachable(
    target,
    'it asks for the admin token; give --token, PENSTOCK_TOKEN or the right -c FILE',
  );
}

function exchange(
  target: AdminTarget,
  method: string,
  path: string,
  timeoutMs: number,
  body: string,
  accept: string = ACCEPT_JSON,
): Promise<IncomingMessage> {
  const send = target.url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(new URL(path, target.url), {
      method,
      agent: false,
      timeout: timeoutMs,
      headers: {
        'x-penstock-command': '1',
        accept,
        ...(target.token === null ? {} : { authorization: `Bearer ${target.token}` }),
      },
    });
    request.on('response', resolve);
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    request.on('error', reject);
    request.end(body);
  });
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Undefined where the text is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function unreachable(target: AdminTarget, reason: string, cause?: unknown): PenstockError {
  return new PenstockError(
    'PENSTOCK_ADMIN_UNREACHABLE',
    `cannot reach penstock at ${target.url.origin} (from ${target.from}): ${reason}`,
    { cause },
  );
}
