/** A snapshot as it may be shown: private keys and secret values taken out. Primary thread; pure. */

import { encodeContent, seal } from '../../bridge/snapshot/codec.ts';
import type { SnapshotContent } from '../../bridge/snapshot/content.ts';
import type { Certificate, Service, Snapshot } from '../../bridge/snapshot/model.ts';
import { formatAddress } from '../../kit/address.ts';
import { MASK, type SecretMask } from '../../kit/secret-mask.ts';

export interface PrintableSnapshot {
  /** An Envelope whose digest is over what is printed; `digest` of the JSON form is that of what serves. */
  readonly protobuf: Uint8Array;
  readonly json: unknown;
}

export function printableSnapshot(
  content: SnapshotContent,
  snapshot: Snapshot,
  mask: SecretMask,
): PrintableSnapshot {
  const safe = maskStrings(content, mask) as SnapshotContent;
  const shown: SnapshotContent = {
    ...safe,
    // The table is binary and holds hosts and paths only.
    routeTable: content.routeTable,
    serverNames: content.serverNames,
    certificates: safe.certificates.map(withoutKey),
    services: safe.services.map(withoutClientKey),
  };
  const { routeTable, serverNames, services, ...rest } = shown;
  return {
    protobuf: seal(encodeContent(shown), snapshot.version, 0).bytes,
    json: {
      version: snapshot.version,
      digest: snapshot.digest,
      ...rest,
      services: services.map((service) => ({
        ...service,
        endpoints: service.endpoints.map((endpoint) => ({
          ...endpoint,
          address: formatAddress(endpoint.address),
        })),
      })),
      serverNames: Object.fromEntries(serverNames),
      routeTable: { words: routeTable.words.length },
    },
  };
}

function withoutKey(certificate: Certificate): Certificate {
  return { ...certificate, keyPem: MASK };
}

function withoutClientKey(service: Service): Service {
  const { tls } = service;
  return tls === null || tls.keyPem === '' ? service : { ...service, tls: { ...tls, keyPem: MASK } };
}

/** Every string of plain data; buffers and maps are left as they are. */
function maskStrings(value: unknown, mask: SecretMask): unknown {
  if (typeof value === 'string') return mask.text(value);
  if (Array.isArray(value)) return value.map((item) => maskStrings(item, mask));
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value) || value instanceof Map)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskStrings(item, mask)]));
}
