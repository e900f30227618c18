/** The endpoints of a service as the cells of a text table, for `penstock upstreams`. Pure. */

import type { EndpointRow, ServiceRow } from '../primary/admin/service-rows.ts';

export const SERVICE_TITLES: readonly string[] = [
  'SERVICE',
  'BALANCE',
  'ENDPOINT',
  'WEIGHT',
  'ROLE',
  'IN FLIGHT',
];

/** A row for each endpoint, or one that says that there is none. */
export function serviceCells(service: ServiceRow): readonly (readonly string[])[] {
  const { name, maxRequests, endpoints } = service;
  const balance = balanceText(service);
  if (endpoints.length === 0) return [[name, balance, '(none: 503)', '', '', '']];
  return endpoints.map((endpoint) => [
    name,
    balance,
    endpointText(endpoint),
    String(endpoint.weight),
    roleText(endpoint),
    maxRequests === 0 ? String(endpoint.requestsInFlight) : `${endpoint.requestsInFlight} of ${maxRequests}`,
  ]);
}

/** `least_requests`, `hash header:x-user, sticky penstock`. */
function balanceText({
  balance,
  hashOn,
  stickyCookie,
}: Pick<ServiceRow, 'balance' | 'hashOn' | 'stickyCookie'>): string {
  const hash = hashOn === null ? '' : ` ${hashOn}`;
  return `${balance}${hash}${stickyCookie === null ? '' : `, sticky ${stickyCookie}`}`;
}

/** The address, behind the id where that is another. */
export function endpointText({ id, address }: Pick<EndpointRow, 'id' | 'address'>): string {
  return id === address ? address : `${id} (${address})`;
}

/** What an endpoint is there for. */
export function roleText({ weight, backup }: Pick<EndpointRow, 'weight' | 'backup'>): string {
  if (weight === 0) return 'drains';
  return backup ? 'backup' : 'serves';
}
