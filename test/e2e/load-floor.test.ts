/**
 * A guard against a gross regression of what a request costs: CPU time per request in units of native-bench's floor, in one run
 * (bench/compare/floor-ratio.mjs). The bounds are about twice what was measured, so that no machine fails them by its mood.
 */

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { requireProgram } from '../support/programs.ts';

const SCRIPT = fileURLToPath(new URL('../../bench/compare/floor-ratio.mjs', import.meta.url));
const ROUNDS = 3;
const MOST = { node: 6, uws: 8 };

interface FloorRatio {
  readonly ratios: { readonly node: readonly number[]; readonly uws: readonly number[] };
  readonly requests: number;
}

const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;

requireProgram(
  'wrk',
  'make',
  'cc',
)('a request beside the floor', () => {
  it('costs no more than a few times of what any proxy has to pay', () => {
    const args = [SCRIPT, '--rounds', String(ROUNDS)];
    const output = execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 120_000 });
    const { ratios, requests } = JSON.parse(output) as FloorRatio;
    const told = (list: readonly number[]): string => list.map((ratio) => ratio.toFixed(2)).join(' ');
    process.stdout.write(
      `times of the floor: node ${told(ratios.node)}, uws ${told(ratios.uws)}; ${requests} requests\n`,
    );
    expect(requests).toBeGreaterThan(1_000);
    expect(median(ratios.node)).toBeLessThan(MOST.node);
    expect(median(ratios.uws)).toBeLessThan(MOST.uws);
  });
});
