import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareUws } from '../../src/native/prepare.ts';
import { describeSystem, isOlder } from '../../src/native/system.ts';
import { runScript } from './native-fixtures/run-script.ts';

interface Served {
  readonly status: number;
  readonly advertises: boolean;
  readonly body: string;
}

const served = { status: 200, advertises: false, body: `served by ${process.version}` };
const { glibc } = describeSystem();
/** Where the engine was built for a newer glibc, what is loaded is the edited copy in the cache. */
const edited = glibc !== null && isOlder(glibc, '2.38');
/** Registers a test only there: elsewhere it is not skipped, it has no subject. */
const itEdited = edited ? it : (_name: string, _test: () => Promise<void>): void => {};

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'penstock-native-'));
});
afterEach(() => rmSync(cache, { recursive: true }));

describe('the engine loads', () => {
  it('in four threads at once, with an empty cache', async () => {
    const results = await runScript('load-in-threads.mjs', { args: [4], env: { PENSTOCK_CACHE: cache } });
    expect(results).toEqual(Array.from({ length: 4 }, () => ({ ...served, exit: 0 })));
    expect(readdirSync(cache).length).toBe(edited ? 1 : 0);
  });

  it('in four processes at once, with an empty cache', async () => {
    const env = { PENSTOCK_CACHE: cache };
    const results = await Promise.all([1, 2, 3, 4].map(() => runScript<Served>('serve-once.mjs', { env })));
    expect(results).toEqual([served, served, served, served]);
    expect(readdirSync(cache).length).toBe(edited ? 1 : 0);
  });

  it('from the file that the primary prepared', async () => {
    const prepared = prepareUws({ PENSTOCK_CACHE: cache });
    expect(dirname(prepared.path) === cache).toBe(edited);
    const before = readdirSync(cache);
    expect(await runScript('serve-once.mjs', { env: { PENSTOCK_CACHE: cache } })).toEqual(served);
    expect(readdirSync(cache)).toEqual(before);
  });

  itEdited('although somebody spoiled the file in the cache', async () => {
    const { path } = prepareUws({ PENSTOCK_CACHE: cache });
    rmSync(path);
    writeFileSync(path, 'spoiled', { mode: 0o500 });
    expect(await runScript('serve-once.mjs', { env: { PENSTOCK_CACHE: cache } })).toEqual(served);
  });

  it('from the file that PENSTOCK_UWS names, wherever it is', async () => {
    const path = join(cache, 'build of mine.node');
    copyFileSync(prepareUws().path, path);
    expect(await runScript('serve-once.mjs', { env: { PENSTOCK_UWS: path } })).toEqual(served);
  });
});

describe('the engine refuses to load, with one clear error', () => {
  itEdited('when PENSTOCK_UWS names a build for a newer glibc', async () => {
    const folder = dirname(createRequire(import.meta.url).resolve('uWebSockets.js'));
    const path = join(folder, `uws_linux_${process.arch}_${process.versions.modules}.node`);
    expect(await runScript('serve-once.mjs', { env: { PENSTOCK_UWS: path } })).toEqual({
      code: 'PENSTOCK_NATIVE_UNAVAILABLE',
      message: expect.stringContaining("GLIBC_2.38' not found"),
    });
  });

  itEdited('when the cache cannot be used', async () => {
    const path = join(cache, 'open');
    mkdirSync(path, { mode: 0o777 });
    expect(await runScript('serve-once.mjs', { env: { PENSTOCK_CACHE: path } })).toEqual({
      code: 'PENSTOCK_NATIVE_UNAVAILABLE',
      message: expect.stringContaining(`chmod 700 ${path}`),
    });
  });
});

describe('the header limit', () => {
  it.each([
    [8192, [1000, 7000, 12_000, 30_000], [200, 200, 431, 431]],
    [32_768, [1000, 12_000, 30_000, 40_000], [200, 200, 200, 431]],
    // 0 = no limit; only the engine's own bound on the number of fields is left.
    [0, [1000, 40_000, 90_000], [200, 200, 200]],
  ])('of %i bytes is set by the primary and held by the threads', async (limit, sizes, statuses) => {
    const result = await runScript('header-limit.mjs', {
      args: [limit, ...sizes],
      env: { PENSTOCK_CACHE: cache },
    });
    expect(result).toEqual({ statuses, refused: true });
  });
});
