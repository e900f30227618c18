/** What the metrics say of certificates: the end of each server name's. Primary thread; pure. */

import type { SnapshotContent } from '../../bridge/snapshot/content.ts';
import type { MetricsSource } from './exposition.ts';

export function certificateExpiries({
  certificates,
  serverNames,
}: Pick<SnapshotContent, 'certificates' | 'serverNames'>): MetricsSource['expiries'] {
  return [...serverNames].map(([host, index]) => ({
    host,
    notAfterMs: certificates[index]?.notAfterMs ?? 0,
  }));
}
