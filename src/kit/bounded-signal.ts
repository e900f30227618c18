/**
 * A signal with an end of its own time. Any thread. `AbortSignal.timeout` inside `AbortSignal.any` would be shorter, but nothing holds it there:
 * once it is collected as garbage it never fires.
 */

export interface BoundedSignal {
  /** Aborts with the outer signal, or when the time is over. Any number may hang on one outer signal. */
  readonly signal: AbortSignal;
  /** The time was over before the outer signal aborted. */
  readonly isLate: () => boolean;
  /** Ends the clock; to be called when the work is done. */
  readonly end: () => void;
}

/** `ms`: milliseconds. */
export function boundSignal(outer: AbortSignal, ms: number): BoundedSignal {
  const own = new AbortController();
  const timer = setTimeout(() => own.abort(new Error(`not done within ${ms} ms`)), ms);
  return {
    signal: AbortSignal.any([outer, own.signal]),
    isLate: () => own.signal.aborted && !outer.aborted,
    end: () => clearTimeout(timer),
  };
}
