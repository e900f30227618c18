/**
 * Baselines of `npm run bench`, in one JSON file: by machine (processor, cores, Node), then by settings (engine, workers, connections,
 * origin). Runs that differ in one of these are not compared.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { figures, median } from '../kit/medians.mjs';

function read(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

/** What this machine stored with these settings: `when`, `commit`, and by the key of a case the median of each figure; or null. */
export function findBaseline(file, { machine, settings }) {
  return read(file)[machine]?.[settings] ?? null;
}

/** `results`: of each case its `key`, and by the name of a figure a list with one value for each round. */
export function storeBaseline(file, { machine, settings, ...facts }, results) {
  const all = read(file);
  const cases = results.map(({ key, name: _, ...lists }) => [key, summaryOf(lists)]);
  const entry = { when: new Date().toISOString(), ...facts, cases: Object.fromEntries(cases) };
  const next = { ...all, [machine]: { ...all[machine], [settings]: entry } };
  writeFileSync(file, `${JSON.stringify(next, null, 2)}\n`);
}

function summaryOf(lists) {
  return Object.fromEntries(
    Object.entries(lists).map(([figure, list]) => [figure, Number(median(list).toPrecision(5))]),
  );
}

/** Round by round to the baseline's median: the median of the ratios and their spread. A dash where there is nothing to compare with. */
export function ratioText(list, before) {
  if (before === undefined || before === null || Number.isNaN(list[0])) return '–';
  return figures(
    list.map((value) => value / before),
    2,
  );
}
