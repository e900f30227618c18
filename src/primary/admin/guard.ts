/**
 * Who may use the admin endpoints. Pure. With a token: whoever presents it. Without one only loopback is listened
 * on, and the danger is a web page in a browser of this machine: a rebound DNS name (seen in Host) or a form or
 * script of another origin (seen in Origin).
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { AdminRequest } from './admin-request.ts';
import { type AdminAnswer, problemAnswer } from './answer.ts';

export interface Guard {
  /** Null: no token is asked for. */
  readonly token: string | null;
  /** The host of the admin address as configured, without brackets; empty for every interface. */
  readonly configuredHost: string;
}

/** The answer that refuses the request, or null if it may pass. */
export function refusal(request: AdminRequest, guard: Guard): AdminAnswer | null {
  if (guard.token !== null) return tokenRefusal(request, guard.token);
  const host = hostName(request.host);
  if (host === null || !(isLoopbackName(host) || host === guard.configuredHost.toLowerCase())) {
    return problemAnswer(
      403,
      'Without admin_token, requests must name a loopback address or the configured one in Host. Set admin_token to use another name.',
    );
  }
  const safe = request.method === 'GET' || request.method === 'HEAD';
  if (!safe && request.origin !== null && !isSameOrigin(request.origin, request.host)) {
    return problemAnswer(403, 'Without admin_token, a web page of another origin may not change anything.');
  }
  return null;
}

function tokenRefusal(request: AdminRequest, token: string): AdminAnswer | null {
  const presented = /^bearer +(\S+) *$/i.exec(request.authorization ?? '')?.[1];
  if (presented !== undefined && sameSecret(presented, token)) return null;
  return problemAnswer(
    401,
    presented === undefined
      ? 'Send Authorization: Bearer with the admin token.'
      : 'The admin token is wrong.',
    {
      headers: {
        'www-authenticate': `Bearer realm="penstock"${presented === undefined ? '' : ', error="invalid_token"'}`,
      },
    },
  );
}

/** Compares digests, so that neither the time nor an early end tells the length or a prefix of the secret. */
function sameSecret(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** The name in a Host field, lower-case, without port, brackets and final dot; null if it is none. */
function hostName(field: string): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s/@]+))(?::\d{1,5})?$/i.exec(field);
  const name = match?.[1] ?? match?.[2];
  return name === undefined ? null : name.toLowerCase().replace(/\.$/, '');
}

/** `localhost` and names under it never leave the machine (RFC 6761 6.3). */
function isLoopbackName(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost') || host === '::1') return true;
  return isIPv4(host) && host.startsWith('127.');
}

function isSameOrigin(origin: string, host: string): boolean {
  return origin.toLowerCase() === `http://${host.toLowerCase()}`;
}
