/** The status of one automatic certificate as text for people: `penstock certs status HOST`. Pure. */

import { formatTable } from '../kit/table.ts';
import { timeText } from '../kit/time-text.ts';
import {
  type CertificateStatus,
  causeNow,
  type NextStep,
} from '../primary/certs/acme/diagnosis/certificate-status.ts';
import { formatAge } from './format-status.ts';

const ATTEMPT_TITLES = ['WHEN', 'ENVIRONMENT', 'RESULT', 'STAGE', 'DETAIL'];

/** @param nowEpochMs for how long ago and how soon things are */
export function formatCertificateStatus(status: CertificateStatus, nowEpochMs: number): string {
  const { host, certificate, next, failures, explanationUrl } = status;
  const cause = causeNow(status);
  const facts: readonly (readonly [string, string])[] = [
    ['host', host],
    ['state', stateText(status, nowEpochMs)],
    ['environment', certificate === null ? next.environment : 'production'],
    ...(certificate === null
      ? []
      : ([
          [
            'authority',
            URL.canParse(certificate.directory) ? new URL(certificate.directory).host : certificate.directory,
          ],
          ['names', certificate.names.join(', ')],
          ['issuer', certificate.issuer],
          ['valid', `${timeText(certificate.notBeforeMs)} to ${timeText(certificate.notAfterMs)}`],
        ] as const)),
    ['next', nextText(next, nowEpochMs)],
    ...(explanationUrl === null ? [] : [['because', explanationUrl] as const]),
    ...(cause === null
      ? []
      : ([
          ['failures', `${failures} in a row`],
          ['cause', `${cause.code}: ${cause.message}`],
          ...(cause.remedy === '' ? [] : [['to do', cause.remedy] as const]),
        ] as const)),
  ];
  const widest = Math.max(...facts.map(([name]) => name.length));
  const head = facts.map(([name, value]) => `${name.padEnd(widest)}  ${value}\n`).join('');
  const attempts = [...status.attempts]
    .reverse()
    .map(({ atMs, environment, cause: failed }) => [
      timeText(atMs),
      environment,
      failed === null ? 'obtained' : failed.code,
      failed === null ? '' : failed.stage,
      failed === null ? '' : failed.message,
    ]);
  return attempts.length === 0 ? head : `${head}\n${formatTable(ATTEMPT_TITLES, attempts)}`;
}

function stateText({ phase, certificate, failures }: CertificateStatus, nowEpochMs: number): string {
  if (certificate !== null) {
    const left = certificate.notAfterMs - nowEpochMs;
    if (left <= 0) return `expired ${formatAge(-left / 1000)} ago; it is served until there is a new one`;
    const problem = failures === 0 ? '' : ', but its renewal fails';
    return `issued, valid for ${formatAge(left / 1000)} more${problem}`;
  }
  switch (phase) {
    case 'none':
      return 'no certificate yet: nothing was tried';
    case 'staging':
      return 'no certificate yet: on trial at staging';
    case 'staged':
      return 'no certificate yet: the trial at staging succeeded';
    case 'production':
    case 'issued':
      return 'no certificate yet: ordered at production';
  }
}

function nextText({ kind, environment, atMs }: NextStep, nowEpochMs: number): string {
  if (kind === 'under_way') return `an order at ${environment} is under way`;
  const what = kind === 'renew' ? 'renewal' : `an order at ${environment}`;
  const waitMs = atMs - nowEpochMs;
  return waitMs <= 0 ? `${what}, now` : `${what} at ${timeText(atMs)}, in ${formatAge(waitMs / 1000)}`;
}
