// hot: runs once per request
/**
 * The answers that penstock makes itself (contract, "Answers that penstock makes itself"): fields and body as bytes. Pure.
 * They carry Server, X-Request-Id and Proxy-Status (RFC 9209), and a short text or a problem document (RFC 9457).
 */

import { STATUS_CODES } from 'node:http';
import type { HeaderOps, NameValue } from '../../bridge/snapshot/model.ts';

export interface OwnAnswer {
  readonly status: number;
  /** One sentence: the text body, or the problem's `detail`. */
  readonly text: string;
  /** The `error` parameter of Proxy-Status, or empty. */
  readonly proxyError: string;
  readonly requestId: string;
  /** Value of Accept, or null. */
  readonly accept: string | null;
  /** Seconds, or 0 for no Retry-After. */
  readonly retryAfter: number;
  /** Lines about rate limits, without the last CRLF, or empty. */
  readonly quota: string;
  /** Of redirects, or empty. */
  readonly location: string;
  /** Of the route, for its redirects; null for a refusal. */
  readonly ops: HeaderOps | null;
}

export interface AnswerBytes {
  readonly fields: Buffer;
  readonly body: Buffer;
}

/** A refusal or redirect of our own. */
export function ownAnswer(answer: OwnAnswer): AnswerBytes {
  const { status, location } = answer;
  const title = STATUS_CODES[status] ?? '';
  const isProblem = status >= 400 && prefersJson(answer.accept);
  const body = isProblem
    ? `${JSON.stringify({ type: 'about:blank', title, status, detail: answer.text, request_id: answer.requestId })}\n`
    : `${status} ${title}${answer.text === '' ? '' : `: ${answer.text}`}\n`;
  let fields = `Content-Type: ${isProblem ? 'application/problem+json' : 'text/plain; charset=utf-8'}`;
  if (location !== '') fields += `\r\nLocation: ${location}`;
  if (answer.retryAfter > 0) fields += `\r\nRetry-After: ${answer.retryAfter}`;
  if (answer.quota !== '') fields += `\r\n${answer.quota}`;
  fields = withMarks(changed(fields, answer.ops), answer.requestId, answer.proxyError);
  return { fields: Buffer.from(fields), body: Buffer.from(body) };
}

/** A redirect to `location`. */
export function redirectAnswer(
  status: number,
  location: string,
  ops: HeaderOps | null,
  requestId: string,
): AnswerBytes {
  return ownAnswer({
    status,
    text: '',
    proxyError: '',
    requestId,
    accept: null,
    retryAfter: 0,
    quota: '',
    location,
    ops,
  });
}

/** The answer of a `respond` route. Its own fields come first and are not overruled, but for the marks of the proxy. */
export function configuredAnswer(
  body: string,
  headers: readonly NameValue[],
  ops: HeaderOps | null,
  requestId: string,
): AnswerBytes {
  let fields = '';
  let hasType = false;
  for (let i = 0; i < headers.length; i++) {
    const { name, value } = headers[i] as NameValue;
    if (isMark(name)) continue;
    if (name.toLowerCase() === 'content-type') hasType = true;
    fields += `${name}: ${value}\r\n`;
  }
  if (!hasType && body !== '') fields += 'Content-Type: text/plain; charset=utf-8\r\n';
  fields = withMarks(changed(fields.slice(0, -2), ops), requestId, '');
  return { fields: Buffer.from(fields), body: Buffer.from(body) };
}

/** What answers an authority (RFC 8555 8.3). */
export function challengeAnswer(keyAuthorization: string, requestId: string): AnswerBytes {
  const fields = withMarks('Content-Type: application/octet-stream', requestId, '');
  return { fields: Buffer.from(fields), body: Buffer.from(keyAuthorization) };
}

/** The route's `response_headers`: what it removes and sets goes, what it sets and adds comes. Lines without the last CRLF. */
function changed(fields: string, ops: HeaderOps | null): string {
  if (ops === null) return fields;
  const lines: string[] = [];
  for (const line of fields.split('\r\n')) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase();
    if (line === '' || ops.replaced.includes(name)) continue;
    lines.push(line);
  }
  pushLines(lines, ops.set);
  pushLines(lines, ops.add);
  return lines.join('\r\n');
}

function pushLines(lines: string[], fields: readonly NameValue[]): void {
  for (let i = 0; i < fields.length; i++) {
    const { name, value } = fields[i] as NameValue;
    if (!isMark(name)) lines.push(`${name}: ${value}`);
  }
}

/** The fields that say who answered; no configuration takes them over. */
function isMark(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === 'server' || lower === 'x-request-id' || lower === 'proxy-status';
}

function withMarks(fields: string, requestId: string, proxyError: string): string {
  const error = proxyError === '' ? '' : `; error=${proxyError}`;
  const own = `Server: penstock\r\nX-Request-Id: ${requestId}\r\nProxy-Status: penstock${error}`;
  return fields === '' ? own : `${fields}\r\n${own}`;
}

/**
 * Whether a client that sent this Accept (RFC 9110 12.5.1) would rather have JSON: it names a JSON type, and gives no
 * text type that it names more weight.
 */
export function prefersJson(accept: string | null): boolean {
  const wanted = accept === null ? '' : accept.toLowerCase();
  if (!wanted.includes('json')) return false;
  let json = 0;
  let text = 0;
  for (const range of wanted.split(',')) {
    const [type = '', ...parameters] = range.split(';');
    const name = type.trim();
    const weight = weightOf(parameters);
    if (name === 'application/json' || name.endsWith('+json')) json = Math.max(json, weight);
    else if (name.startsWith('text/')) text = Math.max(text, weight);
  }
  return json > 0 && json >= text;
}

function weightOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const match = /^\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*$/.exec(parameter);
    if (match !== null) return Number(match[1]);
  }
  return 1;
}
