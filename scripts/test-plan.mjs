/** The pure half of `npm test`: which vitest runs the arguments ask for, and what a vitest report adds up to. */

/**
 * What runs when. The runs of a stage go side by side, on the two cores that the smallest machine has; a run is one call of vitest, with
 * one project of vitest.config.ts or several. Conformance runs once for each engine; it waits about as much as it works, as e2e does, so that four go
 * side by side there. What takes long and little begins with the first stage and goes on beside the next ones.
 */
const STAGES = [
  [['unit', 'property', 'guards'], ['e2e-long']],
  [['integration']],
  [['conformance'], ['conformance-uws'], ['e2e']],
  [['e2e-load']],
  [['floods']],
  [['soak']],
];
/** Kinds that run from source. The others open sockets and measure time: one file at a time, with what dist/ holds. */
const FROM_SOURCE = ['unit', 'property', 'guards'];
const ALL = [...new Set(STAGES.flat(2).map(kindOf))];
/** Run where they are asked for only: there is no time for them in CI. */
const ON_REQUEST = ['floods', 'soak'];
/** What is not waited for at the end of its stage, but before the first one that takes all cores. */
const LONG = ['e2e-long'];
const TAKES_ALL_CORES = ['e2e-load', 'floods', 'soak'];
/** A run in so many parts, side by side. */
const SHARDS = new Map([
  ['integration', ['1/3', '2/3', '3/3']],
  ['conformance', ['1/2', '2/2']],
]);

/**
 * @typedef {{ title: string, projects: string[], filters: string[], isLong: boolean, takesAllCores: boolean, shard?: string }} Run one call of vitest
 * @typedef {{ runs: Run[][], files: string[], options: string[], needsDist: boolean, problem: string | null }} Plan
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 */

/**
 * The entries of `runs` follow one another; the runs of an entry go side by side.
 * @param {readonly string[]} args what follows `npm test --`
 * @param {readonly string[]} testFiles every test file, as `test/KIND/…test.ts`
 * @returns {Plan}
 */
export function chooseTests(args, testFiles) {
  const firstOption = args.findIndex((arg) => arg.startsWith('-'));
  const names = firstOption < 0 ? [...args] : args.slice(0, firstOption);
  const options = firstOption < 0 ? [] : args.slice(firstOption);
  const files = new Set(/** @type {string[]} */ ([]));

  const asked = names.length === 0 ? ALL.filter((kind) => !ON_REQUEST.includes(kind)) : names;
  for (const name of asked) {
    const matching = ALL.includes(name)
      ? testFiles.filter((file) => folderOf(file) === name)
      : testFiles.filter((file) => file.startsWith(name.replace(/^\.\//, '')));
    // A kind without any test is a mistake too: an empty run must never look like a good one.
    if (matching.length === 0) {
      return { runs: [], files: [], options, needsDist: false, problem: `no test file matches "${name}"` };
    }
    for (const file of matching) files.add(file);
  }

  const narrowed = names.some((name) => !ALL.includes(name));
  const chosen = [...files].filter((file) => ALL.includes(folderOf(file)));
  const runs = STAGES.map((stage) => stage.flatMap((projects) => runsOf(projects, chosen, narrowed)));
  const needsDist = chosen.some((file) => !FROM_SOURCE.includes(folderOf(file)));
  return { runs: runs.filter((stage) => stage.length > 0), files: chosen, options, needsDist, problem: null };
}

/**
 * @param {string[]} projects
 * @param {string[]} chosen
 * @param {boolean} narrowed
 * @returns {Run[]}
 */
function runsOf(projects, chosen, narrowed) {
  const asked = projects.filter((project) => chosen.some((file) => isFor(project, file)));
  if (asked.length === 0) return [];
  const title = asked.join(', ');
  const filters = narrowed ? chosen.filter((file) => asked.some((project) => isFor(project, file))) : [];
  const run = {
    ...{ title, projects: asked, filters },
    isLong: asked.some((project) => LONG.includes(project)),
    takesAllCores: asked.some((project) => TAKES_ALL_CORES.includes(project)),
  };
  const shards = narrowed ? undefined : SHARDS.get(title);
  return shards?.map((shard) => ({ ...run, title: `${title} ${shard}`, shard })) ?? [run];
}

/** What takes a minute, most of it waiting. @param {string} name */
function isLong(name) {
  return name.startsWith('slow-');
}

/** Of the files of one kind, those named `uws-…` are for the engine uws alone, `load-…` for a project of their own, and so on. */
function isFor(/** @type {string} */ project, /** @type {string} */ file) {
  if (folderOf(file) !== kindOf(project)) return false;
  const name = file.split('/').at(-1) ?? '';
  switch (project) {
    case 'conformance':
      return !name.startsWith('uws-');
    case 'conformance-uws':
      return !name.startsWith('node-');
    case 'e2e':
      return !name.startsWith('load-') && !isLong(name);
    case 'e2e-long':
      return isLong(name);
    case 'e2e-load':
      return name.startsWith('load-');
    default:
      return true;
  }
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
function folderOf(file) {
  return file.split('/')[1] ?? '';
}

/** The folder of test/ that a project takes its files from. @param {string} project */
function kindOf(project) {
  return project.split('-')[0] ?? '';
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
