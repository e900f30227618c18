/**
 * `npm test`: builds what is stale, installs the Debian programs that the chosen tests name, runs them and ends with one
 * line, `N passed, N failed` (and `, N skipped` where there are any). The exit status says the same.
 *
 *   npm test                                everything
 *   npm test -- unit property               some kinds of test (the folders of test/)
 *   npm test -- test/unit/kit/path.test.ts  some files
 *   npm test -- unit -t 'split point'       further options go to vitest
 *
 * With CI=true a skipped test is a failure: nothing may be missing there.
 */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow, ROOT } from './build-state.mjs';
import { canInstall, DEBIAN_PACKAGES, findProgram, installPrograms } from './debian-programs.mjs';
import { chooseTests, countResults, summaryLine } from './test-plan.mjs';

const RESULTS = join(ROOT, 'test-results');
/** Below those that the system gives to connections (ip_local_port_range of Linux begins at 32,768). */
const FIRST_PORT = 12_000;
const LAST_PORT = 30_000;
/** Of the runs that go on beside the next stages. */
const LONG_PORTS = '30000-32000';
const isCi = process.env.CI === 'true';

const testFiles = filesBelow(join(ROOT, 'test')).filter((name) => name.endsWith('.test.ts'));
const plan = chooseTests(
  process.argv.slice(2),
  testFiles.map((name) => `test/${name}`),
);
const total = { passed: 0, failed: 0, skipped: 0 };

rmSync(RESULTS, { recursive: true, force: true });
mkdirSync(RESULTS, { recursive: true });
if (plan.problem !== null) {
  countFailure(plan.problem);
} else if (buildIfNeeded()) {
  providePrograms();
  const long = [];
  for (const runs of plan.runs) {
    if (runs.some((run) => run.takesAllCores)) await Promise.all(long);
    const short = runs.filter((run) => !run.isLong);
    for (const run of runs) if (run.isLong) long.push(runVitest(run, LONG_PORTS, false));
    await Promise.all(short.map((run, place) => runVitest(run, portsOf(place, short.length), place === 0)));
  }
  await Promise.all(long);
}

if (isCi && total.skipped > 0) {
  countFailure(`${total.skipped} tests were skipped: with CI=true that is a failure`, total.skipped);
  total.skipped = 0;
}
console.log(summaryLine(total));
process.exitCode = total.failed === 0 ? 0 : 1;

function buildIfNeeded() {
  if (!plan.needsDist) return true;
  const { status } = spawnSync(process.execPath, ['scripts/build.mjs', '--if-stale'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) countFailure('the build failed, so no test was run');
  return status === 0;
}

/** Installs what the chosen files name in `requireProgram(…)`; what stays missing makes their tests skip, with the reason. */
function providePrograms() {
  const named = new Set();
  for (const file of plan.files) {
    for (const call of readFileSync(join(ROOT, file), 'utf8').matchAll(/\brequireProgram\(([^)]*)\)/g)) {
      for (const name of (call[1] ?? '').matchAll(/'([\w.-]+)'/g)) named.add(name[1]);
    }
  }
  const missing = [...named].filter((name) => name in DEBIAN_PACKAGES && findProgram(name) === null);
  if (missing.length === 0) return;
  if (canInstall()) {
    console.log(`installing ${missing.join(', ')} …`);
    const problem = installPrograms(missing);
    if (problem !== null) console.error(problem);
  }
  const absent = missing.filter((name) => findProgram(name) === null);
  if (absent.length > 0) {
    console.log(`missing programs, their tests are skipped: ${absent.join(', ')}`);
    console.log(`to install them: apt-get install ${absent.map((name) => DEBIAN_PACKAGES[name]).join(' ')}`);
  }
}

/**
 * Each of the runs side by side has ports of its own.
 * @param {number} place of all that run side by side
 * @param {number} places
 */
function portsOf(place, places) {
  const share = Math.floor((LAST_PORT - FIRST_PORT) / places);
  const first = FIRST_PORT + place * share;
  return `${first}-${first + share}`;
}

/**
 * @param {import('./test-plan.mjs').Run} run
 * @param {string} ports
 * @param {boolean} prints as it goes; what the others print waits for their end
 */
async function runVitest(run, ports, prints) {
  if (prints) console.log(`\n── ${run.title}`);
  const resultFile = join(RESULTS, `${run.title.replaceAll(/[^a-z0-9]+/g, '-')}.json`);
  const args = [
    join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    ...run.projects.flatMap((name) => ['--project', name]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${resultFile}`,
    ...(run.shard === undefined ? [] : [`--shard=${run.shard}`]),
    ...plan.options,
    ...run.filters,
  ];
  const stdio = prints ? 'inherit' : ['ignore', 'pipe', 'pipe'];
  const env = { ...process.env, PENSTOCK_TEST_PORTS: ports };
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio, env });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (printed += text));
  const [status, signal] = await once(child, 'close');
  if (!prints) console.log(`\n── ${run.title}\n${printed}`);
  const report = existsSync(resultFile) ? readFileSync(resultFile, 'utf8') : null;
  const counts = countResults(report, status ?? -1);
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  if (counts.problem !== null) {
    console.error(`${run.title}: ${counts.problem}${signal === null ? '' : ` (ended by ${signal})`}`);
  }
}

/**
 * @param {string} message
 * @param {number} [count]
 */
function countFailure(message, count = 1) {
  console.error(message);
  total.failed += count;
}
