import { describe, expect, it } from 'vitest';
import { AddressRangeError, AddressRanges } from '../../../src/kit/address-ranges.ts';

describe('AddressRanges', () => {
  it.each([
    ['10.0.0.0/8', '10.255.255.255', '11.0.0.0'],
    ['10.1.2.3/8', '10.0.0.0', '9.255.255.255'],
    ['192.0.2.7', '192.0.2.7', '192.0.2.8'],
    ['0.0.0.0/0', '255.255.255.255', '::1'],
    ['::/0', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '192.0.2.7'],
    ['fd00::/8', 'fdff::1', 'fe00::'],
    ['2001:db8::/32', '2001:DB8:ffff::1.2.3.4', '2001:db9::'],
    ['::1', '0:0:0:0:0:0:0:1', '::2'],
    ['1::8/127', '1:0:0:0:0:0:0:9', '1::a'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0', '1:2:3:4:5:6:7:1'],
    // IPv4-mapped ones are IPv4, written either way.
    ['10.0.0.0/8', '::ffff:10.1.2.3', '::ffff:11.1.2.3'],
    ['::ffff:10.0.0.0/104', '10.1.2.3', '11.1.2.3'],
    ['::ffff:a00:0/104', '::ffff:a01:203', '::10.1.2.3'],
    ['::ffff:10.0.0.7', '10.0.0.7', '10.0.0.8'],
    ['::ffff:0:0/95', '::fffe:0:1', '10.1.2.3'],
  ])('%s has %s and not %s', (cidr, inside, outside) => {
    const ranges = AddressRanges.of([cidr]);
    expect(ranges.find(inside)).toBe(0);
    expect(ranges.find(outside)).toBe(-1);
  });

  it('names the narrowest range, and the first of equal ones', () => {
    const cidrs = [
      '10.0.0.0/8',
      '10.1.0.0/16',
      '10.1.2.0/24',
      '10.1.2.3',
      '10.1.2.3/32',
      '10.0.0.0/16',
      '0.0.0.0/0',
    ];
    const ranges = AddressRanges.of(cidrs);
    const named = (address: string): string | undefined => cidrs[ranges.find(address)];
    expect(named('10.1.2.3')).toBe('10.1.2.3');
    expect(named('10.1.2.2')).toBe('10.1.2.0/24');
    expect(named('10.1.3.0')).toBe('10.1.0.0/16');
    expect(named('10.0.7.0')).toBe('10.0.0.0/16');
    expect(named('10.255.0.1')).toBe('10.0.0.0/8');
    expect(named('11.0.0.0')).toBe('0.0.0.0/0');
    expect(AddressRanges.of([]).find('10.0.0.1')).toBe(-1);
  });

  it.each([
    '',
    '10.0.0',
    '10.0.0.0.0',
    '10.0.0.256',
    '10.0.0.01',
    '10..0.1',
    '10.0.0.1 ',
    'a.b.c.d',
    '1',
    ':',
    ':1',
    '1:',
    '1::2::3',
    '::12345',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '1:2:3:4:5:6:7:1.2.3.4',
    '::1.2.3',
    '::g',
    'fe80::1%eth0',
    '1.2.3.4::',
  ])('"%s" is in no range, and is none', (text) => {
    expect(AddressRanges.of(['0.0.0.0/0', '::/0']).has(text)).toBe(false);
    expect(() => AddressRanges.of([text])).toThrow(AddressRangeError);
  });

  it.each([
    '10.0.0.0/33',
    '::/129',
    '::ffff:10.0.0.0/129',
    '10.0.0.0/',
    '10.0.0.0/x',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
  ])('"%s" is no range', (cidr) => {
    expect(() => AddressRanges.of([cidr])).toThrow(cidr);
  });

  it('are restored from their words, but not from others', () => {
    const made = AddressRanges.of(['10.0.0.0/8', 'fd00::/8']);
    const restored = AddressRanges.restore(made.cidrs, made.words);
    expect(restored?.find('fd00::1')).toBe(1);
    expect(restored?.find('10.0.0.1')).toBe(0);
    expect(AddressRanges.restore(['10.0.0.0/8'], made.words)).toBeNull();
    expect(AddressRanges.restore(made.cidrs, made.words.subarray(1))).toBeNull();
    expect(AddressRanges.restore(made.cidrs, new Uint32Array(0))).toBeNull();
    expect(AddressRanges.restore(made.cidrs, new Uint32Array([0xffff_ffff, 0xffff_ffff]))).toBeNull();
  });
});
