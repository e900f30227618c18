/**
 * From a draft and its certificates to the content of a snapshot: names become indices, defaults are resolved, routes go
 * into the table. Primary thread; pure, so that equal inputs give equal bytes and an equal digest.
 */

import type { SnapshotContent } from '../../bridge/snapshot/content.ts';
import { endpointKey } from '../../bridge/snapshot/endpoint-key.ts';
import { headerOps } from '../../bridge/snapshot/header-ops.ts';
import type {
  AccessList,
  Certificate,
  HeaderOps,
  Listener,
  Route,
  RouteAction,
  Service,
  UpstreamTls,
} from '../../bridge/snapshot/model.ts';
import { formatAddress } from '../../kit/address.ts';
import { AddressRanges } from '../../kit/address-ranges.ts';
import type { ConfigDraft, HeaderOpsDraft, ListenAddressDraft, RouteDraft, ServiceDraft } from '../draft.ts';
import { buildRouteTable } from './build-route-table.ts';
import { compileRateLimits } from './compile-rate-limits.ts';
import { compileHostRedirects } from './host-redirects.ts';
import { compileHsts, withoutHsts } from './hsts-field.ts';
import type { TlsPlan } from './plan-tls.ts';

/** Where a listener listens. `host`: an IP address, or empty for every interface. */
export interface BoundAddress {
  readonly host: string;
  readonly port: number;
}

/** What the draft alone does not tell. */
export interface CompileInputs {
  readonly tls: TlsPlan;
  /** TLS to endpoints, by the name of the service. */
  readonly upstreamTls: ReadonlyMap<string, UpstreamTls>;
  /** What the workers listen on for a configured address: an IP address for a name, a port for port 0. */
  boundTo(listener: string, configured: BoundAddress): BoundAddress;
  /** Standard error is a terminal: what `log.format: auto` asks. */
  readonly terminal: boolean;
}

/** The primary places routes, services and endpoints in the shared tables once the configuration is to serve. */
const UNPLACED = 0;
/** A service that says nothing waits this long for more of an answer. */
const DEFAULT_IDLE_MS = 120_000;

export function compile(draft: ConfigDraft, inputs: CompileInputs): SnapshotContent {
  const { tls } = inputs;
  const services = draft.services.map((service, index) => compileService(service, index, draft, inputs));
  const serviceIndex = new Map(draft.services.map((service, index) => [service.name, index]));
  const written = draft.routes.map((route, index) => compileRoute(route, index, draft, serviceIndex, inputs));
  const routes = [...written, ...compileHostRedirects(draft.routes, written)];
  const listeners = [
    ...compileListeners('http', draft.listen.http, inputs),
    ...(tls.opensHttps ? compileListeners('https', draft.listen.https, inputs) : []),
  ];
  const certificates: Certificate[] = [...tls.certificates];
  if (tls.defaultCertificate !== null) certificates.push(tls.defaultCertificate);
  return {
    listeners,
    limits: draft.limits,
    timeouts: draft.timeouts,
    engine: draft.listen.engine,
    http2: draft.listen.http2,
    trustedProxies: draft.trustedProxies,
    accessLog: {
      target: draft.log.access === 'off' ? '' : draft.log.access,
      format: accessFormat(draft.log, inputs.terminal),
    },
    httpsPort: listeners.find((listener) => listener.tls)?.port ?? 0,
    routeTable: buildRouteTable(
      routes.map(({ hosts, path, match, conditions: { methods, headers, query } }) => ({
        hosts,
        path,
        match,
        conditionCount: (methods === null ? 0 : 1) + headers.length + query.length,
      })),
    ),
    routes,
    services,
    certificates,
    serverNames: tls.serverNames,
    defaultCertificate: tls.defaultCertificate === null ? null : certificates.length - 1,
  };
}

/** Stable while the address stands in the configuration, whatever port 0 became. */
export function listenerId(protocol: 'http' | 'https', configured: ListenAddressDraft): string {
  return `${protocol} ${formatAddress(configured.address)}`;
}

function compileListeners(
  protocol: 'http' | 'https',
  addresses: readonly ListenAddressDraft[],
  inputs: CompileInputs,
): Listener[] {
  return addresses.map((configured) => {
    const id = listenerId(protocol, configured);
    const { host, port } = configured.address;
    return { id, tls: protocol === 'https', ...inputs.boundTo(id, { host, port }) };
  });
}

