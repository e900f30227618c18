/** What benchmarks print, draw and keep. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { barChart } from '../../../bench/kit/bar-chart.mjs';
import { aligned, markdown } from '../../../bench/kit/tables.mjs';
import { findBaseline, ratioText, storeBaseline } from '../../../bench/load/baseline.mjs';
import { isMissed, verdictTable } from '../../../bench/micro/verdict.mjs';

describe('tables', () => {
  it('stand in Markdown or in columns', () => {
    expect(markdown(['a', 'b'], [['x', 10]])).toEqual(['| a | b |', '| --- | --- |', '| x | 10 |']);
    expect(aligned(['case', 'ms'], [['x', 10.5]])).toEqual(['case    ms', '----  ----', 'x     10.5']);
  });

  it('say which budgets were met, and of what has none, nothing', () => {
    const rows = [
      { what: 'a', nanoseconds: 300, budget: 300 },
      { what: 'b', nanoseconds: 1_500, budget: 1_000 },
      { what: 'c', nanoseconds: 2e6, budget: null },
    ];
    expect(rows.map(isMissed)).toEqual([false, true, false]);
    const cells = verdictTable(rows)
      .split('\n')
      .slice(2)
      .map((line: string) => line.split(/ {2,}/));
    expect(cells).toEqual([
      ['a', '300.0 ns', '300.0 ns', 'met'],
      ['b', '1.50 µs', '1.00 µs', 'missed'],
      ['c', '2.00 ms', '–'],
    ]);
  });
});

describe('bar-chart', () => {
  const chart = {
    title: 'a & b',
    notes: ['a machine'],
    now: 'this run',
    names: ['one', 'two'],
  };
  const widths = (svg: string, kind: string): number[] =>
    [...svg.matchAll(new RegExp(`class="${kind}" [^>]*width="([\\d.]+)" height="13"`, 'g'))].map(
      ([, width]) => Number(width),
    );

  it('has a bar for each value, in proportion, and a second one where there is a baseline', () => {
    const svg = barChart({
      ...chart,
      before: 'baseline',
      panels: [{ title: 'µs', digits: 1, now: [50, 100], before: [25, Number.NaN] }],
    });
    const [first, second] = widths(svg, 'now');
    expect(second).toBeCloseTo(2 * (first ?? 0));
    expect(widths(svg, 'before')).toEqual([expect.closeTo((first ?? 0) / 2)]);
    expect(svg).toContain('>50.0<');
    expect(svg).toContain('a &amp; b');
    expect(svg).toContain('prefers-color-scheme: dark');
  });

  it('is drawn where nothing is known', () => {
    const svg = barChart({
      ...chart,
      before: null,
      panels: [{ title: 'µs', digits: 1, now: [Number.NaN, Number.NaN], before: null }],
    });
    expect(widths(svg, 'now')).toEqual([]);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });
});

describe('baselines', () => {
  it('are kept by machine and settings, and compared as ratios', () => {
    const folder = mkdtempSync(join(tmpdir(), 'penstock-baseline-'));
    try {
      const file = join(folder, 'baseline.json');
      const here = { machine: 'm', settings: 's' };
      expect(findBaseline(file, here)).toBeNull();
      storeBaseline(file, { ...here, commit: 'c' }, [{ key: 'bare', name: 'Bare', rate: [1, 3, 2] }]);
      storeBaseline(file, { machine: 'm', settings: 't', commit: 'd' }, []);
      expect(findBaseline(file, here)).toMatchObject({ commit: 'c', cases: { bare: { rate: 2 } } });
      expect(findBaseline(file, { ...here, machine: 'other' })).toBeNull();
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(ratioText([1, 3, 2], 2)).toBe('1.00 (0.50–1.50)');
    expect(ratioText([1], undefined)).toBe('–');
    expect(ratioText([Number.NaN], 2)).toBe('–');
  });
});
