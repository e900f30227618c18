/** Endpoints that stand in the configuration by name become one for each address of the name. Primary thread; pure. */

import { isIP } from 'node:net';
import { endpointKey } from '../../bridge/snapshot/endpoint-key.ts';
import type { Endpoint, Service } from '../../bridge/snapshot/model.ts';

/** RFC 6761 6.3: never asked for. Connecting tries both loopback addresses, as the system has them. */
const LOCALHOST = /^(.+\.)?localhost$/i;

/** The names that have to be looked up. */
export function namesOf(services: readonly Service[]): ReadonlySet<string> {
  const names = services.flatMap(({ endpoints }) => endpoints.map(nameOf));
  return new Set(names.filter((name) => name !== null));
}

/** The services with an endpoint for each address; of a name without any, none. */
export function expandEndpoints(
  services: readonly Service[],
  addressesOf: (name: string) => readonly string[],
): readonly Service[] {
  return services.map((service) => {
    if (service.endpoints.every((endpoint) => nameOf(endpoint) === null)) return service;
    return {
      ...service,
      endpoints: service.endpoints.flatMap((endpoint) => expand(service, endpoint, addressesOf)),
    };
  });
}

/** An address keeps its endpoint, with all that is known of it, for as long as the name has it. */
function expand(
  { name: service }: Service,
  endpoint: Endpoint,
  addressesOf: (name: string) => readonly string[],
): readonly Endpoint[] {
  const { address } = endpoint;
  const name = nameOf(endpoint);
  if (name === null || address.kind === 'unix') return [endpoint];
  return addressesOf(name).map((host) => {
    const id = `${endpoint.id}@${host}`;
    return { ...endpoint, id, key: endpointKey(service, id), address: { ...address, host, name } };
  });
}

function nameOf({ address }: Endpoint): string | null {
  if (address.kind === 'unix' || isIP(address.host) !== 0 || LOCALHOST.test(address.host)) return null;
  return address.host;
}
