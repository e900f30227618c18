/**
 * How long requests took, for `status`: percentiles of what the workers' columns have counted since penstock started. Pure; the error
 * of each is that of its buckets (`bridge/memory/latency-buckets.ts`).
 */

import {
  bucketCeilingMicros,
  bucketFloorMicros,
  type LatencyCounts,
  MICROS_PER_SECOND,
} from '../bridge/memory/latency-buckets.ts';
import { NO_ROUTE_LABEL } from '../kit/names.ts';
import { type CountersPlan, NO_ROW } from './fleet/counters-plan.ts';

/** Milliseconds; null where there was no request. */
export interface LatencySummary {
  readonly requests: number;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
  readonly p999Ms: number | null;
  readonly maxMs: number | null;
}

export interface RouteLatency extends LatencySummary {
  /** Its name; `(none)` is for requests that no route took. */
  readonly route: string;
}

export interface ServiceLatency extends LatencySummary {
  /** Its name. */
  readonly service: string;
}

/** Routes and services of the configuration that had requests, those with most of them first. */
export interface LatencyStatus {
  /** From the head of a request to the end of its answer. Those of routes that are gone included. */
  readonly all: LatencySummary;
  /** The same. */
  readonly routes: readonly RouteLatency[];
  /** From the head of a request to the head of an endpoint's answer, of requests that got one. */
  readonly services: readonly ServiceLatency[];
}

const MICROS_PER_MS = 1e3;
/** In ascending order, and whole: with a fraction such as 0.999, rounding could make another rank. */
const SHARES = [500, 900, 990, 999];
const THOUSANDTHS = 1000;

export function latencyStatus(
  counters: Pick<CountersPlan, 'routes' | 'services' | 'readLatency'>,
): LatencyStatus {
  const { routes, services } = counters;
  const unrouted = routes.requests(NO_ROW);
  const ofRoutes: RouteLatency[] = [];
  if (unrouted > 0)
    ofRoutes.push({ route: NO_ROUTE_LABEL, ...summary(routes.readLatency(NO_ROW), unrouted) });
  for (const [route, requests, latency] of routes.readLatencies())
    ofRoutes.push({ route, ...summary(latency, requests) });
  const ofServices: ServiceLatency[] = [];
  for (const [service, requests, latency] of services.readLatencies())
    ofServices.push({ service, ...summary(latency, requests) });
  return {
    all: summary(counters.readLatency()),
    routes: ofRoutes.sort(byRequests),
    services: ofServices.sort(byRequests),
  };
}

function byRequests(a: LatencySummary, b: LatencySummary): number {
  return b.requests - a.requests;
}

/** `requests`: how many there were, where the buckets may have been halved. */
function summary(latency: LatencyCounts, requests?: number): LatencySummary {
  const { counts, longestSeconds } = latency;
  let counted = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) counted += counts[bucket] as number;
  const [p50Ms = null, p90Ms = null, p99Ms = null, p999Ms = null] =
    counted === 0 ? [] : percentiles(latency, counted);
  const maxMs = counted === 0 ? null : milliseconds(longestSeconds * MICROS_PER_SECOND);
  return { requests: requests ?? counted, p50Ms, p90Ms, p99Ms, p999Ms, maxMs };
}

/**
 * The durations that each share of the requests did not exceed (the nearest rank): the middle of the bucket that holds it, but never more
 * than the longest. What is in the last bucket is told as the longest. Milliseconds.
 */
function percentiles({ layout, counts, longestSeconds }: LatencyCounts, counted: number): number[] {
  let bucket = 0;
  let seen = counts[0] as number;
  return SHARES.map((thousandths) => {
    const rank = Math.ceil((counted * thousandths) / THOUSANDTHS);
    while (seen < rank) seen += counts[++bucket] as number;
    const middle = (bucketFloorMicros(layout, bucket) + bucketCeilingMicros(layout, bucket)) / 2;
    return milliseconds(Math.min(middle, longestSeconds * MICROS_PER_SECOND));
  });
}

/** To a tenth of a microsecond. */
function milliseconds(micros: number): number {
  return Math.round(micros * 10) / (10 * MICROS_PER_MS);
}
