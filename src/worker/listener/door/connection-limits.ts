// cold: runs once per connection
/**
 * Limits of connections at the door, per listener and per client address, over all workers of the process. Worker. What is
 * counted under which key is decided here; the counting itself is the table's.
 *
 * An IPv6 address counts by its /64: a customer is given at least one whole (RFC 6177), and a host changes addresses in it at
 * will (RFC 8981), so that a limit on single ones would limit nobody. An IPv4 address counts by itself in all its forms: plain,
 * mapped (::ffff:0:0/96, RFC 4291 2.5.5.2) and translated (64:ff9b::/96, RFC 6052): one /64 of these holds all of IPv4.
 */

import { type ConnectionTable, UNCOUNTED } from '../../../bridge/memory/connection-table.ts';

const GROUPS = 8;
const PREFIX_GROUPS = 4;
const ZEROS: readonly string[] = Object.freeze(new Array<string>(GROUPS).fill('0'));
/** No customer has these /64s: loopback, IPv4-mapped and IPv4-compatible addresses; translated ones. */
const SHARED_PREFIXES: readonly string[] = Object.freeze(['0:0:0:0', '64:ff9b:0:0']);

export class ConnectionLimits {
  readonly #table: ConnectionTable;

  constructor(table: ConnectionTable) {
    this.#table = table;
  }

  /** A slot for `leave`, REFUSED or UNCOUNTED. `limit` 0: there is none. */
  enterListener(id: string, limit: number): number {
    return limit === 0 ? UNCOUNTED : this.#table.enter(`listener ${id}`, limit);
  }

  /** A slot for `leave`, REFUSED or UNCOUNTED. `peer`: the address as text. `limit` 0: there is none. */
  enterAddress(peer: string, limit: number): number {
    return limit === 0 ? UNCOUNTED : this.#table.enter(`address ${customerOf(peer)}`, limit);
  }

  /** Gives back what `enterListener` or `enterAddress` gave; REFUSED and UNCOUNTED are left alone. */
  leave(slot: number): void {
    this.#table.leave(slot);
  }
}

/** What a limit counts `peer` under: itself, or its /64 as four groups, `2001:db8:0:1`. */
function customerOf(peer: string): string {
  if (!peer.includes(':')) return peer;
  const prefix = prefixOf(peer);
  return SHARED_PREFIXES.includes(prefix) ? peer : prefix;
}

/** The first four groups of an IPv6 address. Addresses come in the one form of RFC 5952, so a /64 gives one text. */
function prefixOf(address: string): string {
  const [head = '', tail = ''] = address.split('::');
  const groups = groupsOf(head);
  if (groups.length < PREFIX_GROUPS) {
    const behind = groupsOf(tail);
    // Dotted IPv4 at the end stands for two groups.
    const width = behind.length + (tail.includes('.') ? 1 : 0);
    const zeros = Math.max(0, GROUPS - groups.length - width);
    return [...groups, ...ZEROS.slice(0, zeros), ...behind].slice(0, PREFIX_GROUPS).join(':');
  }
  return groups.slice(0, PREFIX_GROUPS).join(':');
}

function groupsOf(part: string): string[] {
  return part === '' ? [] : part.split(':');
}
