/**
 * Whether the CAA records of a domain let an authority issue (RFC 8659), for this account and by this challenge (RFC 8657). Primary thread; pure.
 * In doubt it says yes: the authority looks for itself.
 */

import type { CaaRecord, CaaSet } from '../../../dns/dns-client.ts';

export interface CaaQuestion {
  /** As it will stand in the certificate, a wildcard with its star. */
  readonly host: string;
  /** Names of the authority (`caaIdentities` of its directory); none: it does not tell. */
  readonly identities: readonly string[];
  /** URL of the account; empty: not known. */
  readonly account: string;
  readonly challenge: 'http-01' | 'dns-01';
}

/** An `issue` or `issuewild` value: an issuer domain (empty: nobody) and parameters (RFC 8659 section 4.2). */
interface Permission {
  readonly issuer: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Tags that say nothing about this certificate, whoever marks them critical (RFC 8659, 9495; CA/Browser Forum). */
const OTHER_TAGS = ['iodef', 'issuemail', 'issuevmc', 'contactemail', 'contactphone'];

/** Why it may not issue, in words; null: it may. */
export function caaObjection({ records }: CaaSet, question: CaaQuestion): string | null {
  const unknown = records.find(
    ({ tag, critical }) => critical && tag !== 'issue' && tag !== 'issuewild' && !OTHER_TAGS.includes(tag),
  );
  if (unknown !== undefined) return `a critical record has the unknown tag "${unknown.tag}"`;
  const relevant = relevantRecords(records, question.host);
  if (relevant.length === 0) return null;
  const ours = relevant
    .map(({ value }) => permissionOf(value))
    .filter(({ issuer }) => isOurs(issuer, question.identities));
  if (ours.length === 0) return `they say ${relevant.map(recordText).join(', ')}`;
  const objections = ours.map((permission) => parameterObjection(permission, question));
  return objections.includes(null) ? null : (objections[0] ?? null);
}

/** For a wildcard `issuewild` alone counts, if there is any; for other names it does not (RFC 8659 section 4.3). */
function relevantRecords(records: readonly CaaRecord[], host: string): readonly CaaRecord[] {
  const wild = records.filter(({ tag }) => tag === 'issuewild');
  return host.startsWith('*.') && wild.length > 0 ? wild : records.filter(({ tag }) => tag === 'issue');
}

/** An authority that does not say who it is may be any that is named. */
function isOurs(issuer: string, identities: readonly string[]): boolean {
  if (issuer === '') return false;
  return identities.length === 0 || identities.some((identity) => identity.toLowerCase() === issuer);
}

function permissionOf(value: string): Permission {
  const [issuer = '', ...parameters] = value.split(';').map((part) => part.trim());
  return {
    issuer: issuer.toLowerCase().replace(/\.$/, ''),
    parameters: new Map(
      parameters
        .map((parameter) => parameter.split('='))
        .map(([tag = '', ...rest]) => [tag.trim().toLowerCase(), rest.join('=').trim()]),
    ),
  };
}

/** RFC 8657 sections 3 and 4. */
function parameterObjection({ parameters }: Permission, { account, challenge }: CaaQuestion): string | null {
  const uri = parameters.get('accounturi');
  if (uri !== undefined && account !== '' && uri !== account)
    return `they name the account ${uri}, and penstock has ${account}`;
  const methods = parameters.get('validationmethods');
  if (methods !== undefined && !methods.split(',').some((method) => method.trim() === challenge))
    return `they allow the challenges ${methods}, and acme.challenge is ${challenge}`;
  return null;
}

function recordText({ critical, tag, value }: CaaRecord): string {
  return `${critical ? 128 : 0} ${tag} "${value}"`;
}
