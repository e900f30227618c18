/**
 * From a problem document of an authority to a cause. Primary thread; pure. The last word of its type (RFC 8555 section 6.7) decides; words only
 * where one type stands for several causes. Let's Encrypt puts the address that it asked at before its words ("192.0.2.1: Fetching …").
 */

import { isIP } from 'node:net';
import { type AcmeProblem, problemText } from '../authority-error.ts';
import type { Cause, CauseStage } from './cause.ts';
import { causeOf, causeSaying } from './causes.ts';
import { retryTimeIn } from './limit-words.ts';
import { isPublicAddress } from './own-addresses.ts';
import { quote } from './quote.ts';

export interface Refusal {
  readonly host: string;
  /** What it is called in messages. */
  readonly authority: string;
  readonly stage: CauseStage;
  /** Of the answer that brought it; 0: none did. */
  readonly status: number;
  /** `Retry-After`, as milliseconds since the epoch. */
  readonly untilMs: number | null;
  readonly publicAddresses: readonly string[];
}

export function problemCause(refusal: Refusal, whole: AcmeProblem): Cause {
  const problem = partAbout(whole, refusal.host);
  const { authority, host, stage, untilMs } = refusal;
  const said = quote(problemText(problem));
  switch (lastWord(problem.type)) {
    case 'rateLimited':
      return limitCause(refusal, problem);
    case 'rejectedIdentifier':
    case 'unsupportedIdentifier':
      return causeOf('unsupported_name', { host, said }, stage);
    case 'caa':
      return causeOf('caa_forbids', { host, domain: caaDomain(problem.detail), said, identities: [] }, stage);
    case 'dns':
      return dnsCause(refusal, problem.detail);
    case 'connection':
    case 'tls':
    case 'incorrectResponse':
      return validationCause(refusal, problem);
    case 'unauthorized':
      return stage === 'challenge' ? validationCause(refusal, problem) : accountCause(refusal, problem);
    case 'externalAccountRequired':
      return causeOf('eab_required', { authority }, stage);
    case 'accountDoesNotExist':
      return causeOf('account_refused', { authority, said }, stage);
    case 'userActionRequired':
    case 'agreementRequired':
      return causeOf(
        'terms',
        { authority, said, url: linkIn(problem.instance) || linkIn(problem.detail) },
        stage,
      );
    case 'invalidContact':
    case 'unsupportedContact':
    case 'invalidEmail':
      return causeOf('contact_refused', { authority, said }, stage);
    case 'badCSR':
    case 'badPublicKey':
    case 'badSignatureAlgorithm':
      return causeOf('csr_refused', { authority, said }, stage);
    case 'malformed':
      return malformedCause(refusal, problem);
    case 'serverInternal':
    case 'badNonce':
    case 'orderNotReady':
      return failingCause(refusal, said);
    default:
      if (refusal.status === 429) return limitCause(refusal, problem);
      return refusal.status >= 500
        ? failingCause(refusal, said)
        : causeSaying('unknown', said, stage, untilMs);
  }
}

/** Of several refusals in one, that of the name. An authority may sum them up as "compound", and give the whole another type than the part. */
function partAbout(whole: AcmeProblem, host: string): AcmeProblem {
  const typed = whole.subproblems.filter(({ type }) => type !== '');
  return typed.find(({ identifier }) => identifier === host) ?? typed[0] ?? whole;
}

/** `urn:ietf:params:acme:error:caa` → `caa`. */
function lastWord(type: string): string {
  return /^urn:(?:ietf:params:)?acme:error:(\w+)$/.exec(type)?.[1] ?? '';
}

function limitCause({ host, authority, stage, untilMs }: Refusal, problem: AcmeProblem): Cause {
  // The pause after failures in a row (Boulder) names no time, since none ends it, but the place where a person does.
  if (/temporarily prevented|\bpaused\b/i.test(problem.detail))
    return causeOf('paused', { host, authority, url: linkIn(problem.detail) }, stage);
  const until = untilMs ?? retryTimeIn(problem.detail);
  return causeOf(
    'rate_limited',
    { host, authority, said: quote(problemText(problem)), untilMs: until },
    stage,
  );
}

/** `serverInternal` comes with 503 while the authority is closed for maintenance. */
function failingCause({ authority, stage, status, untilMs }: Refusal, said: string): Cause {
  const code = status === 503 ? 'authority_down' : 'authority_error';
  return causeSaying(code, causeOf(code, { authority, said }).message, stage, untilMs);
}

