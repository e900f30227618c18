/** What a configuration wants certificates for. Pure. */

import type { Origin } from '../../../kit/problem.ts';

/** One name, one certificate. */
export interface WantedName {
  /** Lower-case: `a.example.com` or `*.example.com`. */
  readonly host: string;
  /** `acme_email` of its route, else `acme.email`. */
  readonly email: string | null;
  /** The route, for messages. */
  readonly origin: Origin;
}
