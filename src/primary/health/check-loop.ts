/**
 * Checks one endpoint again and again until it is stopped. Primary thread. Its timers keep no process alive. A check begins an interval
 * after the one before began, less up to a fifth by chance, so that checks which began together do not stay together; never two of
 * one endpoint at once.
 */

import type { Clock, Random } from '../../kit/clock.ts';
import type { CheckGate } from './check-gate.ts';
import type { CheckTarget, Probe } from './probe.ts';

/** Only shorter: an endpoint that died must be found out in time. */
const JITTER = 0.2;
/** The first checks of a start are spread over this, or over the interval where it is shorter. */
const FIRST_WITHIN_MS = 500;

export interface CheckGround {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly random: Random;
  readonly gate: CheckGate;
  readonly probe: Probe;
}

export class CheckLoop {
  readonly #ground: CheckGround;
  readonly #target: CheckTarget;
  readonly #onResult: (failure: string | null) => void;
  #timer: NodeJS.Timeout | null = null;
  /** Takes back what is under way: a place in the queue, or the check. */
  #cancel: (() => void) | null = null;

  /** `onResult`: null where the check passed, else what was wrong. Not called any more after `stop`. */
  constructor(ground: CheckGround, target: CheckTarget, onResult: (failure: string | null) => void) {
    this.#ground = ground;
    this.#target = target;
    this.#onResult = onResult;
    this.#wait(ground.random() * Math.min(target.check.intervalMs, FIRST_WITHIN_MS));
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#cancel?.();
    this.#cancel = null;
  }

  #wait(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#cancel = this.#ground.gate.enter((leave) => this.#begin(leave));
    }, delayMs).unref();
  }

  #begin(leave: () => void): void {
    const { clock, random, probe } = this.#ground;
    const startedMs = clock.nowMs();
    const cancel = probe(this.#target, (failure) => {
      leave();
      this.#cancel = null;
      const nextMs = startedMs + this.#target.check.intervalMs * (1 - JITTER * random());
      this.#wait(Math.max(0, nextMs - clock.nowMs()));
      this.#onResult(failure);
    });
    this.#cancel = () => {
      cancel();
      leave();
    };
  }
}
