/**
 * Decides for every route how it is served over TLS, and which certificate each server name gets. Primary thread. Pure but
 * for the self-signed certificates, which it asks for.
 */

import type { Certificate, TlsMode } from '../../bridge/snapshot/model.ts';
import type { Problem } from '../../kit/problem.ts';
import type { ConfigDraft, RouteDraft } from '../draft.ts';

export interface TlsPlan {
  readonly opensHttps: boolean;
  /** One a route. */
  readonly modes: readonly TlsMode[];
  /** Without the default. */
  readonly certificates: readonly Certificate[];
  /** Server name to index into `certificates`. */
  readonly serverNames: ReadonlyMap<string, number>;
  /** Null where no https listener opens. */
  readonly defaultCertificate: Certificate | null;
}

export interface SelfSignedSource {
  certificateFor(host: string): Promise<Certificate>;
  defaultCertificate(): Promise<Certificate>;
}

export interface TlsPlanResult {
  /** Null where there are problems. */
  readonly plan: TlsPlan | null;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** `own`: the loaded certificates of the file, in its order. */
export async function planTls(
  draft: ConfigDraft,
  own: readonly Certificate[],
  selfSigned: SelfSignedSource,
): Promise<TlsPlanResult> {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const names = new Map<string, number>();
  const certificates: Certificate[] = [...own];
  own.forEach((certificate, index) => {
    for (const host of certificate.hosts) takeName(names, own, host, index, warnings);
  });

  const httpsIsOff = draft.listen.https.length === 0;
  const modes = draft.routes.map((route, index) => {
    const mode = modeOf(route, names, httpsIsOff);
    const problem = checkMode(route, index, mode, names, own.length, httpsIsOff);
    if (problem !== null) problems.push(problem);
    const uncovered = mode === 'manual' ? checkRedirectFrom(route, index, names) : null;
    if (uncovered !== null) (route.tls === 'manual' ? problems : warnings).push(uncovered);
    if (mode === 'off' && route.hsts !== null && draft.trustedProxies.length === 0)
      warnings.push(hstsInVain(route, index));
    return mode;
  });

  const wanted = draft.routes.flatMap(({ hosts, redirectFrom }, index) =>
    modes[index] === 'self_signed' ? [...hosts, ...redirectFrom] : [],
  );
  for (const host of new Set(wanted)) {
    if (names.has(host)) continue;
    names.set(host, certificates.length);
    certificates.push(await selfSigned.certificateFor(host));
  }

  const opensHttps =
    !httpsIsOff && (draft.listen.httpsExplicit || own.length > 0 || modes.some((mode) => mode !== 'off'));
  const defaultCertificate = opensHttps ? await selfSigned.defaultCertificate() : null;
  if (problems.length > 0) return { plan: null, problems, warnings };
  const plan = { opensHttps, modes, certificates, serverNames: names, defaultCertificate };
  return { plan, problems, warnings };
}

/** Of two own certificates for a name the one that expires later is served: the other is most likely its predecessor. */
function takeName(
  names: Map<string, number>,
  own: readonly Certificate[],
  host: string,
  index: number,
  warnings: Problem[],
): void {
  const other = names.get(host);
  const mine = own[index] as Certificate;
  const theirs = other === undefined ? undefined : own[other];
  if (theirs === undefined) {
    names.set(host, index);
    return;
  }
  if (mine.notAfterMs > theirs.notAfterMs) names.set(host, index);
  warnings.push({
    code: 'CERT_DUPLICATE',
    path: `certificates[${index}]`,
    message: `${host} has a certificate already (line ${theirs.origin.line}); the one that expires later is served`,
    origin: mine.origin,
  });
}

function modeOf(route: RouteDraft, names: ReadonlyMap<string, number>, httpsIsOff: boolean): TlsMode {
  if (route.tls !== 'default') return route.tls;
  if (httpsIsOff || names.size === 0 || route.hosts.length === 0) return 'off';
  return route.hosts.every((host) => isCovered(host, names)) ? 'manual' : 'off';
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

/** By its own name or by a wildcard of exactly one label. */
function isCovered(host: string, names: ReadonlyMap<string, number>): boolean {
  if (names.has(host)) return true;
  const dot = host.indexOf('.');
  return dot > 0 && names.has(`*${host.slice(dot)}`);
}
