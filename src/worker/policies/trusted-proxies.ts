// hot: runs once per request
/**
 * Which peers are believed, and who the client is behind them (contract, "What the upstream gets"). Pure. Made once per snapshot.
 */

import { isIP } from 'node:net';
import { AddressRanges } from '../../kit/address-ranges.ts';

export class TrustedProxies {
  /** Null: nobody. */
  readonly #ranges: AddressRanges | null;

  /** `cidrs` were checked by the validation: `10.0.0.0/8`, `::1/128`, or a single address. */
  constructor(cidrs: readonly string[]) {
    this.#ranges = cidrs.length === 0 ? null : AddressRanges.of(cidrs);
  }

  trusts(address: string): boolean {
    return this.#ranges?.has(address) ?? false;
  }

  /**
   * The client's address: the peer, or, if that is trusted, the last untrusted address of X-Forwarded-For read from the
   * right. An element that is no address ends the search: what stands left of it cannot be believed.
   */
  clientOf(peer: string, forwardedFor: string): string {
    if (!this.trusts(peer)) return peer;
    let client = peer;
    let end = forwardedFor.length;
    while (end > 0) {
      const comma = forwardedFor.lastIndexOf(',', end - 1);
      const address = addressOf(forwardedFor.slice(comma + 1, end));
      if (address === null) return client;
      client = address;
      if (!this.trusts(address)) return client;
      end = comma;
    }
    return client;
  }
}

const MAPPED_V4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** An element of X-Forwarded-For: an address, also with a port or in brackets, as some proxies write it. Null if it is none. */
function addressOf(element: string): string | null {
  let text = element.trim();
  if (text.startsWith('[')) text = text.slice(1, text.indexOf(']') < 0 ? undefined : text.indexOf(']'));
  else if (text.indexOf(':') === text.lastIndexOf(':') && text.includes(':'))
    text = text.slice(0, text.indexOf(':'));
  // A zone means something on one machine only (RFC 6874 1), and would make many clients of one address.
  if (isIP(text) === 0 || text.includes('%')) return null;
  const mapped = MAPPED_V4.exec(text);
  return mapped?.[1] ?? text;
}
