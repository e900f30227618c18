/**
 * One active check of one endpoint, over the network. Primary thread. It speaks what the service speaks, HTTP/1.1 or HTTP/2, with the
 * service's TLS; nothing is sent before the endpoint is verified. Every way that it can end is a result: it never throws.
 */

import { request as requestHttp1 } from 'node:http';
import { connect as connectHttp2, constants, type IncomingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import type { HealthCheck, Service, StatusRange } from '../../bridge/snapshot/model.ts';
import { type Address, formatAddress } from '../../kit/address.ts';
import { formatDuration } from '../../kit/duration.ts';
import { messageOf } from '../../kit/errors.ts';
import type { TlsContexts } from '../../kit/tls-contexts.ts';
import { openCheckSocket } from './check-socket.ts';

export interface CheckTarget {
  readonly address: Address;
  readonly protocol: Service['protocol'];
  readonly tls: Service['tls'];
  readonly proxyProtocol: Service['proxyProtocol'];
  readonly check: HealthCheck;
}

/** Calls `done` once, never within the call: null if the check passed, else what was wrong. Gives what breaks it off. */
export type Probe = (target: CheckTarget, done: (failure: string | null) => void) => () => void;

const USER_AGENT = 'penstock-health';
const CLOSED_EARLY = 'it closed the connection before it answered';

/** What ends a check: the first word counts. */
type End = (failure: string | null) => void;

/** `contexts`: those of the thread. */
export function makeProbe(contexts: TlsContexts): Probe {
  return (target, done) => probe(target, contexts, done);
}

function probe(target: CheckTarget, contexts: TlsContexts, done: End): () => void {
  const { check } = target;
  let ended = false;
  const socket = openCheckSocket(target.address, target, contexts);
  const end: End = (failure) => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    socket.destroy();
    done(failure);
  };
  const timer = setTimeout(() => end(`no answer within ${formatDuration(check.timeoutMs)}`), check.timeoutMs);
  timer.unref();
  socket.unref();
  socket.on('error', (error: NodeJS.ErrnoException) => end(reasonOf(error)));
  socket.once('close', () => end(CLOSED_EARLY));
  socket.once(target.tls === null ? 'connect' : 'secureConnect', () => {
    if (ended || socket.destroyed) return;
    if (check.tcp) end(null);
    else if (target.protocol === 'http1') askHttp1(socket, target, end);
    else askHttp2(socket, target, end);
  });
  return () => {
    ended = true;
    clearTimeout(timer);
    socket.destroy();
  };
}

function askHttp1(socket: Socket, target: CheckTarget, end: End): void {
  const { path } = target.check;
  const headers = { host: hostOf(target), 'user-agent': USER_AGENT, accept: '*/*', connection: 'close' };
  const request = requestHttp1({ createConnection: () => socket, path, headers });
  request.on('error', (error: NodeJS.ErrnoException) => end(reasonOf(error)));
  request.once('response', ({ statusCode }) => end(verdict(statusCode ?? 0, target.check.expect)));
  request.once('upgrade', ({ statusCode }) => end(verdict(statusCode ?? 0, target.check.expect)));
  request.end();
}

function askHttp2(socket: Socket, target: CheckTarget, end: End): void {
  const { path } = target.check;
  const scheme = target.tls === null ? 'http' : 'https';
  const session = connectHttp2(`${scheme}://localhost`, { createConnection: () => socket });
  session.on('error', (error: NodeJS.ErrnoException) => end(reasonOf(error)));
  const request = session.request({
    [constants.HTTP2_HEADER_PATH]: path,
    [constants.HTTP2_HEADER_AUTHORITY]: hostOf(target),
    'user-agent': USER_AGENT,
    accept: '*/*',
  });
  request.on('error', (error: NodeJS.ErrnoException) => end(reasonOf(error)));
  request.once('response', (headers: IncomingHttpHeaders) => {
    end(verdict(Number(headers[constants.HTTP2_HEADER_STATUS]), target.check.expect));
  });
  request.end();
}

/** A unix socket has no name; RFC 9110 7.2 wants a Host all the same. */
function hostOf({ address, check }: CheckTarget): string {
  if (check.host !== '') return check.host;
  if (address.kind === 'unix') return 'localhost';
  return formatAddress({ ...address, host: address.name ?? address.host });
}

function verdict(status: number, expect: readonly StatusRange[]): string | null {
  if (expect.some(({ first, last }) => status >= first && status <= last)) return null;
  return `status ${status}, expected ${expect.map(rangeText).join(',')}`;
}

function rangeText({ first, last }: StatusRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}

function reasonOf(error: NodeJS.ErrnoException): string {
  const { code = '', syscall } = error;
  if (code === 'ECONNREFUSED') return 'it refuses the connection';
  // Node's HTTP client says "socket hang up" under the same code, where nothing was reset.
  if (code === 'ECONNRESET') return syscall === undefined ? CLOSED_EARLY : 'it reset the connection';
  if (code.startsWith('HPE_')) return 'its answer is not HTTP';
  // OpenSSL's messages end their line.
  return messageOf(error).trim();
}
