import { describe, expect, it } from 'vitest';
import { CheckGate } from '../../../../src/primary/health/check-gate.ts';

describe('check-gate', () => {
  it('lets so many in at once, and the others in their order', () => {
    const gate = new CheckGate(2);
    const begun: string[] = [];
    const leave = new Map<string, () => void>();
    const cancel = ['a', 'b', 'c', 'd', 'e'].map((name) =>
      gate.enter((out) => {
        begun.push(name);
        leave.set(name, out);
      }),
    );
    expect(begun).toEqual(['a', 'b']);
    cancel[2]!();
    leave.get('a')!();
    // Twice is once.
    leave.get('a')!();
    expect(begun).toEqual(['a', 'b', 'd']);
    leave.get('b')!();
    leave.get('d')!();
    expect(begun).toEqual(['a', 'b', 'd', 'e']);
  });
});
