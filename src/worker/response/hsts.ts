// hot: runs once per request
/** Strict-Transport-Security in the answers of a route (RFC 6797 7.1): over TLS only, and one field only (6.1). Pure. */

import type { Route } from '../../bridge/snapshot/model.ts';

export const HSTS_FIELD = 'Strict-Transport-Security';

/** Its value in an answer; empty = none. `secure`: the client speaks TLS to us, or to a trusted proxy in front of us. */
export function hstsOf(route: Route | null, secure: boolean): string {
  return secure && route !== null ? route.hsts : '';
}

/** The field lines of an answer of our own, which have none, with that value. */
export function withHsts(fields: Uint8Array, hsts: string): Uint8Array {
  return hsts === '' ? fields : Buffer.concat([Buffer.from(`${HSTS_FIELD}: ${hsts}\r\n`), fields]);
}
