/** Names an endpoint across snapshots: pools and balancers keep what they know under it. Both threads. */

/** JSON keeps the two parts apart whatever characters they hold. */
export function endpointKey(service: string, endpointId: string): string {
  return JSON.stringify([service, endpointId]);
}