function compileService(
  draft: ServiceDraft,
  index: number,
  config: ConfigDraft,
  inputs: CompileInputs,
): Service {
  return {
    index,
    name: draft.name,
    endpoints: draft.endpoints.map(({ id, address, weight, backup, origin }) => ({
      id,
      key: endpointKey(draft.name, id),
      address,
      weight,
      backup,
      slot: UNPLACED,
      origin,
    })),
    balance: draft.balance,
    hashOn: draft.hashOn,
    protocol: draft.protocol,
    tls: inputs.upstreamTls.get(draft.name) ?? null,
    proxyProtocol: draft.proxyProtocol,
    maxIdle: draft.keepalive.maxIdle,
    idleTimeoutMs: draft.keepalive.idleTimeoutMs,
    maxRequests: draft.keepalive.maxRequests,
    maxRequestsPerEndpoint: draft.maxRequestsPerEndpoint,
    stickyCookie: draft.stickyCookie,
    healthCheck: draft.healthCheck && { ...draft.healthCheck, host: draft.healthCheck.host ?? '' },
    outlier: draft.outlier,
    retries: draft.retries,
    connectMs: draft.timeouts.connectMs ?? config.timeouts.connectMs,
    responseMs: draft.timeouts.responseMs ?? config.timeouts.responseMs,
    idleMs: draft.timeouts.idleMs ?? DEFAULT_IDLE_MS,
    counterSlot: UNPLACED,
    origin: draft.origin,
  };
}

function compileRoute(
  draft: RouteDraft,
  index: number,
  config: ConfigDraft,
  serviceIndex: ReadonlyMap<string, number>,
  inputs: CompileInputs,
): Route {
  const tls = inputs.tls.modes[index] ?? 'off';
  return {
    index,
    name: draft.name,
    hosts: draft.hosts,
    path: draft.path,
    match: draft.match,
    conditions: { methods: draft.methods, headers: draft.headers, query: draft.query },
    action: compileAction(draft, serviceIndex),
    tls,
    httpsRedirect: draft.httpsRedirect ?? tls !== 'off',
    plainHosts: inputs.tls.plainHosts[index] ?? [],
    hsts: compileHsts(draft),
    access: compileAccess(draft),
    websocket: draft.websocket,
    rateLimits: compileRateLimits(draft),
    rewrite: draft.rewrite,
    requestHeaders: compileOps(draft.requestHeaders),
    responseHeaders: compileOps(withoutHsts(draft)),
    connectMs: draft.timeouts.connectMs,
    responseMs: draft.timeouts.responseMs,
    idleMs: draft.timeouts.idleMs,
    readMs: draft.timeouts.readMs ?? config.timeouts.readMs,
    writeMs: draft.timeouts.writeMs ?? config.timeouts.writeMs,
    retryAttempts: draft.retryAttempts,
    bodyBytes: draft.bodyBytes ?? config.limits.bodyBytes,
    counterSlot: UNPLACED,
    origin: draft.origin,
  };
}

function compileAccess({ access }: RouteDraft): AccessList | null {
  if (access === null) return null;
  const compiled = (cidrs: readonly string[] | null): AddressRanges | null =>
    cidrs && AddressRanges.of(cidrs);
  return { allow: compiled(access.allow), deny: compiled(access.deny) };
}

function compileAction(draft: RouteDraft, serviceIndex: ReadonlyMap<string, number>): RouteAction {
  const { action } = draft;
  // The validation has checked that every named service exists.
  const indexOf = (name: string): number => serviceIndex.get(name) ?? 0;
  switch (action.kind) {
    case 'service':
      return { kind: 'service', service: indexOf(action.service) };
    case 'split': {
      let total = 0;
      const bounds = action.parts.map((part) => {
        total += part.weight;
        return total;
      });
      return { kind: 'split', services: action.parts.map((part) => indexOf(part.service)), bounds, total };
    }
    default:
      return action;
  }
}

/** `auto` is text where a person reads it and JSON where a program does. */
function accessFormat({ format, access }: ConfigDraft['log'], terminal: boolean): 'text' | 'json' {
  if (format !== 'auto') return format;
  return terminal && access === 'stderr' ? 'text' : 'json';
}

function compileOps(draft: HeaderOpsDraft): HeaderOps | null {
  if (draft.add.length === 0 && draft.set.length === 0 && draft.remove.length === 0) return null;
  return headerOps({ ...draft, remove: draft.remove.map((name) => name.toLowerCase()) });
}
