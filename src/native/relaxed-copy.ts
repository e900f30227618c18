/** The edited copy of a pinned build, for a glibc that is older than the one it was built for. */

import { basename } from 'node:path';
import { cacheFile, privateCacheFolder } from './private-cache.ts';
import { relaxGlibc } from './relax-glibc.ts';
import type { Environment } from './system.ts';
import type { UwsPackageFile } from './uws-file.ts';

/** Its path in the private cache; it is made if need be. Throws PENSTOCK_NATIVE_UNAVAILABLE. */
export function relaxedCopy(file: UwsPackageFile, environment: Environment): string {
  return cacheFile(privateCacheFolder(environment), basename(file.path, '.node'), relaxGlibc(file.bytes));
}
