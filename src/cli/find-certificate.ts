/** What a running penstock has for the host that `penstock certs` names. Pure. */

import { domainToASCII } from 'node:url';
import { nearestName } from '../kit/nearest.ts';
import type { CertificatesAnswer } from '../primary/admin/certificate-endpoints.ts';

export interface FoundCertificate {
  readonly automatic: CertificatesAnswer['automatic'][number] | undefined;
  readonly served: CertificatesAnswer['certificates'][number] | undefined;
}

/** As penstock has hosts: lower case, ASCII, without a last dot. What is none stays as it is, and is found nowhere. */
export function hostOf(written: string): string {
  const star = written.startsWith('*.') ? '*.' : '';
  const name = domainToASCII(written.slice(star.length));
  return name === '' ? written : star + name.replace(/\.$/, '');
}

/** For a host or for the wildcard that serves it; a string: why there is nothing, and what to do. */
export function findCertificate(answer: CertificatesAnswer, host: string): FoundCertificate | string {
  const { automatic: statuses } = answer;
  // The one for any other name has no host.
  const rows = answer.certificates.filter((row) => row.host !== '');
  const wildcard = host.replace(/^[^.]+/, '*');
  for (const name of [host, wildcard]) {
    const automatic = statuses.find((status) => status.host === name);
    const served = rows.find((row) => row.host === name);
    if (automatic !== undefined || served !== undefined) return { automatic, served };
  }
  const known = [...statuses, ...rows].map((one) => one.host);
  const nearest = nearestName(host, known);
  return `no route and no certificate of this penstock is for ${host}; ${
    nearest === undefined ? 'see them all with: penstock certs' : `did you mean ${nearest}?`
  }`;
}
