/**
 * What an access list costs per request: `npm run build && node bench/micro/access-list.mjs`.
 * IPv4 and IPv6 addresses, half of them in the list, against 10 ranges and 10,000: the latter may cost twice the former.
 */

import { bench, do_not_optimize, summary } from 'mitata';
import { AddressRanges } from '../../build/kit/address-ranges.js';
import { BUDGET_NS, runAgainst } from './verdict.mjs';

const ASKED = 4_096;

const families = {
  IPv4: {
    range: (i) => `${10 + (i >> 15)}.${(i >> 7) & 255}.${(2 * i) & 255}.0/24`,
    address: (i) => `${10 + (i % 2)}.${(7 * i) & 255}.${(13 * i) & 255}.${i & 255}`,
  },
  IPv6: {
    range: (i) => `2001:db8:${(2 * i).toString(16)}::/48`,
    address: (i) => `2001:db8:${((11 * i) & 0x7fff).toString(16)}::${(i & 0xffff).toString(16)}`,
  },
};

for (const [family, { range, address }] of Object.entries(families)) {
  const addresses = Array.from({ length: ASKED }, (_, i) => address(i));
  summary(() => {
    for (const count of [10, 10_000]) {
      const ranges = AddressRanges.of(Array.from({ length: count }, (_, i) => range(i)));
      let next = 0;
      bench(`${family}, ${count} ranges`, () => {
        next = (next + 1) % ASKED;
        return do_not_optimize(ranges.find(addresses[next]));
      });
    }
  });
}

await runAgainst(() => BUDGET_NS.access);
