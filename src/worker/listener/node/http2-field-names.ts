// hot: runs once per request
/**
 * The names of fields that nearly every message is made of, so that they need not be looked at octet by octet. Worker thread; pure
 * data.
 */

import { constants } from 'node:http2';

/** Beside those that node:http2 has constants for. */
const MORE_NAMES: readonly string[] = [
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'permissions-policy',
  'priority',
  'proxy-status',
  'referrer-policy',
  'sec-ch-ua',
  'sec-ch-ua-mobile',
  'sec-ch-ua-platform',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-fetch-user',
  'server-timing',
  'traceparent',
  'tracestate',
  'x-powered-by',
  'x-request-id',
];

/** In lower case, as HTTP/2 writes them. */
// hot-ok: at load
export const KNOWN_NAMES: ReadonlySet<string> = new Set([...standardNames(), ...MORE_NAMES]);

// hot-ok: at load
function standardNames(): string[] {
  return Object.entries(constants)
    .filter(([key, value]) => key.startsWith('HTTP2_HEADER_') && !String(value).startsWith(':'))
    .map(([, value]) => String(value));
}
