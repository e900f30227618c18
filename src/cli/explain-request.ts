/**
 * The request that `penstock explain` speaks about, from its command line. Pure. The target is kept byte for byte as
 * written: a URL parser would resolve the very dot segments whose effect is asked for.
 */

import { isIP } from 'node:net';
import { toByteString } from '../kit/byte-string.ts';
import { PenstockError } from '../kit/errors.ts';

export interface ExplainRequest {
  readonly method: string;
  readonly tls: boolean;
  /** As a client would send it in Host. */
  readonly host: string;
  /** Path and query as written. */
  readonly target: string;
  /** Index of `?` in the target, or its length. */
  readonly pathEnd: number;
  /** Alternating lower-case names and values, without Host. */
  readonly fields: readonly string[];
  /** The address that the connection comes from. */
  readonly peer: string;
}

export interface ExplainArguments {
  readonly url: string;
  readonly method: string;
  /** `Name: value` each. */
  readonly headers: readonly string[];
  readonly ip: string;
}

/** A method or a field name (RFC 9110 5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const URL_FORM = /^(?:(https?):\/\/)?([^/?#]*)([^#]*)/i;

/** Throws PENSTOCK_USAGE with what is wrong. */
export function parseExplainRequest(given: ExplainArguments): ExplainRequest {
  if (!TOKEN.test(given.method)) throw usage(`-X ${given.method} is no method`);
  if (isIP(given.ip) === 0) throw usage(`--ip ${given.ip} is no IP address`);
  const [, scheme = 'http', authority = '', rest = ''] = URL_FORM.exec(given.url) ?? [];
  if (/[\x00-\x20\x7f]/.test(given.url))
    throw usage('the URL holds a space or a control character; escape it with %');
  if (authority.includes('@'))
    throw usage('the URL holds a user name; clients send none to a proxy like this');
  const target = toByteString(rest.startsWith('/') ? rest : `/${rest}`);
  const queryAt = target.indexOf('?');
  const fields: string[] = [];
  let host = authority;
  for (const header of given.headers) {
    const colon = header.indexOf(':');
    const name = header.slice(0, Math.max(colon, 0)).toLowerCase();
    const value = header.slice(colon + 1).trim();
    if (!TOKEN.test(name) || /[\r\n\0]/.test(value))
      throw usage(`-H '${header}' is not of the form 'Name: value'`);
    if (name === 'host') host = value;
    else fields.push(name, toByteString(value));
  }
  return {
    method: given.method,
    tls: scheme.toLowerCase() === 'https',
    host,
    target,
    pathEnd: queryAt === -1 ? target.length : queryAt,
    fields,
    peer: given.ip,
  };
}

function usage(message: string): PenstockError {
  return new PenstockError('PENSTOCK_USAGE', message);
}
