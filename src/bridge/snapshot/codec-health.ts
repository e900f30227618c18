/** The wire form of what a service says of the health of its endpoints. Both threads. */

import type { penstock } from './gen/snapshot.js';
import type { HealthCheck, Outlier, StatusRange } from './model.ts';

export function encodeHealthCheck(check: HealthCheck | null): penstock.v1.HealthCheck.$Properties | null {
  return check && { ...check, expect: check.expect.flatMap(({ first, last }) => [first, last]) };
}

export function decodeHealthCheck(
  message: penstock.v1.HealthCheck.$Properties | null | undefined,
): HealthCheck | null {
  if (!message) return null;
  return {
    tcp: message.tcp ?? false,
    path: message.path ?? '',
    host: message.host ?? '',
    intervalMs: message.intervalMs ?? 0,
    timeoutMs: message.timeoutMs ?? 0,
    healthyAfter: message.healthyAfter ?? 0,
    unhealthyAfter: message.unhealthyAfter ?? 0,
    expect: rangesOf(message.expect ?? []),
    initiallyUnhealthy: message.initiallyUnhealthy ?? false,
  };
}

export function decodeOutlier(message: penstock.v1.Outlier.$Properties | null | undefined): Outlier | null {
  if (!message) return null;
  return {
    consecutiveFailures: message.consecutiveFailures ?? 0,
    ejectMs: message.ejectMs ?? 0,
    maxEjectedPercent: message.maxEjectedPercent ?? 0,
  };
}

function rangesOf(bounds: readonly number[]): StatusRange[] {
  const ranges: StatusRange[] = [];
  for (let at = 0; at + 1 < bounds.length; at += 2)
    ranges.push({ first: bounds[at] as number, last: bounds[at + 1] as number });
  return ranges;
}
