import { describe, expect, it } from 'vitest';
import {
  ConnectionTable,
  connectionTableBytes,
  initConnectionTable,
  REFUSED,
  UNCOUNTED,
} from '../../../../../src/bridge/memory/connection-table.ts';
import { ConnectionLimits } from '../../../../../src/worker/listener/door/connection-limits.ts';

function newLimits(): ConnectionLimits {
  const buffer = new SharedArrayBuffer(connectionTableBytes(1));
  initConnectionTable(buffer, 7);
  return new ConnectionLimits(new ConnectionTable(buffer, 0, 1));
}

/** Whether a limit of one on the first address leaves no room for the second. */
function countTogether(one: string, other: string): boolean {
  const limits = newLimits();
  expect(limits.enterAddress(one, 1)).toBeGreaterThanOrEqual(0);
  expect(limits.enterAddress(one, 1)).toBe(REFUSED);
  return limits.enterAddress(other, 1) === REFUSED;
}

describe('ConnectionLimits', () => {
  it('has a count for each listener and each address', () => {
    const limits = newLimits();
    expect(limits.enterListener('http :80', 1)).toBeGreaterThanOrEqual(0);
    expect(limits.enterListener('http :80', 1)).toBe(REFUSED);
    expect(limits.enterListener('https :443', 1)).toBeGreaterThanOrEqual(0);
    expect(limits.enterAddress('192.0.2.1', 1)).toBeGreaterThanOrEqual(0);
    expect(limits.enterAddress('192.0.2.1', 1)).toBe(REFUSED);
    expect(limits.enterAddress('192.0.2.2', 1)).toBeGreaterThanOrEqual(0);
  });

  it('does not take a listener for an address of the same name', () => {
    const limits = newLimits();
    limits.enterListener('192.0.2.1', 1);
    expect(limits.enterAddress('192.0.2.1', 1)).toBeGreaterThanOrEqual(0);
  });

  it('gives room back', () => {
    const limits = newLimits();
    limits.leave(limits.enterListener('a', 1));
    limits.leave(limits.enterAddress('a', 1));
    expect(limits.enterListener('a', 1)).toBeGreaterThanOrEqual(0);
    expect(limits.enterAddress('a', 1)).toBeGreaterThanOrEqual(0);
    limits.leave(REFUSED);
    limits.leave(UNCOUNTED);
    expect(limits.enterListener('a', 1)).toBe(REFUSED);
  });

  it('counts nothing where the limit is 0', () => {
    const limits = newLimits();
    for (let i = 0; i < 5; i++) {
      expect(limits.enterListener('a', 0)).toBe(UNCOUNTED);
      expect(limits.enterAddress('a', 0)).toBe(UNCOUNTED);
    }
    expect(limits.enterListener('a', 1)).toBeGreaterThanOrEqual(0);
    expect(limits.enterAddress('a', 1)).toBeGreaterThanOrEqual(0);
  });
});

describe('a limit per address', () => {
  it.each([
    ['written out', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2:a:b:c:d'],
    [':: right behind the prefix', '2001:db8:1:2::', '2001:db8:1:2::1'],
    [':: behind the prefix and written out', '2001:db8:1:2::1', '2001:db8:1:2:3:4:5:6'],
    [':: that begins in the prefix', '2001:db8:1::1', '2001:db8:1:0:3:4:5:6'],
    [':: that is most of the prefix', '2001::1', '2001:0:0:0:3:4:5:6'],
    [':: in the prefix alone', '2001::3:4:5:6', '2001::1'],
    [':: that ends in the prefix', '2001::2:3:4:5:6', '2001:0:0:2::1'],
    [':: at the start', '::2:3:4:5:6', '0:0:0:2::1'],
    ['dotted IPv4 at the end', '2001:db8::192.0.2.1', '2001:db8::c000:202'],
    ['dotted IPv4 behind groups', '2001:db8::5:6:192.0.2.1', '2001:db8:0:0:5:6:c000:202'],
    ['a zone', 'fe80::1%eth0', 'fe80::2%eth0'],
  ])('takes a /64 for one client: %s', (_, one, other) => {
    expect(countTogether(one, other)).toBe(true);
    expect(countTogether(other, one)).toBe(true);
  });

  it.each([
    ['the fourth group', '2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['the fourth group behind ::', '2001::2:3:4:5:6', '2001::3:3:4:5:6'],
    ['the fourth group, one of them behind ::', '2001:db8::1', '2001:db8:0:1::1'],
    ['the first group', '2001:db8:1:2::1', '2002:db8:1:2::1'],
    ['the third group', '2001:db8::1', '2001:db8:1::1'],
  ])('keeps /64s apart that differ in %s', (_, one, other) => {
    expect(countTogether(one, other)).toBe(false);
  });

  it.each([
    ['IPv4', '192.0.2.1', '192.0.2.2'],
    ['IPv4-mapped', '::ffff:192.0.2.1', '::ffff:192.0.2.2'],
    ['translated', '64:ff9b::c000:201', '64:ff9b::c000:202'],
    ['loopback and IPv4-compatible', '::1', '::192.0.2.1'],
    ['nothing that is known', 'unknown', ''],
  ])('takes single addresses for clients: %s', (_, one, other) => {
    expect(countTogether(one, other)).toBe(false);
  });

  it.each([':', '::', ':::', '1:2', 'a::b::c', '1:2:3:4:5:6:7:8:9', '::1:2:3:4:5:6:7:8:9', 'unix:/a/b'])(
    'counts %s too, which is no address',
    (text) => {
      expect(countTogether(text, '192.0.2.1')).toBe(false);
    },
  );
});
