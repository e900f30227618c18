/** The identity of a certificate: two with one id serve the same bytes. Never lets a key out. */

import { createHash } from 'node:crypto';

/** SHA-256 of chain and key in lower-case hex. */
export function certificateId(chainPem: string, keyPem: string): string {
  return createHash('sha256').update(chainPem).update('\0').update(keyPem).digest('hex');
}
