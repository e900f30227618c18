/** What a comparison comes to: tables for people, and a file with every figure. */

import { figures, median } from '../kit/medians.mjs';
import { factsOfRun, storeRun } from '../kit/results.mjs';
import { markdown } from '../kit/tables.mjs';

/** Round by round: what disturbs one round disturbs both sides of its ratio. */
function ratios(own, other, figure) {
  return own.rounds.map((round, index) => round[figure] / (other.rounds[index]?.[figure] ?? Number.NaN));
}

const HEADINGS = [
  ...['proxy', 'requests/s', 'CPU µs a request', 'cores busy', 'p50 / p99 / p99.9 ms', 'peak MiB'],
  ...['node: CPU to this', 'uws: CPU to this'],
];

const ms = (rounds, figure) => (median(rounds.map((round) => round[figure])) / 1000).toFixed(1);
const tail = (rounds) => ['p50', 'p99', 'p999'].map((figure) => ms(rounds, figure)).join(' / ');

/** Markdown. Ratios below 1: penstock takes less. */
export function tableOf({ name, workers, results }) {
  const own = ['penstock (node)', 'penstock (uws)'].map((one) => results.get(one));
  const rows = [...results].map(([peer, { rounds, peakMiB }]) => {
    const compared = own.map((one) =>
      one === undefined ? '' : figures(ratios(one, results.get(peer), 'cpuMicros'), 2),
    );
    const cells = [
      figures(
        rounds.map(({ rate }) => rate),
        0,
      ),
      figures(
        rounds.map(({ cpuMicros }) => cpuMicros),
        1,
      ),
      median(rounds.map(({ busy }) => busy)).toFixed(2),
      tail(rounds),
      peakMiB.toFixed(0),
    ];
    return [peer, ...cells, ...compared];
  });
  const title = `\n### ${name}, ${workers === 1 ? 'one worker' : `${workers} workers`}\n`;
  return [title, ...markdown(HEADINGS, rows), ...ratedTable(results)].join('\n');
}

function ratedTable(results) {
  const rated = [...results].filter(([, one]) => one.rated.length > 0);
  if (rated.length === 0) return [];
  const rows = rated.map(([peer, one]) => [
    peer,
    ms(one.rated, 'p50'),
    ms(one.rated, 'p99'),
    ms(one.rated, 'p999'),
  ]);
  const rate = median(rated[0][1].rated.map((run) => run.rate)).toFixed(0);
  const headings = [`at ${rate} requests/s, half of nginx's most`, 'p50 ms', 'p99 ms', 'p99.9 ms'];
  return ['', ...markdown(headings, rows)];
}

/** Writes every figure as JSON and the tables as Markdown. Gives the path of the latter. */
export function storeResult(root, { options, versions, tables }) {
  const facts = factsOfRun();
  const plain = tables.map(({ results, ...rest }) => ({ ...rest, results: Object.fromEntries(results) }));
  const head = [
    `# Comparison of ${facts.when.slice(0, 10)}`,
    '',
    `Commit ${facts.commit}. ${facts.machine}. ${options.rounds} rounds of ${options.seconds} s, ${options.connections} connections.`,
    ...Object.entries(versions).map(([peer, version]) => `- ${peer}: ${version}`),
  ];
  return storeRun(root, 'compare', {
    data: { ...facts, options, versions, tables: plain },
    text: [...head, ...tables.map(tableOf)].join('\n'),
  });
}