function malformedCause(refusal: Refusal, problem: AcmeProblem): Cause {
  const { host, stage } = refusal;
  if (stage === 'challenge') return validationCause(refusal, problem);
  const said = quote(problemText(problem));
  if (isAboutBinding(problem.detail))
    return causeOf('eab_wrong', { authority: refusal.authority, said }, stage);
  if (stage === 'order' && /\b(?:DNS|domain) names?\b|\bidentifiers?\b|public suffix/i.test(problem.detail))
    return causeOf('unsupported_name', { host, said }, stage);
  return failingCause(refusal, said);
}

/** Outside of a validation, `unauthorized` is about the account: deactivated, revoked, another's; or about its external binding. */
function accountCause({ authority, stage }: Refusal, problem: AcmeProblem): Cause {
  const said = quote(problemText(problem));
  return causeOf(
    isAboutBinding(problem.detail) ? 'eab_wrong' : 'account_refused',
    { authority, said },
    stage,
  );
}

function isAboutBinding(detail: string): boolean {
  return /external\s?account|\bEAB\b|\bbinding\b|\bhmac\b|field 'kid'/i.test(detail);
}

function dnsCause({ host, stage }: Refusal, detail: string): Cause {
  const said = quote(detail);
  const isNone = /NXDOMAIN|no valid (?:A|AAAA|IP)|no such host/i.test(detail);
  if (/looking up TXT|_acme-challenge/i.test(detail))
    return isNone
      ? causeOf('dns_propagation', { said }, stage)
      : causeOf('dns_failure', { host, said }, stage);
  if (isNone && !/looking up CAA/i.test(detail)) return causeOf('no_address', { host, said }, stage);
  return causeOf('dns_failure', { host, said }, stage);
}

/** The authority has looked for the answer to a challenge and did not find it. */
function validationCause(refusal: Refusal, problem: AcmeProblem): Cause {
  const { host, stage, publicAddresses: ours } = refusal;
  const { detail } = problem;
  const type = lastWord(problem.type);
  const said = quote(detail);
  // Of a page that came instead of the answer, the words say nothing.
  const isPage = type !== 'connection' && /https?:\/\//i.test(detail);
  if (!isPage && /\bTXT\b|_acme-challenge|DNS challenge/i.test(detail))
    return /incorrect|correct value not found/i.test(detail)
      ? causeOf('dns_record_wrong', { host, said }, stage)
      : causeOf('dns_propagation', { said }, stage);
  // Pebble has no problem of the type "dns".
  if (!isPage && /could not resolve|no such host/i.test(detail))
    return causeOf('no_address', { host, said }, stage);
  const address = addressIn(detail);
  // An authority that looks at a private address is within the network: what is public there is nobody's guess.
  if (address !== '' && isPublicAddress(address) && ours.length > 0 && !ours.includes(address))
    return causeOf('resolves_elsewhere', { host, seen: [address], ours, said }, stage);
  const target = /https:\/\/\S+?(?=:?\s|["']|$)/.exec(detail)?.[0] ?? '';
  if (type === 'tls' || (type === 'connection' && (target !== '' || /redirect/i.test(detail))))
    return causeOf('tls_redirect_broken', { host, to: quote(target) || 'another place', said }, stage);
  const findings = [{ address: address || 'the authority', said }];
  const isReached =
    type !== 'connection' ||
    /after connect|getting validation data|speaking HTTP|malformed HTTP|EOF/i.test(detail);
  return causeOf(isReached ? 'wrong_answer' : 'port_80_unreachable', { host, findings }, stage);
}

/** The address that the authority asked at, or empty: "192.0.2.1: …", "… [192.0.2.1]: …", "… dial tcp 192.0.2.1:80: …". */
function addressIn(detail: string): string {
  const first = detail.split(': ', 4).find((part) => isIP(part) !== 0);
  if (first !== undefined) return first;
  for (const [, found = ''] of detail.matchAll(/(?:\[|dial tcp \[?)([0-9a-fA-F:.]{3,45}?)(?:\]|:\d+:)/g))
    if (isIP(found) !== 0) return found;
  return '';
}

/** "CAA record for example.com prevents issuance", "While processing CAA for a.example.com: …". */
function caaDomain(detail: string): string {
  return /CAA records? for (?:\*\.)?([a-z0-9._-]+)/i.exec(detail)?.[1] ?? '';
}

/** The first link, cut from what may follow it. As long as it is: a shortened one leads nowhere. */
function linkIn(text: string): string {
  const [link = ''] = /https:\/\/[\x21\x23-\x26\x28-\x3b\x3d\x3f-\x7e]+/.exec(text) ?? [];
  return link.replace(/[.,;:)]+$/, '');
}
