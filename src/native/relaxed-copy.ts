/** The edited copy of a pinned build, for a glibc that is older than the one it was built for. */

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { nativeUnavailable } from './native-error.ts';
import { RELAXED_SHA256 } from './pinned-builds.ts';
import { cacheFile, privateCacheFolder } from './private-cache.ts';
import { relaxGlibc } from './relax-glibc.ts';
import type { Environment } from './system.ts';
import type { UwsPackageFile } from './uws-file.ts';

/** Its path in the private cache; it is made if need be. Throws PENSTOCK_NATIVE_UNAVAILABLE. */
export function relaxedCopy({ path, build }: UwsPackageFile, environment: Environment): string {
  const sha256 = RELAXED_SHA256.get(build);
  // Only builds for Linux need one, and each of these has.
  if (sha256 === undefined)
    throw nativeUnavailable(`there is no copy of ${path} for an older glibc`, 'Run: npm ci');
  return cacheFile(privateCacheFolder(environment), basename(path, '.node'), sha256, () =>
    relaxGlibc(readFileSync(path)),
  );
}
