import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PINNED_SHA256, RELAXED_SHA256, UWS_VERSION } from '../../../src/native/pinned-builds.ts';
import { relaxGlibc } from '../../../src/native/relax-glibc.ts';

const require = createRequire(import.meta.url);
const packageFolder = dirname(require.resolve('uWebSockets.js'));

describe('pinned-builds', () => {
  it('is the installed version, file by file', () => {
    const installed = new Map(
      readdirSync(packageFolder)
        .filter((file) => /^uws_(linux|darwin)_.*\.node$/.test(file))
        .map((file) => [
          file.slice('uws_'.length, -'.node'.length),
          createHash('sha256')
            .update(readFileSync(join(packageFolder, file)))
            .digest('hex'),
        ]),
    );
    expect(Object.fromEntries(PINNED_SHA256)).toEqual(Object.fromEntries(installed));
  });

  it('knows the edited copy of each build for Linux', () => {
    const edited = [...PINNED_SHA256.keys()]
      .filter((build) => build.startsWith('linux_'))
      .map((build) => [
        build,
        createHash('sha256')
          .update(relaxGlibc(readFileSync(join(packageFolder, `uws_${build}.node`))))
          .digest('hex'),
      ]);
    expect(Object.fromEntries(RELAXED_SHA256)).toEqual(Object.fromEntries(edited));
  });

  it('names the version that package.json pins', () => {
    const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
    expect(version).toBe(UWS_VERSION);
  });
});
