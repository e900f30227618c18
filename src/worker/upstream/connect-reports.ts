// cold: runs where an endpoint cannot be reached
/** Tells whoever runs penstock why an endpoint cannot be connected to: each reason once, until it is well again. Worker thread. */

import { type Address, formatAddress } from '../../kit/address.ts';
import { effectOf, type Fault } from '../../kit/faults.ts';
import type { PoolGround } from './pool-ground.ts';

export class ConnectReports {
  readonly #ground: PoolGround;
  #last = '';

  constructor(ground: PoolGround) {
    this.#ground = ground;
  }

  report(address: Address, fault: Fault, reason: string): void {
    const message = `${formatAddress(address)}: ${effectOf(fault).text} (${reason})`;
    if (message === this.#last) return;
    this.#last = message;
    this.#ground.report(message);
  }

  /** It is well: what comes next is news. */
  clear(): void {
    this.#last = '';
  }
}
