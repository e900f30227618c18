import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/source-tree.ts';

describe('proto-fresh', () => {
  it('the committed code is what proto/ gives (mend: npm run gen:proto)', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/gen-proto.mjs', '--check'], {
      cwd: ROOT,
      encoding: 'utf8',
      timeout: 50_000,
    });
    expect({ status, stale: stderr.includes('is stale') ? stderr : '' }).toEqual({ status: 0, stale: '' });
  });
});
