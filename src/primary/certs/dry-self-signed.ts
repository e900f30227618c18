/**
 * Stands in for the self-signed store where a configuration is looked at and not served (`check`, `routes`, `explain`):
 * no key is made and nothing is written. What comes out has the names and nothing that could be served.
 */

import type { Certificate } from '../../bridge/snapshot/model.ts';
import type { SelfSignedStore } from './self-signed.ts';

export function drySelfSigned(): SelfSignedStore {
  return {
    certificateFor: (host) => Promise.resolve(placeholder(host, [host], 'self_signed')),
    defaultCertificate: () => Promise.resolve(placeholder('@default', [], 'default')),
  };
}

function placeholder(id: string, hosts: readonly string[], source: Certificate['source']): Certificate {
  const origin = { file: '', line: 0, column: 0 };
  return { id, hosts, chainPem: '', keyPem: '', notAfterMs: 0, source, origin };
}
