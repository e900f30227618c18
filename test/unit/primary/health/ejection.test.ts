import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ejection, maxEjected, mayEject } from '../../../../src/primary/health/ejection.ts';

const RULES = { ejectMs: 10_000 };

describe('ejection', () => {
  it('lasts longer each time in a row, up to five minutes', () => {
    const ejection = new Ejection();
    let nowMs = 0;
    const lengths = Array.from({ length: 40 }, () => {
      const forMs = ejection.begin(nowMs, RULES);
      nowMs += forMs;
      expect(ejection.leftMs(nowMs)).toBe(0);
      ejection.end(nowMs);
      return forMs;
    });
    expect(lengths.slice(0, 4)).toEqual([10_000, 20_000, 30_000, 40_000]);
    expect(lengths.slice(-2)).toEqual([300_000, 300_000]);
  });

  it('is never longer than a long eject_for', () => {
    const ejection = new Ejection();
    expect(ejection.begin(0, { ejectMs: 900_000 })).toBe(900_000);
    ejection.end(900_000);
    expect(ejection.begin(900_001, { ejectMs: 900_000 })).toBe(900_000);
  });

  it('is as short as the first again after it served well for as long', () => {
    const ejection = new Ejection();
    for (let nowMs = 0, n = 1; n <= 3; n++) {
      nowMs += ejection.begin(nowMs, RULES);
      ejection.end(nowMs);
    }
    expect(ejection.begin(60_000 + 10_000, RULES)).toBe(30_000);
    ejection.end(100_000);
    expect(ejection.begin(1_000_000, RULES)).toBe(10_000);
  });
});

describe('mayEject', () => {
  const serving = { serves: true, ejected: false };
  const down = { serves: false, ejected: false };
  const out = { serves: false, ejected: true };

  it.each([
    ['one of two', [serving, serving], 50, true],
    ['one of two, whatever the percentage', [serving, serving], 1, true],
    ['not the only one', [serving], 100, false],
    ['not the last that serves', [serving, down], 100, false],
    ['not the last that is not ejected', [serving, out], 100, false],
    ['not above the percentage', [serving, serving, serving, out, out], 50, false],
    ['up to the percentage', [serving, serving, serving, out], 50, true],
  ])('ejects %s', (_, all, maxEjectedPercent, expected) => {
    const endpoints = all.map((one) => ({ ...one }));
    expect(mayEject(endpoints[0]!, endpoints, { maxEjectedPercent })).toBe(expected);
  });

  it('never leaves a service without an endpoint, nor ejects more than one above the percentage', () => {
    const kinds = fc.array(fc.constantFrom('serving', 'down', 'out'), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(kinds, fc.integer({ min: 1, max: 100 }), (states, maxEjectedPercent) => {
        const all = states.map((kind) => ({ ...{ serving, down, out }[kind] }));
        const allowed = maxEjected(all.length, maxEjectedPercent);
        const before = all.filter(({ ejected }) => ejected).length;
        for (const endpoint of all) {
          if (!endpoint.serves || !mayEject(endpoint, all, { maxEjectedPercent })) continue;
          Object.assign(endpoint, out);
        }
        const after = all.filter(({ ejected }) => ejected).length;
        expect(after).toBeLessThanOrEqual(Math.max(before, allowed));
        if (states.includes('serving')) expect(all.some(({ serves }) => serves)).toBe(true);
      }),
    );
  });
});
