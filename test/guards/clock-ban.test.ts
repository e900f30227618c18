/** Time and chance come in as arguments, so that every test can set them. `src/kit/clock.ts` is their only door. */

import { describe, expect, it } from 'vitest';
import { findClocks } from '../support/banned-code.ts';
import { treeFiles } from '../support/source-tree.ts';

const DOOR = 'src/kit/clock.ts';

describe('clocks and dice', () => {
  const files = treeFiles(['src'], /\.ts$/);

  it(`are named in ${DOOR} only`, () => {
    const findings = files
      .filter(({ path }) => path !== DOOR)
      .flatMap(({ path, text }) => findClocks(path, text).map(({ line, what }) => `${path}:${line} ${what}`));
    expect(findings, `take a Clock or a Random of ${DOOR} as a parameter`).toEqual([]);
  });

  it(`are found in ${DOOR}: the scan sees them`, () => {
    const door = files.find(({ path }) => path === DOOR);
    const found = findClocks(DOOR, door?.text ?? '').map(({ what }) => what);
    expect(new Set(found)).toEqual(new Set(['Date.now', 'performance.now', 'process.hrtime', 'Math.random']));
  });

  it.each([
    ['Date.now', 'const a = Date.now();'],
    ['performance.now', 'const a = performance.now;'],
    ['Math.random', 'f(Math.random);'],
    ['process.hrtime', 'process.hrtime.bigint();'],
    ['new Date()', 'const a = new Date();'],
    ['Date()', 'const a = Date();'],
  ])('the scan finds %s in %s', (what, code) => {
    expect(findClocks('x.ts', code).map((finding) => finding.what)).toContain(what);
  });

  it('the scan takes a date that is made from a number', () => {
    expect(findClocks('x.ts', 'new Date(clock.epochMs()); // Date.now()')).toEqual([]);
  });
});
