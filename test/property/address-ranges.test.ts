/** Address ranges against Node's own list of blocks, and against a reading of every range one by one. */

import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressRanges } from '../../src/kit/address-ranges.ts';

const RUNS = { numRuns: 400 };

/** Few different octets, so that ranges meet, lie in each other and are equal. */
const octet = fc.constantFrom(0, 1, 10, 127, 128, 254, 255);
const v4 = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'));
const group = fc.constantFrom('0', '1', 'fd00', '8000', 'ffff');
const v6 = fc
  .oneof(
    fc.tuple(group, group, group, group, group, group, group, group).map((groups) => groups.join(':')),
    fc.tuple(group, group, group).map(([a, b, c]) => `${a}:${b}::${c}`),
    fc.tuple(group, v4).map(([a, tail]) => `${a}::${tail}`),
  )
  // Mapped ones have cases of their own: the list of blocks keeps the families apart.
  .filter((address) => !/^(0:)*:?:?ffff:/.test(address) && isIP(address) === 6);
const cidr = fc.oneof(
  fc.tuple(v4, fc.integer({ min: 0, max: 32 })).map(([address, bits]) => `${address}/${bits}`),
  fc.tuple(v6, fc.integer({ min: 1, max: 128 })).map(([address, bits]) => `${address}/${bits}`),
);
const address = fc.oneof(v4, v6);

function blockOf(text: string): { readonly has: (address: string) => boolean; readonly bits: number } {
  const list = new BlockList();
  const [subnet = '', bits = ''] = text.split('/');
  const family = isIP(subnet);
  list.addSubnet(subnet, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  const has = (asked: string): boolean =>
    isIP(asked) === family && list.check(asked, family === 4 ? 'ipv4' : 'ipv6');
  return { has, bits: Number(bits) };
}

describe('address ranges', () => {
  it('have an address exactly where one of them has it, and name the narrowest', () => {
    fc.assert(
      fc.property(
        fc.array(cidr, { maxLength: 12 }),
        fc.array(address, { maxLength: 12 }),
        (cidrs, addresses) => {
          const ranges = AddressRanges.of(cidrs);
          const blocks = cidrs.map(blockOf);
          for (const asked of addresses) {
            const holding = blocks.filter((block) => block.has(asked));
            const found = ranges.find(asked);
            expect(found >= 0, `${asked} in ${cidrs.join(' ')}`).toBe(holding.length > 0);
            if (found < 0) continue;
            expect(blocks[found]?.has(asked)).toBe(true);
            expect(blocks[found]?.bits).toBe(Math.max(...holding.map(({ bits }) => bits)));
          }
        },
      ),
      RUNS,
    );
  });

  it('read exactly what Node reads as an address', () => {
    const all = AddressRanges.of(['0.0.0.0/0', '::/0']);
    const soup = fc
      .array(fc.constantFrom(':', '::', '.', '0', '1', '00', '12', 'ffff', '255', '256', 'a', 'g', '%'), {
        maxLength: 16,
      })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(soup, address, fc.ipV4(), fc.ipV6()), (text) => {
        expect(all.has(text), text).toBe(isIP(text) !== 0 && !text.includes('%'));
      }),
      { numRuns: 4_000 },
    );
  });
});
