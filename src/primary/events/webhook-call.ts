/** One POST to the receiver of a webhook. Primary thread; asks the network, never rejects. Redirects are not followed. */

import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { messageOf } from '../../kit/errors.ts';
import { readRetryAfter } from '../../kit/retry-after.ts';

export interface WebhookCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For the whole exchange. */
  readonly timeoutMs: number;
  /** Ends it early. */
  readonly signal: AbortSignal;
  /** Since the epoch. */
  readonly nowMs: number;
}

export type WebhookOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs: number | null }
  /** `reason` tells nothing of the URL but its host. */
  | { readonly kind: 'failed'; readonly reason: string };

/** An answer is not read any further: only its status counts. */
const MAX_ANSWER_BYTES = 64 * 1024;

export function callWebhook(call: WebhookCall): Promise<WebhookOutcome> {
  return new Promise((resolve) => {
    const failed = (error: unknown): void => resolve({ kind: 'failed', reason: messageOf(error) });
    let request: ClientRequest;
    try {
      request = open(call);
    } catch (error) {
      failed(error);
      return;
    }
    const timer = setTimeout(
      () => request.destroy(new Error(`no answer within ${call.timeoutMs / 1000} s`)),
      call.timeoutMs,
    );
    request.once('close', () => {
      clearTimeout(timer);
      failed(new Error('the connection ended before an answer'));
    });
    request.on('error', failed);
    request.once('response', (response) => {
      passOver(response);
      const retryAfter = readRetryAfter(response.headers['retry-after'], call.nowMs);
      resolve({ kind: 'answered', status: response.statusCode ?? 0, retryAfterMs: retryAfter });
    });
    request.end(call.body);
  });
}

function open({ url, headers, body, signal }: WebhookCall): ClientRequest {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  const fields = { ...headers, 'content-length': String(Buffer.byteLength(body)) };
  return send(url, { method: 'POST', agent: false, headers: fields, signal });
}

function passOver(response: IncomingMessage): void {
  let bytes = 0;
  response.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > MAX_ANSWER_BYTES) response.destroy();
  });
  // The status is known; how the rest ends makes no difference.
  response.on('error', () => {});
}
