/**
 * What the ledger calls its books in the store, and the buckets and waits in them: by account, registered domain, set of names and name, as Let's
 * Encrypt counts. Primary thread; pure. Names are lower case.
 */

import { createHash } from 'node:crypto';
import { getDomain } from 'tldts';
import { directoryId } from '../directory-id.ts';
import type { BudgetRequest, WaitScope } from './budget.ts';

/** Registered domains of names, sorted: one below a public suffix, private ones such as github.io among them, as Let's Encrypt counts. */
export function domainsOf(names: readonly string[]): readonly string[] {
  return [...new Set(names.map(domainOf))].sort();
}

/** A name without a registered domain (a public suffix, a private name) counts for itself. */
function domainOf(name: string): string {
  const host = withoutStar(name);
  return (
    getDomain(host, { allowPrivateDomains: true, extractHostname: false, validateHostname: false }) ?? host
  );
}

/** Those of the names whose registered domain this is. */
export function namesIn(names: readonly string[], domain: string): readonly string[] {
  return names.filter((name) => domainOf(name) === domain);
}

export function setBucket(names: readonly string[]): string {
  return `set ${[...new Set(names)].sort().join(',')}`;
}

/** A wildcard is validated as the name below its star. */
export function failureBucket({ account }: BudgetRequest, name: string): string {
  return `failures ${shortHash(account)} ${withoutStar(name)}`;
}

export function inARowBucket({ account }: BudgetRequest, name: string): string {
  return `failures in a row ${shortHash(account)} ${withoutStar(name)}`;
}

export function waitOf(scope: WaitScope, request: BudgetRequest): string {
  if (scope === 'host') return `host ${request.host}`;
  return scope === 'set' ? setBucket(request.names) : scope;
}

export function accountKey({ authority, account }: BudgetRequest): string {
  return `budget/${directoryId(authority)}/account/${shortHash(account)}`;
}

export function domainKey({ authority }: BudgetRequest, domain: string): string {
  return `budget/${directoryId(authority)}/domain/${domain}`;
}

export function registrationsKey(authority: string): string {
  return `budget/${directoryId(authority)}/registrations`;
}

function withoutStar(name: string): string {
  return name.startsWith('*.') ? name.slice(2) : name;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
