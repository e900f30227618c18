/**
 * What the micro benchmarks share: the budgets, and what is said when one has run. A file that is run alone prints what mitata prints, and which
 * budgets were met; run-all.mjs gets the same figures as a message.
 */

import { run } from 'mitata';
import { aligned } from '../kit/tables.mjs';

/** Nanoseconds. */
export const BUDGET_NS = {
  route: 1_000,
  balance: 300,
  limit: 500,
  access: 300,
  /** How long 10,000 routes may hold a worker up. */
  adopt: 5_000_000,
};

/** Runs what was declared. `budgetOf`: nanoseconds by the name of a benchmark; null where none was set. */
export async function runAgainst(budgetOf) {
  const { benchmarks } = await run({ throw: true });
  const rows = benchmarks.flatMap(({ runs }) =>
    runs.map(({ name, stats }) => ({ what: name, nanoseconds: stats.p50, budget: budgetOf(name) })),
  );
  tell(rows);
  if (process.send === undefined) console.log(`\n${verdictTable(rows)}`);
}

/** For what measures in its own way. Rows: `what`, `nanoseconds` (the median), `budget` in nanoseconds or null. */
export function tell(rows) {
  process.send?.(rows);
}

export function isMissed({ nanoseconds, budget }) {
  return budget !== null && nanoseconds > budget;
}

export function verdictTable(rows) {
  const cells = rows.map((row) => [
    row.what,
    timeText(row.nanoseconds),
    row.budget === null ? '–' : timeText(row.budget),
    row.budget === null ? '' : isMissed(row) ? 'missed' : 'met',
  ]);
  return aligned(['what', 'p50', 'budget', ''], cells).join('\n');
}

function timeText(nanoseconds) {
  if (nanoseconds < 1_000) return `${nanoseconds.toFixed(1)} ns`;
  return nanoseconds < 1_000_000
    ? `${(nanoseconds / 1_000).toFixed(2)} µs`
    : `${(nanoseconds / 1_000_000).toFixed(2)} ms`;
}
