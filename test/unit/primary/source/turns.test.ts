import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Turns } from '../../../../src/primary/source/turns.ts';

describe('turns', () => {
  it('every item comes round, none twice in a turn', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 60 }), (length, count) => {
        const turns = new Turns<number>();
        turns.of(Array.from({ length }, (_, i) => i));
        const seen: number[] = [];
        for (let round = 0; round < Math.ceil(length / count); round++) {
          const turn: number[] = [];
          turns.next(count, (item) => turn.push(item));
          expect(new Set(turn).size).toBe(Math.min(count, length));
          seen.push(...turn);
        }
        expect(new Set(seen).size).toBe(length);
      }),
    );
  });

  it('goes on where it was when the list is another one, or becomes shorter', () => {
    const turns = new Turns<string>();
    const next = (count: number): string[] => {
      const turn: string[] = [];
      turns.next(count, (item) => turn.push(item));
      return turn;
    };
    turns.of(['a', 'b', 'c', 'd']);
    expect(next(2)).toEqual(['a', 'b']);
    turns.of(['A', 'B', 'C', 'D']);
    expect(next(1)).toEqual(['C']);
    turns.of(['x', 'y']);
    expect(next(3)).toEqual(['x', 'y']);
    turns.of([]);
    expect(next(3)).toEqual([]);
  });
});
