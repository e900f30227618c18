/**
 * What the answers of all addresses of a name come to. Primary thread; pure.
 *
 * That nothing answers is never certain: many a machine cannot reach itself by its public address (hairpin NAT), or has no IPv6. What answers and is
 * not ours is certain where nothing can stand in between: at an address of this machine, or seen from a machine with a public address of that kind.
 * Behind address translation it may be the router that answered in the name's place, so it is a warning there.
 */

import { isIPv6 } from 'node:net';
import type { AddressFinding, Cause } from './cause.ts';
import { causeOf } from './causes.ts';
import { isPublicAddress } from './own-addresses.ts';
import type { ProbeOutcome } from './probe.ts';

export interface ProbedAddress {
  readonly address: string;
  readonly outcome: ProbeOutcome;
}

export interface Judgement {
  /** Why no order is placed; null: there is no reason, or none that is certain. */
  readonly stop: Cause | null;
  /** What may be wrong. */
  readonly warnings: readonly Cause[];
}

/** `own`: all addresses of this machine. */
export function judgeProbes(
  host: string,
  probed: readonly ProbedAddress[],
  own: readonly string[],
): Judgement {
  const foreign = probed.filter(({ outcome }) => outcome.kind === 'wrong' || outcome.kind === 'redirect');
  // What is certain first: it is what the cause is to name.
  const certain = foreign.filter(({ address }) => isCertain(address, own));
  const found = foreignCause(host, certain.length > 0 ? certain : foreign, probed, own);
  if (found !== null)
    return certain.length > 0 ? { stop: found, warnings: [] } : { stop: null, warnings: [found] };
  const silent = silentCause(host, probed);
  return { stop: null, warnings: silent === null ? [] : [silent] };
}

function foreignCause(
  host: string,
  foreign: readonly ProbedAddress[],
  probed: readonly ProbedAddress[],
  own: readonly string[],
): Cause | null {
  const [first] = foreign;
  if (first === undefined) return null;
  const { outcome } = first;
  if (outcome.kind === 'redirect')
    return causeOf('tls_redirect_broken', { host, to: outcome.to, said: outcome.said }, 'before_order');
  const findings = findingsOf(foreign, 'wrong');
  const seen = probed.map(({ address }) => address);
  const ours = own.filter(isPublicAddress);
  const isElsewhere =
    ours.length > 0 &&
    !probed.some(({ address, outcome: { kind } }) => kind === 'ours' || own.includes(address));
  if (!isElsewhere || seen.some(isLoopback))
    return causeOf('wrong_answer', { host, findings }, 'before_order');
  const said = findings.map((finding) => `${finding.address}: ${finding.said}`).join('; ');
  return causeOf('resolves_elsewhere', { host, seen, ours, said }, 'before_order');
}

function silentCause(host: string, probed: readonly ProbedAddress[]): Cause | null {
  const findings = findingsOf(probed, 'unreachable');
  if (findings.length === 0) return null;
  const answering = probed.filter(({ outcome }) => outcome.kind === 'ours').map(({ address }) => address);
  return answering.length === 0
    ? causeOf('port_80_unreachable', { host, findings }, 'before_order')
    : causeOf('address_not_answering', { host, findings, answering }, 'before_order');
}

function findingsOf(
  probed: readonly ProbedAddress[],
  kind: 'wrong' | 'unreachable',
): readonly AddressFinding[] {
  return probed.flatMap(({ address, outcome }) =>
    outcome.kind === kind ? [{ address, said: outcome.said }] : [],
  );
}

function isCertain(address: string, own: readonly string[]): boolean {
  if (own.includes(address) || isLoopback(address)) return true;
  return own.some((mine) => isPublicAddress(mine) && isIPv6(mine) === isIPv6(address));
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
