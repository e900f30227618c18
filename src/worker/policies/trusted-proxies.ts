// hot: runs once per request
/**
 * Which peers are believed, and who the client is behind them (contract, "What the upstream gets"). Pure but for a bounded
 * memory of answers. Made once per snapshot.
 */

import { BlockList, isIP } from 'node:net';

const MAX_REMEMBERED = 4096;

export class TrustedProxies {
  readonly #list: BlockList | null;
  readonly #answers = new Map<string, boolean>();

  /** `cidrs` were checked by the validation: `10.0.0.0/8`, `::1/128`, or a single address. */
  constructor(cidrs: readonly string[]) {
    if (cidrs.length === 0) {
      this.#list = null;
      return;
    }
    this.#list = new BlockList();
    for (const cidr of cidrs) addCidr(this.#list, cidr);
  }

  trusts(address: string): boolean {
    if (this.#list === null) return false;
    const known = this.#answers.get(address);
    if (known !== undefined) return known;
    const version = isIP(address);
    const answer = version !== 0 && this.#list.check(address, version === 4 ? 'ipv4' : 'ipv6');
    if (this.#answers.size >= MAX_REMEMBERED) this.#answers.clear();
    this.#answers.set(address, answer);
    return answer;
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

function addCidr(list: BlockList, cidr: string): void {
  const slash = cidr.lastIndexOf('/');
  const address = slash < 0 ? cidr : cidr.slice(0, slash);
  const type = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (slash < 0) list.addAddress(address, type);
  else list.addSubnet(address, Number(cidr.slice(slash + 1)), type);
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
