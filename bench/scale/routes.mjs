/**
 * Many routes: time to apply them, the longest stall of a worker meanwhile, memory, and the cost of a lookup.
 *
 * Time to apply is from `POST /v1/reload` to the answer that all workers serve the snapshot. Its parts are measured in a process of its own
 * (`stages.mjs`): penstock itself tells only the sum.
 *
 * The stall is what the worker's own event loop tells (`thread-probe.mjs`), not what a client sees. A client would have to ask every
 * millisecond, and on a machine of few cores it waits for a core itself while the primary compiles: its longest wait says as much of the
 * scheduler as of the worker. It also cannot see a pause that begins and ends between two of its requests. The loop's own timer sees every
 * turn that was late; the loop knows how long it slept meanwhile, and the kernel how long the thread was ready and had no core. The budget is
 * for the worker's own part, in which it was at work; the whole, and the longest wait of a client that sends 200 requests a second, stand beside it, and the same while all is calm.
 */

import { startHelper, TEST_SUPPORT } from '../kit/helper-process.mjs';
import { labFile } from '../kit/lab.mjs';
import { median } from '../kit/medians.mjs';
import { runProbedPenstock } from '../kit/probed-penstock.mjs';
import { BUDGET_NS } from '../micro/verdict.mjs';
import { routesConfig } from './configurations.mjs';
import { BUDGET, row } from './rows.mjs';

/** What is resident with these is the base. */
const FEW = 10;
/** The size that has a budget. */
const BUDGETED = 10_000;
const APPLY_MS = 180_000;
const STEADY = { path: '/', connections: 8, perSecond: 200 };
const CALM_MS = 2_000;

/** `again`: how often the same size is applied once more, with other paths; `rounds`: of the stages. */
const SIZES = [
  { routes: BUDGETED, again: 5, rounds: 3 },
  { routes: 100_000, again: 1, rounds: 1 },
];

export async function routesPart({ quick }) {
  const sizes = quick ? [{ ...SIZES[0], again: 3, rounds: 2 }] : SIZES;
  const { origin, rows } = await applyAll(sizes);
  const lookups = await stageRows(sizes, origin);
  return [
    { title: 'Routes: apply and memory', rows },
    { title: 'Routes: stages of applying, and lookups', rows: lookups },
  ];
}

async function applyAll(sizes) {
  const origins = startHelper(new URL('load-origin.mjs', TEST_SUPPORT), ['steady']);
  const [port] = await origins.answer('its port');
  const origin = `127.0.0.1:${port}`;
  const penstock = await runProbedPenstock('routes', () => routesConfig(FEW, origin));
  const steady = startHelper(new URL('steady-client.mjs', TEST_SUPPORT));
  await steady.ask({ type: 'begin', port: penstock.ports.http, ...STEADY });
  // What a first reload leaves behind is not the routes'.
  penstock.writeConfig(() => routesConfig(FEW, origin, 1));
  await penstock.reload();
  const baseMiB = await penstock.settledMiB();

  const rows = [];
  for (const { routes, again } of sizes) {
    const calm = await watch(penstock, steady, () => new Promise((resolve) => setTimeout(resolve, CALM_MS)));
    const swaps = [];
    for (let edition = 0; edition <= again; edition++) {
      penstock.writeConfig(() => routesConfig(routes, origin, edition));
      swaps.push(await watch(penstock, steady, () => penstock.reload(APPLY_MS)));
    }
    const bytes = ((await penstock.settledMiB()) - baseMiB) * 2 ** 20;
    rows.push(...applyRows(routes, swaps, calm), memoryRow(routes, bytes));
  }
  penstock.writeConfig(() => routesConfig(FEW, origin));
  await penstock.reload();
  rows.push(row(`back to ${FEW} routes: above the base`, (await penstock.settledMiB()) - baseMiB, 'MiB'));
  for (const helper of [steady, origins]) await helper.stop();
  await penstock.stop();
  return { origin, rows };
}

/** How long `act` took by its own account, and how late the threads and the answers were meanwhile. */
async function watch(penstock, steady, act) {
  await steady.ask({ type: 'window' });
  const delays = await penstock.watchDelays(act);
  const { figures } = await steady.ask({ type: 'window' });
  if (figures.lost > 0) console.error(`${figures.lost} requests were lost: ${figures.notes.join('; ')}`);
  return { ...delays, answerMs: figures.maxMs };
}

function applyRows(routes, [first, ...again], calm) {
  const isBudgeted = routes === BUDGETED;
  const of = `${routes} routes`;
  const swaps = [first, ...again];
  const worst = (figure) => Math.max(...swaps.map((swap) => swap[figure]));
  const middle = (figure) => median(swaps.map((swap) => swap[figure]));
  const apply = isBudgeted ? BUDGET.applyMs : null;
  const stall = isBudgeted ? BUDGET.stallMs : null;
  return [
    row(`${of}: time to apply, the first time`, first.tookMs, 'ms', apply),
    row(
      `${of}: time to apply, again, median of ${again.length}`,
      median(again.map((swap) => swap.tookMs)),
      'ms',
      apply,
    ),
    row(
      `${of}: longest stall of a worker, worst of ${swaps.length} swaps`,
      worst('workerOwnMs'),
      'ms',
      stall,
    ),
    row(
      `${of}: longest stall of a worker, median of ${swaps.length} swaps`,
      middle('workerOwnMs'),
      'ms',
      stall,
    ),
    row(`${of}: the same while calm`, calm.workerOwnMs, 'ms'),
    row(
      `${of}: longest stall with the wait for a core, worst of ${swaps.length} swaps`,
      worst('workerMs'),
      'ms',
    ),
    row(`${of}: the same while calm`, calm.workerMs, 'ms'),
    row(`${of}: longest wait of a client, worst of ${swaps.length} swaps`, worst('answerMs'), 'ms'),
    row(`${of}: the same while calm`, calm.answerMs, 'ms'),
    row(`${of}: longest stall of the primary thread`, worst('primaryMs'), 'ms'),
  ];
}

const memoryRow = (routes, bytes) =>
  row(`${routes} routes: memory a route, two workers`, bytes / routes, 'B', BUDGET.routeBytes);

async function stageRows(sizes, origin) {
  const few = [FEW, 1_000].map((routes) => ({ routes, rounds: 1 }));
  const wanted = [...few, ...sizes].map(({ routes, rounds }) => {
    return { file: labFile(`stages-${routes}.yaml`, routesConfig(routes, origin)), rounds };
  });
  const stages = startHelper(new URL('./stages.mjs', import.meta.url));
  const results = await stages.ask({ wanted }, 2 * APPLY_MS);
  // The first is that of the requests.
  const timed = results.filter(({ routes }) => routes - 1 >= BUDGETED);
  return [
    ...timed.flatMap(({ routes, stages: took, bytes }) => [
      ...Object.entries(took).map(([name, ms]) => row(`${routes - 1} routes: ${name}`, ms, 'ms')),
      row(`${routes - 1} routes: snapshot, a route`, bytes / routes, 'B'),
    ]),
    ...results.map(({ routes, lookupNs }) =>
      row(`lookup in ${routes - 1} routes`, lookupNs, 'ns', BUDGET_NS.route),
    ),
  ];
}
