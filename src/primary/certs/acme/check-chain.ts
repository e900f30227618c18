/**
 * What has to hold of a chain before it is stored or served: whoever signed it, a wrong one would be worse than none. Primary thread. Pure.
 */

import { timeText } from '../../../kit/time-text.ts';
import { namesCover } from '../certificate-names.ts';
import { type CertificatePair, makePair } from '../certificate-pair.ts';

export type ChainCheck =
  | { readonly pair: CertificatePair }
  /** `clock_off`: it is good, but not at the time that our clock shows. */
  | { readonly code: 'chain_wrong' | 'clock_off'; readonly message: string };

/** For messages of `makePair`, which speak of files. */
const SOURCES = { certFile: 'the chain', keyFile: 'the order' };
/** A clock that is off by so much troubles nobody. Authorities date back by an hour, as clients' clocks are worse. */
const CLOCK_MS = 5 * 60_000;

/**
 * Parses, the key is that of the first certificate, the names cover the host, it is valid now, and each certificate was issued by the next.
 * `nowMs`: since the epoch.
 */
export function checkChain(chainPem: string, keyPem: string, host: string, nowMs: number): ChainCheck {
  const found: string[] = [];
  const pair = makePair(chainPem, keyPem, SOURCES, (_, message) => found.push(message));
  if (pair === null) return wrong(found.join('; '));
  if (!namesCover(pair.names, host)) return wrong(`its names are ${pair.names.join(', ')}, not ${host}`);
  if (pair.chainRemark !== null) return wrong(pair.chainRemark);
  if (pair.notAfterMs <= pair.notBeforeMs) return wrong('it ends before it begins');
  if (pair.notBeforeMs > nowMs + CLOCK_MS) {
    const message = `the certificate is valid from ${timeText(pair.notBeforeMs)} on, and the clock of this machine shows ${timeText(nowMs)}`;
    return { code: 'clock_off', message };
  }
  if (pair.notAfterMs <= nowMs) {
    const message = `the certificate was valid until ${timeText(pair.notAfterMs)}, and the clock of this machine shows ${timeText(nowMs)}`;
    return { code: 'clock_off', message };
  }
  return { pair };
}

function wrong(message: string): ChainCheck {
  return { code: 'chain_wrong', message };
}
