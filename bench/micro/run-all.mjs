/**
 * `npm run bench:micro`: every micro benchmark, one process after the other, and one table of what was measured against its budget. Takes some
 * minutes. A file in which something missed its budget runs again, up to three times, and the best median of each counts: what else a shared
 * machine does only adds. Exits 1 where a budget was missed all the same.
 *
 *   npm run bench:micro -- [--only router,balancer]
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMissed, verdictTable } from './verdict.mjs';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const MOST_RUNS = 3;
const NO_BENCHMARKS = ['run-all.mjs', 'verdict.mjs'];

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const wanted = values.only.split(',');

/** Its rows. What it prints is for whoever runs it alone. */
async function figuresOf(file) {
  const child = spawn(process.execPath, [join(FOLDER, file)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const rows = [];
  child.on('message', (told) => rows.push(...told));
  const [status] = await once(child, 'close');
  if (rows.length === 0) throw new Error(`${file} measured nothing: it ended with status ${status}`);
  return rows;
}

/** The best of each row that two runs of a file gave. */
function bestOf(rows, again) {
  return rows.map((row, at) => (again[at].nanoseconds < row.nanoseconds ? again[at] : row));
}

const all = [];
for (const file of readdirSync(FOLDER)) {
  const name = basename(file, '.mjs');
  if (!file.endsWith('.mjs') || NO_BENCHMARKS.includes(file)) continue;
  if (!wanted.some((words) => name.includes(words))) continue;
  console.error(`${name} …`);
  let rows = await figuresOf(file);
  for (let run = 2; run <= MOST_RUNS && rows.some(isMissed); run++) {
    console.error(`${name}, run ${run} …`);
    rows = bestOf(rows, await figuresOf(file));
  }
  for (const row of rows) all.push({ ...row, what: `${name}: ${row.what}` });
}
console.log(`\n${verdictTable(all)}`);
const missed = all.filter(isMissed).length;
console.log(missed === 0 ? '\nevery budget was met' : `\n${missed} over their budget`);
process.exitCode = missed === 0 ? 0 : 1;
