/** The endpoints of a service as the cells of a text table, for `penstock upstreams`. Pure. */

import { formatDuration } from '../kit/duration.ts';
import type { EndpointRow, ServiceRow } from '../primary/admin/service-rows.ts';
import type { HealthView } from '../primary/control.ts';

const WHOLE_PERCENT = 100;

export const SERVICE_TITLES: readonly string[] = [
  'SERVICE',
  'BALANCE',
  'ENDPOINT',
  'WEIGHT',
  'ROLE',
  'IN FLIGHT',
  'HEALTH',
  'LAST CHANGE',
];

/** A row for each endpoint, or one that says that there is none. */
export function serviceCells(service: ServiceRow): readonly (readonly string[])[] {
  const { name, maxRequests, endpoints } = service;
  const balance = balanceText(service);
  if (endpoints.length === 0) return [[name, balance, '(none: 503)', '', '', '', '', '']];
  return endpoints.map((endpoint) => [
    name,
    balance,
    endpointText(endpoint),
    String(endpoint.weight),
    roleText(endpoint),
    maxRequests === 0 ? String(endpoint.requestsInFlight) : `${endpoint.requestsInFlight} of ${maxRequests}`,
    healthText(endpoint.health),
    changeText(endpoint.health),
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

/** `healthy`, `healthy at 40 %` in a slow start, `unhealthy, ejected for 7s`. */
export function healthText({ healthy, check, ejectedForMs, weightPercent }: HealthView): string {
  if (healthy) return weightPercent < WHOLE_PERCENT ? `healthy at ${weightPercent} %` : 'healthy';
  const reasons = [
    ...(check === 'unknown' ? ['not checked yet'] : []),
    ...(ejectedForMs > 0 ? [`ejected for ${formatDuration(Math.ceil(ejectedForMs / 1000) * 1000)}`] : []),
  ];
  return ['unhealthy', ...reasons].join(', ');
}

/** When and why, or empty. */
function changeText({ lastChange }: HealthView): string {
  if (lastChange === null) return '';
  const at = new Date(lastChange.atMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return `${at} ${lastChange.reason}`;
}
