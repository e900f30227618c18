/** What a name looks like from outside, of what is known of it. Pure. */

import type { CertificateStatus, NextStep, ServingCertificate } from './diagnosis/certificate-status.ts';
import { actionOf, type LifecycleFacts } from './lifecycle.ts';
import type { NameEntry } from './name-entry.ts';
import type { KeptCertificate } from './name-files.ts';

export function statusOf(entry: NameEntry, facts: LifecycleFacts): CertificateStatus {
  const { host, record, kept } = entry;
  const { phase, failures } = record.issuance;
  return {
    host,
    phase,
    certificate: kept === null ? null : servingOf(kept),
    next: nextOf(entry, facts),
    failures,
    attempts: record.attempts,
    explanationUrl: record.advice?.explanationUrl ?? null,
  };
}

function servingOf({
  certificate,
  directory,
  issuer,
  notBeforeMs,
  obtainedMs,
}: KeptCertificate): ServingCertificate {
  const { hosts, notAfterMs } = certificate;
  return { directory, names: hosts, issuer, notBeforeMs, notAfterMs, obtainedMs };
}

function nextOf({ record, job }: NameEntry, facts: LifecycleFacts): NextStep {
  const action = actionOf(record.issuance, facts);
  if (action.kind === 'issue') {
    return { kind: job === null ? 'order' : 'under_way', environment: action.environment, atMs: facts.nowMs };
  }
  // After the wait, whatever ends it.
  const then = actionOf(record.issuance, { ...facts, nowMs: action.untilMs });
  const environment = then.kind === 'issue' ? then.environment : 'production';
  return { kind: record.issuance.phase === 'issued' ? 'renew' : 'order', environment, atMs: action.untilMs };
}
