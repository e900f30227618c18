/** What a figure belongs to: the machine and the commit. */

import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Figures of the same machine, in this sense, may be compared. */
export function machineName() {
  const all = cpus();
  return `${all[0]?.model.trim() ?? 'unknown'}, ${all.length} cores, Node ${process.version}`;
}

/** The commit, with a plus where the checkout differs from it. `folder`: the last commit that changed it, so that the name outlives what changes beside it. */
export function commitName(folder = '') {
  const git = (...args) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  const only = folder === '' ? [] : ['--', folder];
  try {
    const id = git('log', '-1', '--format=%h', '--abbrev=12', ...only);
    return `${id}${git('status', '--porcelain', ...only) === '' ? '' : '+'}`;
  } catch {
    return 'unknown';
  }
}
