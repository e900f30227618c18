import { describe, expect, it } from 'vitest';
import { KNOWN_NAMES, knownName } from '../../../../../src/worker/listener/node/http2-field-names.ts';

const find = (text: string): string | null => {
  const bytes = Buffer.from(`<${text}>`, 'latin1');
  return knownName(bytes, 1, bytes.length - 1);
};

describe('known-name', () => {
  it('finds each of them in any case', () => {
    expect(KNOWN_NAMES.size).toBeGreaterThan(80);
    for (const name of KNOWN_NAMES) {
      expect(find(name)).toBe(name);
      expect(find(name.toUpperCase())).toBe(name);
      expect(find(`${name.slice(0, 1).toUpperCase()}${name.slice(1)}`)).toBe(name);
    }
  });

  it('finds no other', () => {
    for (const name of KNOWN_NAMES) {
      for (const other of [
        `${name}x`,
        `x${name}`,
        name.slice(1),
        name.slice(0, -1),
        name.replaceAll('-', '_'),
        `${name.slice(0, -2)}..`,
      ])
        if (!KNOWN_NAMES.has(other)) expect(find(other)).toBe(null);
    }
    expect(find('')).toBe(null);
    expect(find('x')).toBe(null);
    expect(find('\xff'.repeat(300))).toBe(null);
  });

  it('holds names of RFC 9113 8.2.1 alone', () => {
    for (const name of KNOWN_NAMES) expect(name).toMatch(/^[a-z0-9-]+$/);
  });
});
