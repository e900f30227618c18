/** What `npm test` runs and counts. */

import { describe, expect, it } from 'vitest';
import { chooseTests, countResults, summaryLine } from '../../../scripts/test-plan.mjs';

const FILES = [
  'test/unit/kit/path.test.ts',
  'test/unit/kit/host.test.ts',
  'test/property/router.test.ts',
  'test/guards/clock-ban.test.ts',
  'test/integration/reload.test.ts',
  'test/conformance/smuggling.test.ts',
  'test/e2e/quickstart.test.ts',
  'test/e2e/slow-peers.test.ts',
  'test/e2e/load-reloads.test.ts',
  'test/floods/door.test.ts',
  'test/soak/soak.test.ts',
];

describe('chooseTests', () => {
  it('runs everything in stages: in parts, side by side, and conformance on both engines', () => {
    const plan = chooseTests([], FILES);
    expect(plan.problem).toBeNull();
    expect(plan.needsDist).toBe(true);
    expect(plan.runs.map((runs) => runs.map((run) => run.projects))).toEqual([
      [['unit', 'property', 'guards'], ['e2e-long']],
      [['integration'], ['integration'], ['integration']],
      [['conformance'], ['conformance'], ['conformance-uws'], ['e2e']],
      [['e2e-load']],
    ]);
    const titles = (is: 'isLong' | 'takesAllCores') =>
      plan.runs.flat().flatMap((run) => (run[is] ? run.title : []));
    expect(titles('isLong')).toEqual(['e2e-long']);
    expect(titles('takesAllCores')).toEqual(['e2e-load']);
    expect(plan.runs.flat().flatMap((run) => run.filters)).toEqual([]);
    expect(plan.runs[1]?.map((run) => run.shard)).toEqual(['1/3', '2/3', '3/3']);
    const onRequest = FILES.filter((file) => /\/(floods|soak)\//.test(file));
    expect(plan.files.toSorted()).toEqual(FILES.filter((file) => !onRequest.includes(file)).toSorted());
    expect(chooseTests(['floods', 'soak'], FILES).files).toEqual(onRequest);
  });

  it('takes kinds, and needs no build for those that run from source', () => {
    const plan = chooseTests(['unit', 'guards'], FILES);
    expect(plan.runs.map((runs) => runs.map((run) => run.projects))).toEqual([[['unit', 'guards']]]);
    expect(plan.needsDist).toBe(false);
  });

  it('takes files and folders, and passes options on', () => {
    const plan = chooseTests(['test/unit/kit/path.test.ts', './test/integration', '-t', 'some name'], FILES);
    expect(plan.runs).toMatchObject([
      [{ title: 'unit', projects: ['unit'], filters: ['test/unit/kit/path.test.ts'] }],
      [{ title: 'integration', projects: ['integration'], filters: ['test/integration/reload.test.ts'] }],
    ]);
    expect(plan.options).toEqual(['-t', 'some name']);
    expect(plan.needsDist).toBe(true);
  });

  it.each([
    ['smuggling', ['conformance', 'conformance-uws']],
    ['node-pipelining', ['conformance']],
    ['uws-timers', ['conformance-uws']],
  ])('runs conformance/%s on the engines that it is for', (name, projects) => {
    const file = `test/conformance/${name}.test.ts`;
    const plan = chooseTests([file], [file]);
    expect(plan.runs.flat().map((run) => [run.title, run.filters])).toEqual(
      projects.map((project) => [project, [file]]),
    );
  });

  it.each([
    ['quickstart', 'e2e'],
    ['slow-peers', 'e2e-long'],
    ['load-reloads', 'e2e-load'],
  ])('runs e2e/%s once, as %s', (name, project) => {
    const file = `test/e2e/${name}.test.ts`;
    expect(chooseTests([file], FILES).runs).toMatchObject([
      [{ title: project, projects: [project], filters: [file] }],
    ]);
  });

  it.each([['sim'], ['test/unit/kit/pth.test.ts'], ['test/nothing']])(
    'says that nothing matches %s',
    (name) => {
      const plan = chooseTests(['unit', name], FILES);
      expect(plan.problem).toContain(name);
      expect(plan.runs).toEqual([]);
    },
  );

  it('misses a kind that has no test at all', () => {
    const withoutE2e = FILES.filter((file) => !file.includes('/e2e/'));
    expect(chooseTests([], withoutE2e).problem).toContain('e2e');
  });
});

describe('countResults', () => {
  const report = (figures: object): string =>
    JSON.stringify({
      numPassedTests: 0,
      numFailedTests: 0,
      numPendingTests: 0,
      numTodoTests: 0,
      testResults: [],
      ...figures,
    });

  it('takes the figures of a good run', () => {
    const counts = countResults(report({ numPassedTests: 5, numPendingTests: 1, numTodoTests: 1 }), 0);
    expect(counts).toEqual({ passed: 5, failed: 0, skipped: 2, problem: null });
  });

  it('counts failed tests once', () => {
    const testResults = [{ status: 'failed', name: 'a', assertionResults: [{ status: 'failed' }] }];
    expect(countResults(report({ numPassedTests: 5, numFailedTests: 1, testResults }), 1)).toMatchObject({
      failed: 1,
    });
  });

  it('counts a file that cannot be loaded as a failure', () => {
    const testResults = [{ status: 'failed', name: 'broken.test.ts', assertionResults: [] }];
    const counts = countResults(report({ numPassedTests: 5, testResults }), 1);
    expect(counts.failed).toBe(1);
    expect(counts.problem).toContain('broken.test.ts');
  });

  it.each([
    ['no report', null, 0],
    ['a report that is not JSON', '{', 0],
    ['a report of something else', '{}', 0],
    ['no test', report({}), 0],
    ['a bad exit status', report({ numPassedTests: 3 }), 1],
    ['an end by a signal', report({ numPassedTests: 3 }), -1],
  ])('counts %s as a failure', (_what, text, status) => {
    const counts = countResults(text, status);
    expect(counts.failed).toBe(1);
    expect(counts.problem).not.toBeNull();
  });
});

describe('summaryLine', () => {
  it('names skips only where there are any', () => {
    expect(summaryLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
    expect(summaryLine({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped');
  });
});
