/**
 * Writes the files of a single-file executable to the private cache, where Node.js can load them: libraries and modules are loaded from
 * files only, and so are the programs of threads. Before the program starts, in its only thread. It runs at each start, and writes what
 * is missing or changed.
 *
 *     CACHE/penstock-0.1.0-<hash of all files>/package.json, start.cjs, dist/…, node_modules/…
 */

import { join } from 'node:path';
import { checkLoadable, keepFile, privateCacheFolder } from './private-cache.ts';
import type { Environment } from './system.ts';

/** What an executable says of the files that it holds (scripts/build-binary.mjs). */
export interface ProgramManifest {
  /** The folder's name; other files, another name. */
  readonly name: string;
  /** Path below the folder → SHA-256 in hex. */
  readonly files: Readonly<Record<string, string>>;
}

/** The folder, with every file as the manifest says. `read` gives the bytes of a file. Throws PENSTOCK_NATIVE_UNAVAILABLE. */
export function unpackProgram(
  manifest: ProgramManifest,
  read: (path: string) => Uint8Array,
  environment: Environment = process.env,
): string {
  const folder = join(privateCacheFolder(environment), manifest.name);
  for (const [path, sha256] of Object.entries(manifest.files)) {
    const file = join(folder, path);
    keepFile(file, sha256, () => read(path));
    if (path.endsWith('.node')) checkLoadable(file);
  }
  return folder;
}
