/** Snapshots that hold certificates and nothing else that matters: what a TLS server is given. */

import { createHash } from 'node:crypto';
import { decodeSnapshot, encodeContent, seal } from '../../src/bridge/snapshot/codec.ts';
import type { Certificate, Snapshot } from '../../src/bridge/snapshot/model.ts';
import { buildRouteTable } from '../../src/primary/compile/build-route-table.ts';
import type { MadeCertificate } from './cert-maker.ts';
import { GOLDEN_CONTENT } from './golden-content.ts';

type Pair = Pick<MadeCertificate, 'certPem' | 'keyPem'>;

export interface TlsSnapshotWish {
  /** Null: none. */
  readonly fallback: Pair | null;
  /** Server name or `*.name` to what is served for it. */
  readonly served?: Readonly<Record<string, Pair>>;
}

function certificateOf({ certPem, keyPem }: Pair, hosts: readonly string[]): Certificate {
  return {
    id: createHash('sha256').update(certPem).update(keyPem).digest('hex'),
    hosts,
    chainPem: certPem,
    keyPem,
    notAfterMs: 0,
    source: 'manual',
    origin: { file: 'test', line: 1, column: 1 },
  };
}

/** The bytes that a worker would get. */
export function tlsSnapshotBytes({ fallback, served = {} }: TlsSnapshotWish): Uint8Array {
  const names = Object.keys(served);
  const certificates = names.map((name) => certificateOf(served[name] as Pair, [name]));
  if (fallback !== null) certificates.push(certificateOf(fallback, []));
  const content = encodeContent({
    ...GOLDEN_CONTENT,
    routes: [],
    routeTable: buildRouteTable([]),
    services: [],
    certificates,
    serverNames: new Map(names.map((name, index) => [name, index])),
    defaultCertificate: fallback === null ? null : certificates.length - 1,
  });
  return seal(content, 1, 0).bytes;
}

export function tlsSnapshot(wish: TlsSnapshotWish): Snapshot {
  return decodeSnapshot(tlsSnapshotBytes(wish));
}
