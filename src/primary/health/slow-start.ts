/** How much of its weight an endpoint has after it came back (HAProxy's `slowstart`, Envoy's `slow_start_window`). Pure; primary thread. */

/** Long enough for caches and compilers to warm up, short enough not to starve the others. */
export const SLOW_START_MS = 10_000;
/** Envoy's too: less would be so few requests that nothing warms up. */
const LEAST_SHARE = 0.1;

/** From 0.1 to 1, growing evenly. `sinceMs`: how long ago it came back. */
export function slowStartShare(sinceMs: number): number {
  return Math.min(1, Math.max(LEAST_SHARE, sinceMs / SLOW_START_MS));
}
