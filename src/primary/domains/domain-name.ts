/** The domain that proves a host, and the record that proves the domain. Pure. */

import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { normalizeHost } from '../../kit/host.ts';

const RECORD_LABEL = '_penstock-challenge';
const VALUE_NAME = 'penstock-verification';
const MAX_LABEL_LENGTH = 63;
/** What the store takes as a part of a key. Of the 253 characters that DNS allows (RFC 1035 2.3.4) the label of the record takes 20. */
const MAX_DOMAIN_LENGTH = 200;

/** In lower case and ASCII; `*.name` is proved by `name`. Null where it is no host name that DNS could have. */
export function domainOf(host: string): string | null {
  const written = host.startsWith('*.') ? host.slice(2) : host;
  if (/[:/@]/.test(written)) return null;
  const name = normalizeHost(domainToASCII(written));
  if (name === null || name === '' || isIP(name) !== 0) return null;
  return name.length <= MAX_DOMAIN_LENGTH && name.split('.').every(isSoundLabel) ? name : null;
}

function isSoundLabel(label: string): boolean {
  return label !== '' && label.length <= MAX_LABEL_LENGTH && !label.startsWith('-') && !label.endsWith('-');
}

/** Of the TXT record. */
export function recordName(domain: string): string {
  return `${RECORD_LABEL}.${domain}`;
}

export function recordValue(token: string): string {
  return `${VALUE_NAME}=${token}`;
}
