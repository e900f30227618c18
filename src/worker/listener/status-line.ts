// hot: runs once per request
/** `200 OK`: what follows the version in a status line (RFC 9112 4). */

import { STATUS_CODES } from 'node:http';

const STANDARD: readonly string[] = Array.from({ length: 600 }, (_, status) => {
  const reason = STATUS_CODES[status];
  return reason === undefined ? `${status} ` : `${status} ${reason}`;
});

/** `reason` empty: the standard one. */
export function statusLine(status: number, reason: string): string {
  return isStandard(status, reason) ? (STANDARD[status] ?? `${status} `) : `${status} ${reason}`;
}

export function isStandard(status: number, reason: string): boolean {
  return reason === '' || reason === STATUS_CODES[status];
}
