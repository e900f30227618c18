// cold: runs ten times a second, but for adding and removing
/**
 * Looks after the time limits of many things of one kind (exchanges under way, connections) with one timer for all of them
 * instead of one each. Worker thread. The timer runs while there is something to look after.
 */

import type { Clock } from '../kit/clock.ts';

export interface Swept {
  /** Where it lies in the sweeper; -1 while it is in none. The sweeper's own. */
  sweepIndex: number;
  /** Looks at its limits. `nowMs` is monotonic. It may remove itself. */
  sweep(nowMs: number): void;
}

/** How late a limit may be noticed. */
const SWEEP_INTERVAL_MS = 100;

export class Sweeper<Member extends Swept = Swept> {
  readonly #clock: Clock;
  readonly #list: Member[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#list.length;
  }

  /** In no order. Whoever changes it by what he does with its members takes a copy. */
  get all(): readonly Member[] {
    return this.#list;
  }

  add(swept: Member): void {
    swept.sweepIndex = this.#list.length;
    this.#list.push(swept);
    if (this.#timer === null) this.#timer = setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS).unref();
  }

  remove(swept: Member): void {
    const index = swept.sweepIndex;
    if (index < 0) return;
    swept.sweepIndex = -1;
    const last = this.#list.pop() as Member;
    if (last === swept) return;
    this.#list[index] = last;
    last.sweepIndex = index;
  }

  #sweep(): void {
    const nowMs = this.#clock.nowMs();
    // Backwards: one that removes itself is replaced by one that was looked at already.
    for (let i = this.#list.length - 1; i >= 0; i--) this.#list[i]?.sweep(nowMs);
    if (this.#list.length === 0 && this.#timer !== null) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
  }
}
