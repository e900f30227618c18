// hot: runs once per request
/** X-Request-Id: kept if a trusted proxy sent it, else new. */

import { randomUUID } from 'node:crypto';

/** Visible ASCII; a longer one is more than an identifier. */
const ACCEPTABLE = /^[\x21-\x7e]{1,128}$/;

export function requestIdOf(sent: string, trusted: boolean): string {
  return trusted && sent !== '' && ACCEPTABLE.test(sent) ? sent : randomUUID();
}
