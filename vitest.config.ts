import { defineConfig } from 'vitest/config';

interface Kind {
  /** Folder of test/. */
  readonly folder: string;
  /** Its files share one process, or one for each core, which loads the sources once. */
  readonly shared?: boolean;
  /** Everything that opens sockets runs serially: timing tests must not share the two cores. */
  readonly serial: boolean;
  readonly timeoutMs: number;
  /** The folder's name, if left out. */
  readonly name?: string;
  readonly env?: Record<string, string>;
  /** The files; every one of the folder, if left out. */
  readonly include?: string;
  /** Files of the folder that are for another project. */
  readonly exclude?: string[];
}

/** One project a kind of test. */
const project = ({
  folder,
  serial,
  timeoutMs,
  shared = false,
  name = folder,
  env = {},
  include = `test/${folder}/**/*.test.ts`,
  exclude = [],
}: Kind) => ({
  test: {
    name,
    include: [include],
    exclude,
    env,
    pool: 'forks' as const,
    isolate: !shared,
    setupFiles: ['test/support/end-leftovers.ts'],
    fileParallelism: !serial,
    testTimeout: timeoutMs,
    hookTimeout: timeoutMs,
    // What is marked as concurrent waits more than it works.
    maxConcurrency: 30,
    ...(serial ? { globalSetup: ['test/support/require-dist.ts'] } : {}),
  },
});

/** The same cases on either engine; test/support/conformance-bed.ts reads which one is meant. */
const conformance = (engine: 'node' | 'uws', other: 'node' | 'uws') =>
  project({
    name: engine === 'node' ? 'conformance' : `conformance-${engine}`,
    folder: 'conformance',
    serial: true,
    shared: true,
    timeoutMs: 60_000,
    env: { PENSTOCK_TEST_ENGINE: engine },
    exclude: [`**/${other}-*.test.ts`],
  });

export default defineConfig({
  test: {
    // For what does not run serially: one more than the smallest machine has cores, since tests wait for disks and timers, too.
    maxWorkers: 3,
    projects: [
      project({ folder: 'unit', serial: false, shared: true, timeoutMs: 20_000 }),
      project({ folder: 'property', serial: false, shared: true, timeoutMs: 120_000 }),
      project({ folder: 'guards', serial: false, timeoutMs: 60_000 }),
      project({ folder: 'integration', serial: true, shared: true, timeoutMs: 60_000 }),
      conformance('node', 'uws'),
      conformance('uws', 'node'),
      project({
        folder: 'e2e',
        serial: true,
        timeoutMs: 300_000,
        exclude: ['**/load-*.test.ts', '**/slow-*.test.ts'],
      }),
      project({
        // They wait more than they work: scripts/test-plan.mjs runs them beside the others.
        name: 'e2e-long',
        folder: 'e2e',
        include: 'test/e2e/slow-*.test.ts',
        serial: true,
        timeoutMs: 300_000,
      }),
      // They take all cores: scripts/test-plan.mjs runs nothing beside them.
      project({
        name: 'e2e-load',
        folder: 'e2e',
        include: 'test/e2e/load-*.test.ts',
        serial: true,
        timeoutMs: 300_000,
      }),
      project({ folder: 'floods', serial: true, timeoutMs: 300_000 }),
      project({ folder: 'soak', serial: true, timeoutMs: 600_000 }),
    ],
  },
});
