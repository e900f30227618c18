/** Every configuration in examples/ is valid: they are copied from. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatProblems } from '../../src/kit/format-problems.ts';
import { readConfig } from '../../src/primary/source/read-config.ts';
import { validateConfig } from '../../src/primary/validate/validate.ts';
import { ROOT, treeFiles } from '../support/source-tree.ts';

const examples = treeFiles(['examples'], /\.yaml$/).map(({ path }) => path);

describe('examples', () => {
  it('are looked at', () => {
    expect(examples).toContain('examples/quickstart/penstock.yaml');
  });

  it.each(examples)('%s is valid', (path) => {
    const { problems } = validateConfig(readConfig(join(ROOT, path), {}));
    expect(formatProblems(problems)).toBe('');
  });
});
