// cold: runs once per connection
/**
 * Who is to serve a new connection, by its first bytes: an optional PROXY header from a trusted proxy, then what tells the
 * protocol. Worker; pure: reads bytes, keeps nothing, never throws, and no call costs more than a walk over
 * MAX_OPENING_BYTES. The caller gives all bytes from the first on, again whenever there are more.
 *
 *   [PROXY header]  plain listener   HTTP/2 preface | anything else: HTTP/1
 *                   TLS listener     ClientHello | anything else: plain text on a TLS port
 *
 * It decides as early as the bytes allow, and what it said of them stays true whatever follows. A client that sends too
 * little to decide gets MORE for ever: the time limit is the caller's.
 */

import { type ClientHello, HelloOutcome, MAX_HELLO_BYTES, readClientHello } from './client-hello.ts';
import { matchSignature, SignatureMatch, signatureOf } from './octets.ts';
import { MAX_PROXY_HEADER_BYTES, type ProxyHeader, ProxyOutcome, readProxyHeader } from './proxy-header.ts';

/** What the listener and its peer are. */
export interface OpeningExpectation {
  readonly tls: boolean;
  /** The peer is one of `trusted_proxies`: from anyone else a PROXY header is not looked for (section 5 of its document). */
  readonly proxyTrusted: boolean;
  /** HTTP/2 without TLS is served to clients that know it beforehand (RFC 9113 3.3). Means nothing where `tls` is. */
  readonly http2: boolean;
}

export const OpeningKind = {
  /** Everything on a plain listener that is nothing else; the HTTP/1 engine refuses what is no request. */
  HTTP1: 0,
  /** The whole client connection preface is here. */
  HTTP2: 1,
  /** The whole ClientHello is here. */
  TLS: 2,
  /** No TLS on a TLS listener, most likely an HTTP request. */
  PLAIN_ON_TLS: 3,
  /** A broken PROXY header, or TLS that does not begin with a sound ClientHello of acceptable size. */
  MALFORMED: 4,
} as const;
export type OpeningKind = (typeof OpeningKind)[keyof typeof OpeningKind];

export interface Opening {
  readonly kind: OpeningKind;
  /** To be consumed, all `length` bytes of it, before the connection is handed on. Null if there is none. */
  readonly proxy: ProxyHeader | null;
  /** Not null for TLS alone. */
  readonly hello: ClientHello | null;
}

/** Why there is no opening to give. */
export const OpeningOutcome = {
  /** Too few bytes to decide. */
  MORE: 0,
} as const;
export type OpeningOutcome = (typeof OpeningOutcome)[keyof typeof OpeningOutcome];

/** With so many bytes there is never MORE. */
export const MAX_OPENING_BYTES: number = MAX_PROXY_HEADER_BYTES + MAX_HELLO_BYTES;

/** The client connection preface of HTTP/2 (RFC 9113 3.4). */
const PREFACE = signatureOf('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** Reads what `bytes`, the first ones of a connection, open. */
export function readOpening(bytes: Uint8Array, expect: OpeningExpectation): Opening | OpeningOutcome {
  if (!expect.proxyTrusted) return readProtocol(bytes, expect, null);
  const proxy = readProxyHeader(bytes);
  switch (proxy) {
    case ProxyOutcome.MORE:
      return OpeningOutcome.MORE;
    case ProxyOutcome.NONE:
      return readProtocol(bytes, expect, null);
    case ProxyOutcome.MALFORMED:
      return { kind: OpeningKind.MALFORMED, proxy: null, hello: null };
    default:
      return readProtocol(bytes.subarray(proxy.length), expect, proxy);
  }
}

/** `bytes` begin behind the PROXY header, if there is one. */
function readProtocol(
  bytes: Uint8Array,
  expect: OpeningExpectation,
  proxy: ProxyHeader | null,
): Opening | OpeningOutcome {
  if (bytes.length === 0) return OpeningOutcome.MORE;
  if (expect.tls) return readTls(bytes, proxy);
  const preface = expect.http2 ? matchSignature(bytes, PREFACE) : SignatureMatch.NO;
  if (preface === SignatureMatch.PART) return OpeningOutcome.MORE;
  const kind = preface === SignatureMatch.WHOLE ? OpeningKind.HTTP2 : OpeningKind.HTTP1;
  return { kind, proxy, hello: null };
}

function readTls(bytes: Uint8Array, proxy: ProxyHeader | null): Opening | OpeningOutcome {
  const hello = readClientHello(bytes);
  switch (hello) {
    case HelloOutcome.MORE:
      return OpeningOutcome.MORE;
    case HelloOutcome.NOT_TLS:
      return { kind: OpeningKind.PLAIN_ON_TLS, proxy, hello: null };
    case HelloOutcome.MALFORMED:
    case HelloOutcome.TOO_LARGE:
      return { kind: OpeningKind.MALFORMED, proxy, hello: null };
    default:
      return { kind: OpeningKind.TLS, proxy, hello };
  }
}
