/**
 * Reads the files of a service's `tls`: the authorities that its endpoints are verified with, and the certificate that
 * penstock shows them. Primary thread. What is wrong with them is found here, before a snapshot is made. Messages name
 * files, never their content.
 */

import type { UpstreamTls } from '../../bridge/snapshot/model.ts';
import type { Problem } from '../../kit/problem.ts';
import type { ServiceTlsDraft } from '../draft.ts';
import { checkPair, type Report, readChain, readPrivateKey } from './certificate-pair.ts';
import { checkTimes } from './load-certificate.ts';

export type UpstreamTlsResult =
  | { readonly tls: UpstreamTls; readonly warnings: readonly Problem[] }
  | { readonly problems: readonly Problem[] };

/** The certificate that penstock shows, as PEM; empty without one. */
interface Shown {
  readonly certPem: string;
  readonly keyPem: string;
}

const NOTHING_SHOWN: Shown = { certPem: '', keyPem: '' };

/** `path`: its place in the tree, such as `services.api.tls`; `nowMs` is since the epoch. Never throws. */
export function loadUpstreamTls(draft: ServiceTlsDraft, path: string, nowMs: number): UpstreamTlsResult {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const report: Report = (code, message) => problems.push({ code, path, message, origin: draft.origin });
  const warn: Report = (code, message) => warnings.push({ code, path, message, origin: draft.origin });

  const caPem = draft.caFile === null ? '' : (readChain(draft.caFile, report)?.map(String).join('') ?? null);
  const shown = loadShown(draft, nowMs, report, warn);
  if (caPem === null || shown === null || problems.length > 0) return { problems };
  const { serverName, verify } = draft;
  const tls: UpstreamTls = Object.freeze({ serverName: serverName ?? '', caPem, verify, ...shown });
  return { tls, warnings };
}

function loadShown(draft: ServiceTlsDraft, nowMs: number, report: Report, warn: Report): Shown | null {
  const { clientCertFile: certFile, clientKeyFile: keyFile } = draft;
  if (certFile === null || keyFile === null) return NOTHING_SHOWN;
  const chain = readChain(certFile, report);
  const key = readPrivateKey(keyFile, report);
  if (chain === null || key === null) return null;
  const leaf = checkPair(chain, key, { certFile, keyFile }, report);
  if (leaf === null) return null;
  checkTimes(Date.parse(leaf.validFrom), Date.parse(leaf.validTo), certFile, nowMs, warn);
  return {
    certPem: chain.map(String).join(''),
    keyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
