import { describe, expect, it } from 'vitest';
import { customerOf } from '../../../src/kit/customer.ts';

describe('customerOf', () => {
  it.each([
    [
      'IPv4 and its mapped forms',
      ['192.0.2.1', '::ffff:192.0.2.1', '::FFFF:c000:201', '0:0:0:0:0:ffff:c000:201'],
    ],
    [
      'a /64, however it is written',
      ['2001:db8:1:2::1', '2001:DB8:1:2:3:4:5:6', '2001:0db8:0001:0002::', '2001:db8:1:2::7%eth0'],
    ],
    ['a /64 with zeros', ['2001:db8::1', '2001:db8:0:0:ffff::', '2001:db8:0::192.0.2.1']],
  ])('is one for %s', (_, addresses) => {
    expect(new Set(addresses.map(customerOf)).size).toBe(1);
  });

  it('is another for every other address', () => {
    const addresses = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8:0:1::1', '::1', '::2'];
    const others = ['64:ff9b::c000:201', '64:ff9b::c000:202', 'unknown', '', '192.0.2.1:80'];
    const all = [...addresses, ...others];
    expect(new Set(all.map(customerOf)).size).toBe(all.length);
  });
});
