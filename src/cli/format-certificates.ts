/** The certificates of a running penstock as text for people: `penstock certs`. Pure. */

import { formatTable } from '../kit/table.ts';
import { timeText } from '../kit/time-text.ts';
import type { CertificatesAnswer } from '../primary/admin/certificate-endpoints.ts';
import type { CertificateRow } from '../primary/admin/certificate-rows.ts';
import { type CertificateStatus, causeNow } from '../primary/certs/acme/diagnosis/certificate-status.ts';
import { formatAge } from './format-status.ts';

const TITLES = ['HOST', 'SOURCE', 'STATE', 'EXPIRES', 'ISSUER'];
/** Of the one for all names that no other certificate covers. */
const DEFAULT_HOST = '(any other)';

/** One line a host: what is served, and names that wait for their first certificate. @param nowEpochMs for how long things last */
export function formatCertificates(
  { certificates, automatic }: CertificatesAnswer,
  nowEpochMs: number,
): string {
  const statuses = new Map(automatic.map((status) => [status.host, status]));
  const served = new Set(certificates.map(({ host }) => host));
  const rows = certificates.map((row) => servedCells(row, statuses.get(row.host), nowEpochMs));
  const waiting = automatic.filter(({ host }) => !served.has(host)).map(waitingCells);
  return formatTable(TITLES, [...rows.slice(0, -1), ...waiting, ...rows.slice(-1)]);
}

/** Of a certificate that penstock did not obtain. */
export function formatServedCertificate(row: CertificateRow, nowEpochMs: number): string {
  const facts = [
    ['host', row.host],
    ['source', row.source],
    ['names', row.names.join(', ')],
    ['issuer', row.issuer],
    [
      'valid',
      `${timeText(row.notBeforeMs)} to ${timeText(row.notAfterMs)}, ${leftText(row.notAfterMs, nowEpochMs)}`,
    ],
    ['fingerprint', row.fingerprint],
  ] as const;
  const widest = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `${name.padEnd(widest)}  ${value}\n`).join('');
}

function servedCells(
  { host, source, issuer, notAfterMs }: CertificateRow,
  status: CertificateStatus | undefined,
  nowEpochMs: number,
): readonly string[] {
  const cause = status === undefined ? null : causeNow(status);
  const state = cause === null ? 'serves' : `serves; renewal fails: ${cause.code}`;
  return [host === '' ? DEFAULT_HOST : host, source, state, leftText(notAfterMs, nowEpochMs), issuer];
}

function waitingCells(status: CertificateStatus): readonly string[] {
  const cause = causeNow(status);
  return [status.host, 'acme', cause === null ? 'waits for its certificate' : `fails: ${cause.code}`, '', ''];
}

function leftText(notAfterMs: number, nowEpochMs: number): string {
  const leftMs = notAfterMs - nowEpochMs;
  return leftMs > 0 ? `in ${formatAge(leftMs / 1000)}` : `${formatAge(-leftMs / 1000)} ago`;
}
