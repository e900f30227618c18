// hot: runs once per request
/** Whom a route lets in by address (contract, "Order of policies"): deny wins over allow, and an allow list means everybody else is denied. */

import type { AccessList } from '../../bridge/snapshot/model.ts';

/** `address`: the client's, which a trusted proxy may have told. One that is no address is in no list. */
export function admits({ allow, deny }: AccessList, address: string): boolean {
  if (deny?.has(address) === true) return false;
  return allow === null || allow.has(address);
}
