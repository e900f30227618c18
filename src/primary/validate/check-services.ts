/** Checks within and between services and certificates: names and identities that must be unique. Pure. */

import { formatAddress } from '../../kit/address.ts';
import { checkEndpointAddress } from './network-names.ts';
import { type RawMap, rawAt, rawList, rawMap } from './raw-tree.ts';
import { NAME, NAME_FORM } from './schema/fields.ts';
import type { CheckContext } from './sound-parts.ts';

export function checkServices(context: CheckContext): void {
  for (const [service, raw] of Object.entries(rawMap(rawAt(context.value, ['services'])) ?? {})) {
    if (!NAME.test(service)) {
      context.report('BAD_VALUE', ['services', service], NAME_FORM, { spot: 'key' });
    }
    checkEndpointIds(context, service, rawList(rawMap(raw)?.endpoints));
    checkTls(context, service, rawMap(raw) ?? {});
    checkProxyProtocol(context, service, rawMap(raw) ?? {});
  }
}

/** Whether `protocol` and `tls` say the same, and whether there is a name to verify. */
function checkTls(context: CheckContext, service: string, raw: RawMap): void {
  const { protocol = 'http1', tls } = raw;
  const isOff = tls === 'off' || tls === false;
  const isOn = tls === 'on' || tls === true || rawMap(tls) !== null;
  const path = ['services', service, 'tls'];
  const spot = 'key';
  if (protocol === 'h2c' && isOn) {
    const message = 'protocol: h2c is HTTP/2 without TLS; take this out, or use protocol: h2';
    context.report('CONFLICT', path, message, { spot });
  } else if (protocol === 'h2' && isOff) {
    const message = 'protocol: h2 is HTTP/2 over TLS; take this out, or use protocol: h2c';
    context.report('CONFLICT', path, message, { spot });
  } else if (protocol === 'h2' || (protocol === 'http1' && isOn)) checkNames(context, service, raw);
}

/** A session of HTTP/2 carries the requests of many clients, a PROXY header names one. */
function checkProxyProtocol(context: CheckContext, service: string, raw: RawMap): void {
  const { protocol, proxy_protocol: proxy } = raw;
  if (proxy !== 'v2' || (protocol !== 'h2' && protocol !== 'h2c')) return;
  const message = `a PROXY header tells of one client, but a connection of protocol: ${protocol} serves many; take this out, or use protocol: http1`;
  context.report('CONFLICT', ['services', service, 'proxy_protocol'], message, { spot: 'key' });
}

/** A unix socket has no name that a certificate could be for. */
function checkNames(context: CheckContext, service: string, { endpoints, tls }: RawMap): void {
  const settings = rawMap(tls);
  if (settings?.server_name !== undefined || settings?.verify === false) return;
  rawList(endpoints).forEach((raw, index) => {
    const written = rawMap(raw)?.address ?? raw;
    if (typeof written !== 'string' || !written.startsWith('unix:')) return;
    const message = 'a unix socket has no name to verify its certificate with; set tls: { server_name: … }';
    context.report('MISSING_KEY', ['services', service, 'endpoints', index], message);
  });
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
