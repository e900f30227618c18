/**
 * Which certificate each server name gets, and which names of routes with automatic certificates still have none. Primary thread. Pure but for the
 * self-signed certificates, which it asks for. Runs again, without the configuration being read, when an automatic certificate came.
 *
 * Of several certificates for one name the own one wins, whatever the dates: it was configured explicitly. It covers names exactly or
 * by a wildcard of one label, and none is obtained for what it covers.
 */

import type { Certificate, TlsMode } from '../../bridge/snapshot/model.ts';
import type { RouteDraft } from '../draft.ts';
import { isCovered } from './own-names.ts';
import type { TlsModes } from './tls-modes.ts';

export interface TlsPlan {
  readonly opensHttps: boolean;
  /** One a route. */
  readonly modes: readonly TlsMode[];
  /** One a route: those of its hosts that wait for their automatic certificate, and are served over plain HTTP until then. */
  readonly plainHosts: readonly (readonly string[])[];
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

/** Where certificates come from. */
export interface CertificateSources {
  /** The loaded certificates of the file, in its order. */
  readonly own: readonly Certificate[];
  /** What an authority gave, by server name; also for names that nobody wants any more. Expired ones are served until they are replaced. */
  readonly automatic: ReadonlyMap<string, Certificate>;
  readonly selfSigned: SelfSignedSource;
}

const NONE: readonly string[] = Object.freeze([]);

/** `modes`: of these routes and the own certificates. */
export async function planTls(
  routes: readonly RouteDraft[],
  { opensHttps, modes, ownNames, wanted }: TlsModes,
  { own, automatic, selfSigned }: CertificateSources,
): Promise<TlsPlan> {
  const certificates: Certificate[] = [...own];
  const names = new Map(ownNames);
  for (const host of new Set(wanted.flat())) {
    const certificate = automatic.get(host);
    if (certificate !== undefined) names.set(host, certificates.push(certificate) - 1);
  }
  // Before self-signed ones join: nobody is to be sent to a certificate that no client trusts.
  const plainHosts = routes.map(({ hosts }, index) =>
    modes[index] === 'auto' ? hosts.filter((host) => !isCovered(host, names)) : NONE,
  );
  const signed = routes.flatMap(({ hosts, redirectFrom }, index) =>
    modes[index] === 'self_signed' ? [...hosts, ...redirectFrom] : [],
  );
  for (const host of new Set(signed)) {
    if (names.has(host)) continue;
    names.set(host, certificates.length);
    certificates.push(await selfSigned.certificateFor(host));
  }
  const defaultCertificate = opensHttps ? await selfSigned.defaultCertificate() : null;
  return { opensHttps, modes, plainHosts, certificates, serverNames: names, defaultCertificate };
}
