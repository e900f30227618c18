/** The files of this checkout, for guard tests that read code instead of running it. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

export interface TreeFile {
  /** Relative to the checkout, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

const IGNORED = /(?:^|\/)(?:node_modules|dist|gen|results|test-results|penstock-state|\.git)\//;

/** All files below these folders whose name matches, in order of their paths. Generated code is left out. */
export function treeFiles(folders: readonly string[], name: RegExp): TreeFile[] {
  return folders
    .flatMap((folder) => pathsBelow(folder))
    .filter((path) => name.test(path) && !IGNORED.test(`${path}`))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

function pathsBelow(folder: string): string[] {
  try {
    return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
