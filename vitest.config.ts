import { defineConfig } from 'vitest/config';

/** One project a kind of test. Everything that opens sockets runs serially: timing tests must not share the two cores. */
const project = (name: string, serial: boolean, timeoutMs: number) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    pool: 'forks' as const,
    fileParallelism: !serial,
    testTimeout: timeoutMs,
    hookTimeout: timeoutMs,
    ...(serial ? { globalSetup: ['test/support/require-dist.ts'] } : {}),
  },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', false, 20_000),
      project('property', false, 120_000),
      project('guards', false, 60_000),
      project('integration', true, 60_000),
      project('conformance', true, 60_000),
      project('e2e', true, 300_000),
    ],
  },
});
