/**
 * Decides for every route how it is served over TLS, and which names are to get automatic certificates. Primary thread; pure. Depends on the
 * configuration and its own certificates alone: a certificate that an authority gives later changes none of it.
 */

import type { Certificate, TlsMode } from '../../bridge/snapshot/model.ts';
import { type Issuing, whyNotIssued } from '../../kit/issuable-name.ts';
import type { Problem } from '../../kit/problem.ts';
import type { ConfigDraft, RouteDraft } from '../draft.ts';
import { issuing } from '../issuing.ts';
import { isCovered, ownNames } from './own-names.ts';

export interface TlsModes {
  readonly opensHttps: boolean;
  /** One a route. */
  readonly modes: readonly TlsMode[];
  /** Server name to index into the own certificates. */
  readonly ownNames: ReadonlyMap<string, number>;
  /** One a route: those of its names that automatic certificates are to be obtained for. */
  readonly wanted: readonly (readonly string[])[];
}

export interface TlsModesResult {
  /** Null where there are problems. */
  readonly modes: TlsModes | null;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

const NONE: readonly string[] = Object.freeze([]);

/** `own`: the loaded certificates of the file, in its order. */
export function tlsModes(draft: ConfigDraft, own: readonly Certificate[]): TlsModesResult {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const names = ownNames(own, warnings);
  const httpsIsOff = draft.listen.https.length === 0;
  const by = draft.acme === null || httpsIsOff ? null : issuing(draft.acme);

  const modes = draft.routes.map((route, index) => {
    const mode = modeOf(route, names, by, httpsIsOff);
    const problem = checkMode(route, index, mode, names, own.length, httpsIsOff);
    if (problem !== null) problems.push(problem);
    const uncovered = mode === 'manual' ? checkRedirectFrom(route, index, names) : null;
    if (uncovered !== null) (route.tls === 'manual' ? problems : warnings).push(uncovered);
    const wildcard = by === null ? null : checkWildcards(route, index, names, by);
    if (wildcard !== null) warnings.push(wildcard);
    if (mode === 'off' && route.hsts !== null && draft.trustedProxies.length === 0)
      warnings.push(hstsInVain(route, index));
    return mode;
  });
  if (problems.length > 0) return { modes: null, problems, warnings };

  const wanted = draft.routes.map(({ hosts, redirectFrom }, index) =>
    modes[index] !== 'auto' || by === null
      ? NONE
      : [...hosts, ...redirectFrom].filter(
          (host) => !isCovered(host, names) && whyNotIssued(host, by) === null,
        ),
  );
  const opensHttps =
    !httpsIsOff && (draft.listen.httpsExplicit || own.length > 0 || modes.some((mode) => mode !== 'off'));
  return { modes: { opensHttps, modes, ownNames: names, wanted }, problems, warnings };
}

/** `by`: null where no certificates are obtained. */
function modeOf(
  route: RouteDraft,
  names: ReadonlyMap<string, number>,
  by: Issuing | null,
  httpsIsOff: boolean,
): TlsMode {
  if (route.tls !== 'default') return route.tls;
  if (httpsIsOff || route.hosts.length === 0) return 'off';
  const uncovered = route.hosts.filter((host) => !isCovered(host, names));
  if (uncovered.length === 0) return 'manual';
  return by !== null && uncovered.some((host) => whyNotIssued(host, by) === null) ? 'auto' : 'off';
}

function checkMode(
  route: RouteDraft,
  index: number,
  mode: TlsMode,
  names: ReadonlyMap<string, number>,
  ownCount: number,
  httpsIsOff: boolean,
): Problem | null {
  if (mode === 'off') return null;
  const problem = (code: string, message: string): Problem => ({
    code,
    path: `routes[${index}].tls`,
    message,
    origin: route.origin,
  });
  if (httpsIsOff)
    return problem('CONFLICT', `route "${route.name}" wants tls: ${mode}, but listen.https is off`);
  if (mode !== 'manual') return null;
  const uncovered = route.hosts.find((host) => !isCovered(host, names));
  if (uncovered !== undefined) {
    return problem(
      'CERT_MISSING',
      `route "${route.name}" has tls: manual, but no entry of certificates: covers ${uncovered}; add one, or use tls: self_signed`,
    );
  }
  if (route.hosts.length === 0 && ownCount === 0) {
    return problem(
      'CERT_MISSING',
      `route "${route.name}" has tls: manual, but there is no certificates: section`,
    );
  }
  return null;
}

/** A name that is redirected is asked for by HTTPS as well, whatever certificate the route's own host has. */
function checkRedirectFrom(
  { name, redirectFrom, origin }: RouteDraft,
  index: number,
  names: ReadonlyMap<string, number>,
): Problem | null {
  const uncovered = redirectFrom.find((host) => !isCovered(host, names));
  if (uncovered === undefined) return null;
  return {
    code: 'CERT_MISSING',
    path: `routes[${index}].redirect_from`,
    message: `route "${name}" redirects ${uncovered}, but no entry of certificates: covers it, so that clients that come by HTTPS are warned instead; add one`,
    origin,
  };
}

function hstsInVain({ name, origin }: RouteDraft, index: number): Problem {
  return {
    code: 'CONFLICT',
    path: `routes[${index}].hsts`,
    message: `route "${name}" has hsts, which is sent over TLS alone, but it is served without TLS and no trusted_proxies could end it`,
    origin,
  };
}

/** A wildcard that nothing covers and that cannot be obtained leaves its route without TLS, where it does not say so itself. */
function checkWildcards(
  { name, tls, hosts, origin }: RouteDraft,
  index: number,
  names: ReadonlyMap<string, number>,
  by: Issuing,
): Problem | null {
  const wildcard =
    tls === 'default' ? hosts.find((host) => host.startsWith('*.') && !isCovered(host, names)) : undefined;
  const reason = wildcard === undefined ? null : whyNotIssued(wildcard, by);
  if (reason === null) return null;
  return {
    code: 'CERT_MISSING',
    path: `routes[${index}].host`,
    message: `route "${name}" is served without TLS for ${wildcard}: ${reason}; or say tls: off`,
    origin,
  };
}
