/** What a new snapshot changes for the server names of the one before. Primary thread; pure. */

import type { CertificateChange } from '../../bridge/messages.ts';
import type { SnapshotContent } from '../../bridge/snapshot/content.ts';

/** The parts of a content that say which certificate a name gets. */
export type Served = Pick<SnapshotContent, 'certificates' | 'serverNames' | 'defaultCertificate'>;

/** `since`: the version of `before`. */
export function certificateChange(before: Served, since: number, after: Served): CertificateChange {
  let replaced = idAt(before, before.defaultCertificate) !== idAt(after, after.defaultCertificate);
  for (const [name, index] of before.serverNames) {
    if (replaced) break;
    replaced = idAt(before, index) !== idAt(after, after.serverNames.get(name) ?? null);
  }
  const added = [...after.serverNames.keys()].filter((name) => !before.serverNames.has(name));
  return { since, replaced, added };
}

function idAt({ certificates }: Served, index: number | null): string | null {
  return index === null ? null : (certificates[index]?.id ?? null);
}
