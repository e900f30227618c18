/** The pure half of `npm test`: which vitest runs the arguments ask for, and what a vitest report adds up to. */

/** Run together, in parallel files. */
const PARALLEL = ['unit', 'property', 'guards'];
/** Open sockets and measure time: one after the other, one file at a time. They run what dist/ holds. */
const SERIAL = ['integration', 'conformance', 'e2e'];
const ALL = [...PARALLEL, ...SERIAL];
/**
 * Kinds that are run in two halves side by side, on the two cores that the smallest machine has: conformance once for each
 * engine, the end-to-end tests that only wait beside those that work, and integration in two shards.
 */
const HALVES = { conformance: ['conformance', 'conformance-uws'], e2e: ['e2e', 'e2e-slow'] };

/**
 * @typedef {{ title: string, projects: string[], filters: string[], shard?: string }} Run one call of vitest
 * @typedef {{ runs: Run[][], files: string[], options: string[], needsDist: boolean, problem: string | null }} Plan
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 */

/**
 * The runs of `runs` follow one another; those of one entry go side by side.
 * @param {readonly string[]} args what follows `npm test --`
 * @param {readonly string[]} testFiles every test file, as `test/KIND/…test.ts`
 * @returns {Plan}
 */
export function chooseTests(args, testFiles) {
  const firstOption = args.findIndex((arg) => arg.startsWith('-'));
  const names = firstOption < 0 ? [...args] : args.slice(0, firstOption);
  const options = firstOption < 0 ? [] : args.slice(firstOption);
  const wanted = new Map(ALL.map((project) => [project, /** @type {string[]} */ ([])]));

  const asked = names.length === 0 ? ALL : names;
  for (const name of asked) {
    const matching = ALL.includes(name)
      ? testFiles.filter((file) => projectOf(file) === name)
      : testFiles.filter((file) => file.startsWith(name.replace(/^\.\//, '')));
    // A kind without any test is a mistake too: an empty run must never look like a good one.
    if (matching.length === 0) {
      return { runs: [], files: [], options, needsDist: false, problem: `no test file matches "${name}"` };
    }
    for (const file of matching) wanted.get(projectOf(file))?.push(file);
  }

  const narrowed = names.some((name) => !ALL.includes(name));
  /** @type {Run[][]} */
  const runs = [];
  const together = PARALLEL.filter((project) => filesOf(wanted, project).length > 0);
  for (const projects of [together, ...SERIAL.map((project) => [project])]) {
    const files = projects.flatMap((project) => filesOf(wanted, project));
    if (files.length > 0) runs.push(runsOf(projects, narrowed ? files : []));
  }
  const files = [...new Set([...wanted.values()].flat())];
  const needsDist = files.some((file) => SERIAL.includes(projectOf(file)));
  return { runs, files, options, needsDist, problem: null };
}

/**
 * @param {string[]} projects
 * @param {string[]} filters
 * @returns {Run[]}
 */
function runsOf(projects, filters) {
  const [only = ''] = projects;
  if (only === 'integration' && filters.length === 0) {
    return ['1/2', '2/2'].map((shard) => ({ title: `${only} ${shard}`, projects, filters, shard }));
  }
  const halves = projects.length === 1 && only in HALVES ? HALVES[/** @type {'e2e'} */ (only)] : null;
  if (halves === null) return [{ title: projects.join(', '), projects, filters }];
  return halves
    .map((project) => ({
      title: project,
      projects: [project],
      filters: filters.filter((file) => isFor(project, file)),
    }))
    .filter((run) => filters.length === 0 || run.filters.length > 0);
}

/** Whether a file is for this run: `uws-….test.ts` is for the engine uws alone, `slow-….test.ts` waits, and so on. */
function isFor(/** @type {string} */ project, /** @type {string} */ file) {
  const name = file.split('/').at(-1) ?? '';
  if (project.startsWith('e2e')) return name.startsWith('slow-') === (project === 'e2e-slow');
  return !name.startsWith(project.endsWith('-uws') ? 'node-' : 'uws-');
}

/**
 * What one vitest run adds to the sum. Anything that vitest's own figures do not show, a file that cannot be loaded, an
 * error outside a test, a crash, a missing report, still counts as a failure.
 * @param {string | null} report the JSON report, null where there is none
 * @param {number} status vitest's exit status
 * @returns {Counts & { problem: string | null }}
 */
export function countResults(report, status) {
  const figures = parseReport(report);
  if (figures === null) {
    return { passed: 0, failed: 1, skipped: 0, problem: `vitest left no report (exit status ${status})` };
  }
  const brokenFiles = figures.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const passed = figures.numPassedTests;
  const skipped = figures.numPendingTests + figures.numTodoTests;
  let failed = figures.numFailedTests + brokenFiles.length;
  let problem = null;
  if (brokenFiles.length > 0) problem = `cannot be run: ${brokenFiles.map((file) => file.name).join(', ')}`;
  if (failed === 0 && status !== 0) {
    failed = 1;
    problem = `vitest ended with status ${status} though no test failed: an error outside the tests`;
  }
  if (passed + failed + skipped === 0) {
    failed = 1;
    problem = 'no test was found';
  }
  return { passed, failed, skipped, problem };
}

/**
 * @param {Counts} counts
 * @returns {string}
 */
export function summaryLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** @param {string} file */
function projectOf(file) {
  return file.split('/')[1] ?? '';
}

/**
 * @param {ReadonlyMap<string, string[]>} wanted
 * @param {string} project
 */
function filesOf(wanted, project) {
  return wanted.get(project) ?? [];
}

/** @param {string | null} text */
function parseReport(text) {
  if (text === null) return null;
  try {
    const figures = JSON.parse(text);
    return Array.isArray(figures.testResults) ? figures : null;
  } catch {
    return null;
  }
}
