/** What CONTRIBUTING.md asks of every file and a formatter does not see. */

import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { treeFiles } from '../support/source-tree.ts';

const MAX_LINES = 400;
const code = treeFiles(['src', 'test', 'scripts', 'bench', 'examples'], /\.(ts|mjs)$/);
const src = code.filter(({ path }) => path.startsWith('src/'));
const where = (files: readonly { readonly path: string }[]): string[] => files.map(({ path }) => path);

describe('every file', () => {
  it(`has at most ${MAX_LINES} lines`, () => {
    const long = code.filter(({ text }) => text.trimEnd().split('\n').length > MAX_LINES);
    expect(where(long), 'split it along what changes for different reasons').toEqual([]);
  });

  it('has a kebab-case name that says what it holds', () => {
    const odd = code.filter(({ path }) => {
      const name = basename(path).replace(/(\.test)?\.(ts|mjs|d\.ts)$/, '');
      return !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || /^(utils?|helpers?|common|misc|shared)$/.test(name);
    });
    expect(where(odd)).toEqual([]);
  });

  it('of src says at its head what it is', () => {
    const silent = src.filter(({ text }) => !/^(#!.*\n)?(\/\/ (hot|cold): .*\n)?\n*\/\*\*/.test(text));
    expect(
      where(silent),
      'begin with a comment of 2 to 6 lines: what, which thread, what it must not do',
    ).toEqual([]);
  });

  it('of src but the doors of the package is no barrel', () => {
    // The modules that package.json exports.
    const doors = ['src/index.ts', 'src/snapshot.ts'];
    const barrels = src.filter(
      ({ path, text }) => !doors.includes(path) && /^export (type )?(\*|\{[^}]*\}) from /m.test(text),
    );
    expect(where(barrels), 'import from the file that holds the thing').toEqual([]);
  });
});

describe('the source', () => {
  it('has no way around the type checker', () => {
    // `any` itself is the linter's business; here are the ways to switch it or the compiler off.
    const escapes = src.filter(({ text }) => /@ts-(ignore|nocheck|expect-error)|noExplicitAny/.test(text));
    expect(where(escapes)).toEqual([]);
  });

  it('leaves no work for later in comments', () => {
    const open = src.filter(({ text }) => /\b(TODO|FIXME|XXX|HACK)\b/.test(text));
    expect(where(open), 'open an issue, or do it').toEqual([]);
  });
});
