/** One event as a line for people. Pure; takes what came over the network as it comes. */

import { timeText } from '../kit/time-text.ts';
import type { PenstockEvent } from '../primary/event.ts';

/** Of most types; longer names push the rest to the right. */
const TYPE_WIDTH = 21;

/** `TIME  TYPE  SUBJECT: what`, with a line end; lines below it for the problems of a configuration. */
export function eventText(event: unknown): string {
  const { time, type, subject } = event as {
    readonly time: string;
    readonly type: string;
    readonly subject: string;
  };
  const details = detailsOf(event as PenstockEvent);
  const [first = '', ...more] = details;
  const lines = [
    `${time}  ${type.padEnd(TYPE_WIDTH)}  ${subject}${first === '' ? '' : `: ${first}`}`,
    ...more.map((line) => `    ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** None for a type that another version of penstock has. */
function detailsOf(event: PenstockEvent): readonly string[] {
  if ('omitted' in event.data) return ['what it tells is too large to be kept'];
  switch (event.type) {
    case 'ConfigurationApplied':
      return [`snapshot ${event.data.version}, by ${event.data.trigger}`];
    case 'ConfigurationFailed':
      return [`${event.data.message} (by ${event.data.trigger})`];
    case 'ConfigurationRejected': {
      const { trigger, problemCount, problems } = event.data;
      return [
        `${problemCount} ${problemCount === 1 ? 'problem' : 'problems'} (by ${trigger})`,
        ...problems.map(({ file, line, code, message }) => `${file}:${line} ${code} ${message}`),
      ];
    }
    case 'DomainAdded':
      return [`to be proved by a TXT record at ${event.data.record}`];
    case 'DomainVerified':
      return [`proved by ${event.data.record}`];
    case 'DomainRemoved':
      return [event.data.wasVerified ? 'it was verified' : 'it was not verified'];
    case 'CertificateIssued': {
      const { environment, renewal, notAfterMs } = event.data;
      if (notAfterMs === null) return ['the staging authority issues for it; production is next'];
      return [`${renewal ? 'renewed' : 'obtained'} at ${environment}, valid until ${timeText(notAfterMs)}`];
    }
    case 'CertificateFailed': {
      const { environment, stage, code, message, nextAttemptMs } = event.data;
      return [
        `${code} at ${environment} (${stage}): ${message}`,
        `next attempt at ${timeText(nextAttemptMs)}`,
      ];
    }
    case 'CertProvisioned':
      return [`served by all workers, valid until ${timeText(event.data.notAfterMs)}`];
    case 'CertExpiring':
      return [`served for ${event.data.names.join(', ')}, ends at ${timeText(event.data.notAfterMs)}`];
    default:
      return [];
  }
}
