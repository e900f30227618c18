// cold: runs once per connection
/**
 * Limits of connections at the door, per listener and per client address, over all workers of the process. Worker. What is
 * counted under which key is decided here; the counting itself is the table's, and who a customer is, `kit/customer.ts` says.
 */

import { type ConnectionTable, UNCOUNTED } from '../../../bridge/memory/connection-table.ts';
import { customerOf } from '../../../kit/customer.ts';

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
