/**
 * Whom a limit counts an address for. Any thread; pure.
 *
 * An IPv6 address counts by its /64: a customer is given at least one whole (RFC 6177), and a host changes addresses in it at
 * will (RFC 8981), so that a limit on single ones would limit nobody. An IPv4 address counts by itself in all its forms: plain,
 * mapped (::ffff:0:0/96, RFC 4291 2.5.5.2) and translated (64:ff9b::/96, RFC 6052): one /64 of these holds all of IPv4.
 */

import { read, readAddress, V4_BITS, V6_BITS } from './read-address.ts';

const TRANSLATED_WORD = 0x0064ff9b;

/** A key for tables, equal for all addresses of one customer; no text for people. What is no address is its own customer. */
export function customerOf(address: string): string {
  // A zone is a word of this machine for one of its interfaces, not a part of the address (RFC 4007 11).
  const zone = address.indexOf('%');
  const bits = readAddress(zone < 0 ? address : address.slice(0, zone));
  if (bits === V4_BITS) return pair(0);
  if (bits !== V6_BITS) return address;
  // No customer has these /64s: loopback and IPv4-compatible addresses; translated ones.
  const isShared = (read[0] === 0 || read[0] === TRANSLATED_WORD) && read[1] === 0;
  return isShared ? pair(0) + pair(1) + pair(2) + pair(3) : pair(0) + pair(1);
}

/** A word of the address as two characters: what follows hashes characters, and the fewer the better. */
function pair(at: number): string {
  const word = read[at] as number;
  return String.fromCharCode(word >>> 16, word & 0xffff);
}
