/** Checks within and between services and certificates: names and identities that must be unique. Pure. */

import { formatAddress } from '../../kit/address.ts';
import { checkEndpointAddress } from './network-names.ts';
import { rawAt, rawList, rawMap } from './raw-tree.ts';
import { NAME, NAME_FORM } from './schema/fields.ts';
import type { CheckContext } from './sound-parts.ts';

export function checkServices(context: CheckContext): void {
  for (const [service, raw] of Object.entries(rawMap(rawAt(context.value, ['services'])) ?? {})) {
    if (!NAME.test(service)) {
      context.report('BAD_VALUE', ['services', service], NAME_FORM, { spot: 'key' });
    }
    checkEndpointIds(context, service, rawList(rawMap(raw)?.endpoints));
  }
}

function checkEndpointIds(context: CheckContext, service: string, endpoints: readonly unknown[]): void {
  const first = new Map<string, number>();
  endpoints.forEach((raw, index) => {
    const { id, named } = endpointId(raw);
    if (id === null) return;
    const path = ['services', service, 'endpoints', index];
    const earlier = first.get(id);
    if (earlier === undefined) {
      first.set(id, index);
      return;
    }
    const { line } = context.document.locate(['services', service, 'endpoints', earlier], 'value');
    const message = named
      ? `this id belongs to the endpoint on line ${line} already`
      : `this endpoint stands on line ${line} already; give it a weight there, or each an id of its own`;
    context.report('DUPLICATE_NAME', named ? [...path, 'id'] : path, message);
  });
}

/** Null where the endpoint is not sound enough to have one. */
function endpointId(raw: unknown): { readonly id: string | null; readonly named: boolean } {
  const map = rawMap(raw);
  if (typeof map?.id === 'string') return { id: map.id, named: true };
  const written = map === null ? raw : map.address;
  if (typeof written !== 'string') return { id: null, named: false };
  const address = checkEndpointAddress(written);
  return { id: 'kind' in address ? formatAddress(address) : null, named: false };
}

/** The listener serves one certificate per name. */
export function checkCertificates(context: CheckContext): void {
  const first = new Map<string, number>();
  context.parts.certificates.forEach((certificate, index) => {
    for (const host of certificate?.hosts ?? []) {
      const earlier = first.get(host);
      if (earlier === undefined) {
        first.set(host, index);
        continue;
      }
      const { line } = context.document.locate(['certificates', earlier], 'value');
      const message = `the certificate on line ${line} is served for the name "${host}" already`;
      context.report('DUPLICATE_NAME', ['certificates', index, 'hosts'], message);
    }
  });
}
