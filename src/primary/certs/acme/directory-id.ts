/** What an authority is called in keys of the store. Pure. */

import { createHash } from 'node:crypto';

/** Readable, and one for each directory. */
export function directoryId(directoryUrl: string): string {
  const digest = createHash('sha256').update(directoryUrl).digest('hex').slice(0, 8);
  // A host may be an IPv6 address in brackets, and has a port in tests.
  const host = new URL(directoryUrl).hostname.replaceAll(/[^a-z0-9.-]/g, '').replace(/^[.-]+/, '');
  return `${host}-${digest}`;
}
