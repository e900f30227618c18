/** What each server name is served by, as people and programs read it: `GET /v1/certificates`. Primary thread; never has a key. */

import { X509Certificate } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Certificate, CertificateSource } from '../../bridge/snapshot/model.ts';
import type { ServedCertificates } from '../control.ts';

export interface CertificateRow {
  /** The server name, maybe `*.name`; empty for the certificate of all names that no other one covers. */
  readonly host: string;
  /** `acme`: obtained from an authority. */
  readonly source: CertificateSource;
  /** Of the certificate itself, as they stand in its subjectAltName: `DNS:a.example.com`. */
  readonly names: readonly string[];
  /** Distinguished name in one line. */
  readonly issuer: string;
  readonly serialNumber: string;
  /** Of the leaf, SHA-256 in hex with colons. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** What one certificate says of itself. */
type Facts = Omit<CertificateRow, 'host' | 'source'>;

/** Parsed before other work has its turn: some milliseconds. */
const PARSED_AT_ONCE = 100;

/** In the order of their names, the default last. */
export async function certificateRows({
  certificates,
  serverNames,
  defaultCertificate,
}: ServedCertificates): Promise<readonly CertificateRow[]> {
  const facts = new Map<number, Facts>();
  const rows: CertificateRow[] = [];
  const add = async (host: string, index: number): Promise<void> => {
    const certificate = certificates[index];
    if (certificate === undefined) return;
    const known = facts.get(index) ?? factsOf(certificate);
    if (!facts.has(index) && facts.size % PARSED_AT_ONCE === PARSED_AT_ONCE - 1) await setImmediate();
    facts.set(index, known);
    rows.push({ host, source: certificate.source, ...known });
  };
  for (const host of [...serverNames.keys()].sort()) await add(host, serverNames.get(host) ?? -1);
  if (defaultCertificate !== null) await add('', defaultCertificate);
  return rows;
}

function factsOf({ chainPem, notAfterMs }: Certificate): Facts {
  const leaf = new X509Certificate(chainPem);
  return {
    names: (leaf.subjectAltName ?? '').split(', ').filter((name) => name !== ''),
    issuer: leaf.issuer.split('\n').join(', '),
    serialNumber: leaf.serialNumber,
    fingerprint: leaf.fingerprint256,
    notBeforeMs: Date.parse(leaf.validFrom),
    notAfterMs,
  };
}
