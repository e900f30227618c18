/** How long requests took, as text tables for `penstock status`. Pure. */

import { formatTable } from '../kit/table.ts';
import type { LatencyStatus, LatencySummary } from '../primary/latency-status.ts';

const TITLES = ['REQUESTS', 'P50', 'P90', 'P99', 'P99.9', 'MAX'];
/** As `(none)` is written, which is among the routes. */
const ALL_ROUTES = '(all)';
/** What a terminal shows at once, with the rest of the status above it. */
const SHOWN_ROWS = 20;
const SIGNIFICANT_DIGITS = 3;

type NamedRow = readonly [name: string, LatencySummary];

/** All requests, then the routes that had most of them; and the services that had. */
export function latencyTables({ all, routes, services }: LatencyStatus): string {
  const ofRoutes = routes.map((row): NamedRow => [row.route, row]);
  const ofServices = services.map((row): NamedRow => [row.service, row]);
  const first = table('ROUTE', [[ALL_ROUTES, all]], ofRoutes);
  return services.length === 0 ? first : `${first}\n${table('SERVICE', [], ofServices)}`;
}

function table(title: string, head: readonly NamedRow[], rows: readonly NamedRow[]): string {
  const shown = [...head, ...rows.slice(0, SHOWN_ROWS)].map(([name, row]) => [name, ...cells(row)]);
  const left = Math.max(0, rows.length - SHOWN_ROWS);
  const rest = left === 0 ? '' : `${left} more, with fewer requests: --json has all\n`;
  return formatTable([title, ...TITLES], shown) + rest;
}

function cells({ requests, p50Ms, p90Ms, p99Ms, p999Ms, maxMs }: LatencySummary): string[] {
  return [String(requests), ...[p50Ms, p90Ms, p99Ms, p999Ms, maxMs].map(formatLatency)];
}

/** Three digits and a unit, such as `48.5µs`, `1.25ms`, `30.0s`; `-` for none. */
export function formatLatency(milliseconds: number | null): string {
  if (milliseconds === null) return '-';
  if (milliseconds < 1) return `${digits(milliseconds * 1000)}µs`;
  if (milliseconds < 1000) return `${digits(milliseconds)}ms`;
  return `${digits(milliseconds / 1000)}s`;
}

/** Never with an exponent, which `toPrecision` has from where it rounds to a thousand. */
function digits(value: number): string {
  return value < 999.5 ? value.toPrecision(SIGNIFICANT_DIGITS) : String(Math.round(value));
}
