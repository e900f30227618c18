/** What a part of the scale script gives: rows of a figure, its unit and, where there is one, the budget that it must keep to. */

import { markdown } from '../kit/tables.mjs';

/** The budgets: the most that each may be. Those of single decisions are in `bench/micro/verdict.mjs`. */
export const BUDGET = Object.freeze({
  baseMb: 110,
  routeBytes: 1_024,
  servedCertificateBytes: 12 * 1_024,
  limiterKeyBytes: 24,
  applyMs: 300,
  stallMs: 5,
});

/** `budget`: null where there is none. */
export const row = (what, value, unit, budget = null) => ({ what, value, unit, budget });

const verdict = ({ value, budget }) => (budget === null ? '' : value <= budget ? 'met' : '**missed**');

const digitsOf = (value) => (Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0);
const number = (value) => value.toFixed(digitsOf(value));

/** The lines of a Markdown section. */
export function sectionOf({ title, rows }) {
  const cells = rows.map((one) => {
    const budget = one.budget === null ? '' : `${one.budget} ${one.unit}`;
    return [one.what, `${number(one.value)} ${one.unit}`, budget, verdict(one)];
  });
  return [`\n### ${title}\n`, ...markdown(['what', 'measured', 'budget', 'verdict'], cells)];
}

/** Those that are over their budget, in words. */
export const missesOf = (sections) =>
  sections.flatMap(({ rows }) =>
    rows.filter(({ value, budget }) => budget !== null && !(value <= budget)).map(({ what }) => what),
  );
