import { describe, expect, it } from 'vitest';
import { limitKey } from '../../../../src/bridge/memory/limit-key.ts';
import type { RateLimit } from '../../../../src/bridge/snapshot/model.ts';

const limitOf = (by: RateLimit['by'], header = ''): RateLimit => ({
  ...{ name: by, requestsPerSecond: 1, burst: 1, by, header },
  ...{ seed0: 1, seed1: 2 },
});
const requestWith = (headers: Readonly<Record<string, string>> = {}) => ({
  host: 'a.test',
  header: (name: string): string | null => headers[name] ?? null,
});
const REQUEST = requestWith();

describe('limitKey', () => {
  const byHeader = limitOf('header', 'x-key');
  const keyOf = (value: string | undefined, address = '192.0.2.1'): string =>
    limitKey(byHeader, address, requestWith(value === undefined ? {} : { 'x-key': value }));

  it('is the customer, the host, or nothing', () => {
    const key = (by: RateLimit['by'], address: string): string => limitKey(limitOf(by), address, REQUEST);
    expect(key('ip', '2001:db8::1')).toBe(key('ip', '2001:db8::2'));
    expect(key('ip', '192.0.2.1')).not.toBe(key('ip', '192.0.2.2'));
    expect(key('host', '192.0.2.1')).toBe('a.test');
    expect(key('global', '192.0.2.1')).toBe(key('global', '192.0.2.2'));
  });

  it('is the value of the header, whoever sends it', () => {
    expect(keyOf('one')).toBe(keyOf('one', '192.0.2.2'));
    expect(keyOf('one')).not.toBe(keyOf('two'));
  });

  it('is the customer where there is no such header, and none that a header can name', () => {
    expect(keyOf(undefined)).toBe(keyOf(''));
    expect(keyOf(undefined)).not.toBe(keyOf(undefined, '192.0.2.2'));
    for (const value of ['192.0.2.1', limitKey(limitOf('ip'), '192.0.2.1', REQUEST)])
      expect(keyOf(value)).not.toBe(keyOf(undefined));
  });

  it('has a bounded length, and tells long tokens apart by their ends and their length', () => {
    const long = 'x'.repeat(30_000);
    expect(keyOf(long).length).toBeLessThan(300);
    const all = [long, `${long}x`, `y${long.slice(1)}`, `${long.slice(1)}y`, long.slice(0, 256)];
    expect(new Set(all.map((value) => keyOf(value))).size).toBe(all.length);
  });
});
