/** What the results of active checks make of one endpoint (contract, Health). A state machine without clock and sockets; primary thread. */

export interface CheckThresholds {
  /** Results in a row. */
  readonly healthyAfter: number;
  readonly unhealthyAfter: number;
}

export class CheckStatus {
  #healthy: boolean;
  #known = false;
  /** Results in a row that say the opposite. */
  #against = 0;

  constructor(initiallyUnhealthy: boolean) {
    this.#healthy = !initiallyUnhealthy;
  }

  get healthy(): boolean {
    return this.#healthy;
  }

  /** There was a result. */
  get known(): boolean {
    return this.#known;
  }

  /** The first result decides at once, as there is nothing else to go by; later ones when there are enough in a row. */
  onResult(passed: boolean, { healthyAfter, unhealthyAfter }: CheckThresholds): void {
    if (passed === this.#healthy) this.#against = 0;
    else if (++this.#against >= (passed ? healthyAfter : unhealthyAfter) || !this.#known) {
      this.#healthy = passed;
      this.#against = 0;
    }
    this.#known = true;
  }
}
