import { describe, expect, it } from 'vitest';
import { headerOps } from '../../../../src/bridge/snapshot/header-ops.ts';

const OWN = 'X-Forwarded-For: a\r\nX-FORWARDED-HOST: b\r\nX-Real-IP: X-Forwarded-For: c\r\nX-Request-Id:\r\n';

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

  it('finds whole lines of those that penstock adds by their whole names, in any case, and again at the next request', () => {
    const { replacedOwn } = headerOps({
      add: [],
      set: [],
      remove: ['x-forwarded-host', 'x-forwarded', 'x-request-id'],
    });
    expect(replacedOwn).not.toBeNull();
    for (let request = 0; request < 2; request++)
      expect(OWN.replace(replacedOwn as RegExp, '')).toBe(
        'X-Forwarded-For: a\r\nX-Real-IP: X-Forwarded-For: c\r\n',
      );
  });

  it('takes every character of a token for itself', () => {
    const name = "X-Forwarded-!#$%&'*+.^`|~9";
    const { replacedOwn } = headerOps({ add: [], set: [{ name, value: '' }], remove: ['x-forwarded-.*'] });
    const lines = `a: b\r\n${name.toUpperCase()}: c\r\nx-forwarded-.*: d\r\nX-Forwarded-For: e\r\n`;
    expect(lines.replace(replacedOwn as RegExp, '')).toBe('a: b\r\nX-Forwarded-For: e\r\n');
  });

  it('has no pattern where nothing of that goes', () => {
    const none = {
      add: [{ name: 'X-Real-IP', value: 'b' }],
      set: [{ name: 'x-old', value: '' }],
      remove: ['accept'],
    };
    expect(headerOps(none).replacedOwn).toBeNull();
  });
});
