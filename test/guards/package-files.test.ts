/** What `npm pack` takes of dist/: what runs, and neither the single binary, which would make it a hundred times as large, nor source maps. */

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../support/source-tree.ts';

it('the package does not hold the single binary', () => {
  const folder = mkdtempSync(join(tmpdir(), 'penstock-package-'));
  try {
    mkdirSync(join(folder, 'dist', 'cli'), { recursive: true });
    for (const file of ['dist/penstock', 'dist/cli/main.js', 'dist/cli/main.js.map']) {
      writeFileSync(join(folder, file), '');
    }
    copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
    const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
    const { stdout } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' });
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    expect(files.map(({ path }) => path)).toEqual(['dist/cli/main.js', 'package.json']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
