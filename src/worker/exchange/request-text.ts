// hot: runs once per request
/**
 * The head of a request as the endpoint gets it (contract, "What the upstream gets"): request line, Host, the client's
 * fields less the hop-by-hop ones, then what penstock adds, which no Connection field can take away. Pure: one byte string.
 */

import type { HeaderOps, Route } from '../../bridge/snapshot/model.ts';
import { lengthBit } from '../../kit/length-bit.ts';
import type { ClientSide } from '../listener/client-side.ts';
import { isFieldName } from '../listener/field-name.ts';
import { RequestBody, type RequestHead } from '../listener/request-head.ts';
import { rewriteTarget } from '../policies/rewrite-target.ts';
import type { ClientIdentity } from './client-identity.ts';

export interface Forwarding {
  /** The request target for the endpoint. */
  readonly target: string;
  /** The Host for the endpoint. */
  readonly host: string;
  /** The peer that is connected to us. */
  readonly peer: string;
  /** Whether the peer is a trusted proxy: what it says about the client is then kept. */
  readonly trusted: boolean;
  readonly client: string;
  readonly tls: boolean;
  readonly localPort: number;
  readonly requestId: string;
}

const NO_NAMES: readonly string[] = [];
const ANY_LENGTH = -1;

/** What of the request is not in its head. `path`: its path in normal form. */
export function forwardingOf(
  { head, peer, tls, localPort }: ClientSide,
  { trusted, address, requestId }: ClientIdentity,
  route: Route,
  path: string,
): Forwarding {
  return {
    target: rewriteTarget(route, head.target, head.pathEnd, path),
    host: route.rewrite?.host ?? head.host,
    peer,
    trusted,
    client: address,
    tls,
    localPort,
    requestId,
  };
}

/** `websocket`: the request asks for one, and the endpoint is to hear it. */
export function requestText(
  head: RequestHead,
  forwarding: Forwarding,
  ops: HeaderOps | null,
  websocket: boolean = false,
): string {
  let text = `${head.method} ${forwarding.target} HTTP/1.1\r\nHost: ${forwarding.host}\r\n`;
  text += keptLines(head, ops, namedByConnection(head.connection));
  const own = forwardingFields(head, forwarding);
  // The route's own word goes over what penstock would add, too.
  text += ops === null || ops.replacedOwn === null ? own : own.replace(ops.replacedOwn, '');
  if (websocket) text += 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
  if (head.body === RequestBody.LENGTH) text += `Content-Length: ${head.contentLength}\r\n`;
  else if (head.body === RequestBody.CHUNKED) text += 'Transfer-Encoding: chunked\r\n';
  if (ops !== null) text += ops.lines;
  return `${text}\r\n`;
}

/** The client's lines less what the route takes away and what Connection names, in runs. `named`: lower-case. */
function keptLines({ lines, marks }: RequestHead, ops: HeaderOps | null, named: readonly string[]): string {
  const replaced = ops === null ? NO_NAMES : ops.replaced;
  if (named.length === 0 && replaced.length === 0) return lines;
  const lengths = named.length > 0 || ops === null ? ANY_LENGTH : ops.replacedLengths;
  let kept = '';
  let run = 0;
  for (let at = 0; at < marks.length; at += 2) {
    const start = marks[at] as number;
    const nameEnd = marks[at + 1] as number;
    if ((lengths & lengthBit(nameEnd - start)) === 0) continue;
    if (!isOneOf(lines, start, nameEnd, replaced) && !isOneOf(lines, start, nameEnd, named)) continue;
    if (run < start) kept += lines.slice(run, start);
    run = at + 2 < marks.length ? (marks[at + 2] as number) : lines.length;
  }
  return run === 0 ? lines : kept + lines.slice(run);
}

function isOneOf(text: string, start: number, end: number, names: readonly string[]): boolean {
  for (let i = 0; i < names.length; i++) if (isFieldName(text, start, end, names[i] as string)) return true;
  return false;
}

/** What the endpoint learns about the client. */
function forwardingFields(head: RequestHead, forwarding: Forwarding): string {
  const { peer, client, tls, localPort, requestId } = forwarding;
  const scheme = tls ? 'https' : 'http';
  const kept = forwarding.trusted ? head.forwarding : null;
  if (kept === null) {
    return (
      `X-Forwarded-For: ${peer}\r\nX-Forwarded-Proto: ${scheme}\r\nX-Forwarded-Host: ${head.host}\r\n` +
      `X-Forwarded-Port: ${localPort}\r\nX-Real-IP: ${client}\r\nX-Request-Id: ${requestId}\r\n`
    );
  }
  let text = '';
  let forwardedFor = '';
  let has = 0;
  for (let i = 0; i < kept.length; i += 2) {
    const name = kept[i] as string;
    const value = kept[i + 1] as string;
    if (name === 'x-forwarded-for') {
      forwardedFor = forwardedFor === '' ? value : `${forwardedFor}, ${value}`;
      continue;
    }
    if (name === 'x-forwarded-proto') has |= 1;
    else if (name === 'x-forwarded-host') has |= 2;
    else if (name === 'x-forwarded-port') has |= 4;
    else if (name === 'x-real-ip') has |= 8;
    text += `${name}: ${value}\r\n`;
  }
  text += `X-Forwarded-For: ${forwardedFor === '' ? peer : `${forwardedFor}, ${peer}`}\r\n`;
  if ((has & 1) === 0) text += `X-Forwarded-Proto: ${scheme}\r\n`;
  if ((has & 2) === 0) text += `X-Forwarded-Host: ${head.host}\r\n`;
  if ((has & 4) === 0) text += `X-Forwarded-Port: ${localPort}\r\n`;
  if ((has & 8) === 0) text += `X-Real-IP: ${client}\r\n`;
  return `${text}X-Request-Id: ${requestId}\r\n`;
}

/** The field names in a Connection field, which end here (RFC 9110 7.6.1). `value` is lower-case. */
export function namedByConnection(value: string): readonly string[] {
  if (value === '' || value === 'keep-alive' || value === 'close') return NO_NAMES;
  // hot-ok: only where Connection names fields
  return value.split(',').map((option) => option.trim());
}

/** Whether the client asked for the connection to close after this exchange. */
export function asksToClose(connection: string): boolean {
  if (connection === '' || connection === 'keep-alive') return false;
  return connection === 'close' || namedByConnection(connection).includes('close');
}
