/**
 * What a penstock with two workers takes before anything is asked of it: the medians of some starts, nothing collected by force. `PSS` shares
 * out what other Node processes of the machine have mapped too (the program itself), as decision 0018 measures; `RSS` counts it whole.
 */

import { median } from '../kit/medians.mjs';
import { runPenstock } from '../kit/penstock-process.mjs';
import { pssMiB, rssMiB } from '../kit/process-memory.mjs';
import { BUDGET, row } from './rows.mjs';

const STARTS = 3;
/** What a start leaves to be done is done by then. */
const SETTLE_MS = 2_000;
const MEGABYTES = 2 ** 20 / 1e6;

const config = () => 'workers: 2\nroutes:\n  - { path: /, respond: { status: 200, body: ok } }\n';

export async function basePart() {
  const taken = [];
  for (let start = 0; start < STARTS; start++) {
    const penstock = await runPenstock(`base-${start}`, config);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    taken.push({ pss: pssMiB(penstock.pid) * MEGABYTES, rss: rssMiB(penstock.pid) * MEGABYTES });
    await penstock.stop();
  }
  const middle = (figure) => median(taken.map((one) => one[figure]));
  const rows = [
    row('two workers, one route: resident (PSS)', middle('pss'), 'MB', BUDGET.baseMb),
    row('two workers, one route: resident (RSS)', middle('rss'), 'MB', BUDGET.baseMb),
  ];
  return [{ title: 'Base memory', rows }];
}
