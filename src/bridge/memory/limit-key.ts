/** Which bucket of a rate limit a request belongs to. Both threads: a worker counts there, the primary tells what is left. Pure. */

import { customerOf } from '../../kit/customer.ts';
import type { RateLimit } from '../snapshot/model.ts';

/** What of a request a limit looks at, beside the client's address. */
export interface LimitedRequest {
  /** In normal form. */
  readonly host: string;
  /** `name`: lower-case. Null: there is no such header. */
  header(name: string): string | null;
}

/** Of a longer value the first half of it and the last count, and its length: tokens differ at their ends. */
const MAX_VALUE = 256;
/** No value of a header holds it, so that nobody can name another client's address. */
const BY_ADDRESS = '\0';

/** `address`: the client's. No text for people. */
export function limitKey({ by, header }: RateLimit, address: string, request: LimitedRequest): string {
  switch (by) {
    case 'ip':
      return customerOf(address);
    case 'host':
      return request.host;
    case 'global':
      return '';
    case 'header': {
      const value = request.header(header);
      // Nobody gets around a limit by leaving the header out, and nobody shares a bucket with all who do.
      if (value === null || value === '') return BY_ADDRESS + customerOf(address);
      return value.length <= MAX_VALUE ? value : shortened(value);
    }
  }
}

function shortened(value: string): string {
  const half = MAX_VALUE / 2;
  return `${value.slice(0, half)}\0${value.length}\0${value.slice(-half)}`;
}
