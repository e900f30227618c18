import { describe, expect, it } from 'vitest';
import { headerOps } from '../../../../src/bridge/snapshot/header-ops.ts';

const LINES = 'A: 1\r\nx-old: a\r\nX-OLD-2: b\r\nX-Set: X-Old: c\r\nz: 2\r\nX-Old:\r\n';

describe('header-ops', () => {
  it('names the fields that go, and has the lines that come: set before add, as byte strings', () => {
    const { replaced, lines } = headerOps({
      add: [{ name: 'X-Add', value: 'a' }],
      set: [{ name: 'X-Set', value: 'ü' }],
      remove: ['x-old'],
    });
    expect(replaced).toEqual(['x-old', 'x-set']);
    expect(lines).toBe('X-Set: \xc3\xbc\r\nX-Add: a\r\n');
  });

  it('finds whole lines by their whole names, in any case, and again at the next message', () => {
    const { replacedLines } = headerOps({ add: [], set: [], remove: ['x-old'] });
    expect(replacedLines).not.toBeNull();
    for (let message = 0; message < 2; message++)
      expect(LINES.replace(replacedLines as RegExp, '')).toBe(
        'A: 1\r\nX-OLD-2: b\r\nX-Set: X-Old: c\r\nz: 2\r\n',
      );
  });

  it('takes every character of a token for itself', () => {
    const name = "x!#$%&'*+-.^_`|~9";
    const { replacedLines } = headerOps({ add: [], set: [{ name, value: '' }], remove: ['.*'] });
    expect(`a: b\r\n${name.toUpperCase()}: c\r\n.*: d\r\n`.replace(replacedLines as RegExp, '')).toBe(
      'a: b\r\n',
    );
  });

  it('has no pattern where nothing goes', () => {
    expect(headerOps({ add: [{ name: 'a', value: 'b' }], set: [], remove: [] }).replacedLines).toBeNull();
  });
});
