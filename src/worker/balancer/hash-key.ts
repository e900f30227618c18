// hot: runs once per request
/** The part of a request that `hash_on` names. Pure; `penstock explain` runs it too. */

import type { HashOn } from '../../kit/hash-on.ts';
import { cookieValue } from './cookie-value.ts';

/** What a choice may depend on beside the client's address. */
export interface BalanceRequest {
  /** In normal form. */
  readonly path: string;
  /** The combined value of a field by its lower-case name; null where there is none. */
  header(name: string): string | null;
}

/** Null where the request has no such part, or an empty one: turn decides then. */
export function hashKey(hashOn: HashOn, request: BalanceRequest, address: string): string | null {
  let key: string | null;
  switch (hashOn.kind) {
    case 'ip':
      key = address;
      break;
    case 'path':
      key = request.path;
      break;
    case 'header':
      key = request.header(hashOn.name);
      break;
    case 'cookie':
      key = cookieValue(request.header('cookie'), hashOn.name);
      break;
  }
  return key === '' ? null : key;
}
