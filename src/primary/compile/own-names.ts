/** Which server names the own certificates are served for. Primary thread; pure. */

import type { Certificate } from '../../bridge/snapshot/model.ts';
import type { Problem } from '../../kit/problem.ts';

/** Server name to index into `own`; names that two of them have become warnings. */
export function ownNames(own: readonly Certificate[], warnings: Problem[]): ReadonlyMap<string, number> {
  const names = new Map<string, number>();
  own.forEach((certificate, index) => {
    for (const host of certificate.hosts) takeName(names, own, host, index, warnings);
  });
  return names;
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

/** By its own name or by a wildcard of exactly one label. */
export function isCovered(host: string, names: ReadonlyMap<string, unknown>): boolean {
  if (names.has(host)) return true;
  const dot = host.indexOf('.');
  return dot > 0 && names.has(`*${host.slice(dot)}`);
}
