/**
 * README's performance section, made of nothing but a stored comparison: `node bench/compare/performance-section.mjs bench/results/NAME.json` writes it.
 * A guard test makes it again from the file that README names and compares.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { figures, median } from '../kit/medians.mjs';
import { markdown } from '../kit/tables.mjs';

/**
 * @typedef {{ rounds: Record<string, number>[], rated: Record<string, number>[], peakMiB: number }} PeerResult
 * @typedef {{
 *   when: string, commit: string, machine: string,
 *   options: { rounds: number, seconds: number, connections: number },
 *   tables: { name: string, workers: number, results: Record<string, PeerResult> }[],
 * }} StoredComparison
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BEGIN = '<!-- performance: made by bench/compare/performance-section.mjs -->';
const END = '<!-- performance: end -->';
const PEERS = ['penstock (node)', 'penstock (uws)', 'haproxy', 'caddy', 'h2o', 'floor'];

/**
 * Of every round its own ratio: what disturbs one round disturbs both sides.
 * @param {Record<string, PeerResult>} results
 * @param {string} peer
 * @param {'rounds' | 'rated'} kind
 * @param {string} figure
 */
function toNginx(results, peer, kind, figure) {
  const own = results[peer]?.[kind] ?? [];
  if (own.length === 0) return '–';
  return figures(
    own.map((round, index) => round[figure] / results.nginx[kind][index][figure]),
    2,
  );
}

/**
 * Markdown. `file`: the path of the data from the root.
 * @param {StoredComparison} data
 * @param {string} file
 */
export function performanceSection(data, file) {
  const tables = data.tables.filter(({ workers, results }) => workers === 1 && results.nginx !== undefined);
  const rows = tables.map(({ name, results }) => [
    name,
    ...PEERS.map((peer) => toNginx(results, peer, 'rounds', 'cpuMicros')),
    median(results.nginx.rounds.map(({ cpuMicros }) => cpuMicros)).toFixed(0),
  ]);
  const rated = tables.filter(({ results }) => results.nginx.rated.length > 0);
  const late = rated.map(({ name, results }) => {
    const rate = median(results.nginx.rated.map((run) => run.rate)).toFixed(0);
    const p99 = median(results.nginx.rated.map((run) => run.p99)) / 1000;
    return [
      `${name}, ${rate} requests/s`,
      ...PEERS.map((peer) => toNginx(results, peer, 'rated', 'p99')),
      `${p99.toFixed(1)} ms`,
    ];
  });
  const { rounds, seconds, connections } = data.options;
  return [
    `CPU time of a request in units of nginx's, one worker on one core (below 1: less than nginx), median and spread of ${rounds} interleaved rounds of ${seconds} s,`,
    `${connections} connections. Commit ${data.commit}, ${data.machine}, ${data.when.slice(0, 10)}; every figure: [${file}](${file}).`,
    '',
    ...markdown(['case', ...PEERS, 'nginx, µs'], rows),
    ...(late.length === 0
      ? []
      : ['', "The 99th percentile at half of nginx's highest rate, in units of nginx's:", '']),
    ...(late.length === 0 ? [] : markdown(['case', ...PEERS, 'nginx'], late)),
  ].join('\n');
}

/**
 * The part of README between the marks, and the file that it says it is from.
 * @param {string} readme
 */
export function sectionOf(readme) {
  const section = readme.slice(readme.indexOf(BEGIN) + BEGIN.length, readme.indexOf(END)).trim();
  return { section, file: /\]\((bench\/results\/[^)]+)\)/.exec(section)?.[1] ?? null };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path] = process.argv.slice(2);
  if (path === undefined) throw new Error('which result? bench/results/compare-….json');
  const data = JSON.parse(readFileSync(path, 'utf8'));
  const readmeFile = resolve(ROOT, 'README.md');
  const readme = readFileSync(readmeFile, 'utf8');
  const [before, rest] = readme.split(BEGIN);
  if (rest === undefined) throw new Error(`README.md has no line ${BEGIN}`);
  const made = performanceSection(data, relative(ROOT, resolve(path)));
  writeFileSync(readmeFile, `${before}${BEGIN}\n\n${made}\n\n${END}${rest.split(END)[1]}`);
}
