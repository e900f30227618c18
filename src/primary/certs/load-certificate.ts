/**
 * Makes of one entry of `certificates:` what listeners serve: its pair of files, the hosts that it is for, and what is worth a warning.
 * Primary thread. Messages name files, never their content.
 */

import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Certificate } from '../../bridge/snapshot/model.ts';
import type { Problem } from '../../kit/problem.ts';
import type { CertificateDraft } from '../draft.ts';
import { namesCover } from './certificate-names.ts';
import type { CertificatePair, Report } from './certificate-pair.ts';
import type { PairReader } from './known-pairs.ts';

export type CertificateResult =
  | { readonly certificate: Certificate; readonly warnings: readonly Problem[] }
  | { readonly problems: readonly Problem[] };

/** `path` is the entry's place in the tree, such as `certificates[0]`; `nowMs` is since the epoch. Never throws. */
export function loadCertificate(
  draft: CertificateDraft,
  path: string,
  nowMs: number,
  pairs: PairReader,
): CertificateResult {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const report: Report = (code, message) => problems.push({ code, path, message, origin: draft.origin });
  const warn: Report = (code, message) => warnings.push({ code, path, message, origin: draft.origin });

  const pair = pairs.read(draft, report);
  if (pair === null) return { problems };
  const { id, chainPem, keyPem, notBeforeMs, notAfterMs, chainRemark } = pair;
  const hosts = draft.hosts ?? pair.names;
  if (hosts.length === 0) {
    report(
      'CERT_NO_NAMES',
      `${draft.certFile} names no host that a client could ask for; name them with hosts: [ … ]`,
    );
    return { problems };
  }
  // nginx, HAProxy and Traefik serve such a pair: the names were written on purpose, and a renewed file that lost a
  // name must not keep every other change from being applied.
  for (const host of hosts === pair.names ? [] : hosts) {
    if (!covers(pair, host)) {
      const names = pair.names.length === 0 ? 'no host' : pair.names.join(', ');
      warn('CERT_HOST_NOT_COVERED', `${draft.certFile} is for ${names}; clients of ${host} will refuse it`);
    }
  }
  if (chainRemark !== null) warn('CERT_CHAIN_ORDER', chainRemark);
  checkTimes(notBeforeMs, notAfterMs, draft.certFile, nowMs, warn);
  const certificate: Certificate = Object.freeze({
    id,
    hosts,
    chainPem,
    keyPem,
    notAfterMs,
    source: 'manual',
    origin: draft.origin,
  });
  return { certificate, warnings };
}

function covers({ names, chainPem }: CertificatePair, host: string): boolean {
  if (isIP(host) === 0) return namesCover(names, host);
  // Of a chain, it is the first that is taken.
  return new X509Certificate(chainPem).checkIP(host) !== undefined;
}

/** Times outside of now only warn: a restart must bring back every other host. */
export function checkTimes(
  notBeforeMs: number,
  notAfterMs: number,
  file: string,
  nowMs: number,
  warn: Report,
): void {
  if (notAfterMs <= nowMs) {
    warn('CERT_EXPIRED', `${file} expired on ${new Date(notAfterMs).toISOString()}`);
  } else if (notBeforeMs > nowMs) {
    warn('CERT_NOT_YET_VALID', `${file} is valid from ${new Date(notBeforeMs).toISOString()} on`);
  }
}
