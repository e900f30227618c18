/**
 * The wire form of the parts that are decoded one by one: routes and services. Both threads.
 * Here and in the other files of the codec alone the generated protobuf code is known.
 */

import { type Address, formatAddress, parseAddress } from '../../kit/address.ts';
import { AddressRanges } from '../../kit/address-ranges.ts';
import { formatHashOn, parseHashOn } from '../../kit/hash-on.ts';
import type { Origin } from '../../kit/problem.ts';
import { isSoundAllowance } from '../memory/limiter-table.ts';
import { decodeHealthCheck, decodeOutlier, encodeHealthCheck } from './codec-health.ts';
import { decodeRetries, encodeRetries } from './codec-retries.ts';
import { endpointKey } from './endpoint-key.ts';
import { FlatReader } from './flat-reader.ts';
import { penstock } from './gen/snapshot.js';
import { headerOps } from './header-ops.ts';
import type {
  AccessList,
  Balance,
  Endpoint,
  HeaderOps,
  NameValue,
  RateLimit,
  RateLimitKey,
  Route,
  RouteAction,
  RouteConditions,
  Service,
  ServiceIdentity,
  TlsMode,
  UpstreamProtocol,
  UpstreamTls,
} from './model.ts';
import { wordBytes, wordsOf } from './packed.ts';

const wire = penstock.v1;

const TLS_MODES: readonly TlsMode[] = ['off', 'manual', 'self_signed', 'auto'];
const RATE_LIMIT_KEYS: readonly RateLimitKey[] = ['ip', 'host', 'global', 'header'];
const BALANCES: readonly Balance[] = ['round_robin', 'random', 'least_requests', 'p2c', 'hash'];
const PROTOCOLS: readonly UpstreamProtocol[] = ['http1', 'h2', 'h2c'];

/** protobufjs reads a 64-bit field as an object wherever the package `long` is installed, whatever its declarations say. */
export const uint64 = (value: number | null | undefined): number => Number(value ?? 0);

/** Gives every file name a number and back: origins carry the number. */
export class FileNames {
  readonly names: string[];
  readonly #numbers = new Map<string, number>();

  constructor(names: readonly string[] = []) {
    this.names = [...names];
    this.names.forEach((name, index) => {
      this.#numbers.set(name, index);
    });
  }

  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.names.length);
    return this.names.push(name) - 1;
  }
}

/** Gives TLS settings a number, equal ones the same: a bundle of authorities is carried once for all services. */
export class TlsNumbers {
  readonly settings: UpstreamTls[] = [];
  readonly #numbers = new Map<string, number>();

  /** Counts from 1; 0 = plain. */
  numberOf(tls: UpstreamTls | null): number {
    if (tls === null) return 0;
    const key = JSON.stringify([tls.serverName, tls.caPem, tls.verify, tls.certPem, tls.keyPem]);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.settings.push(tls);
    this.#numbers.set(key, number);
    return number;
  }
}

export const encodeOrigin = (origin: Origin, files: FileNames): penstock.v1.Origin.$Properties => ({
  file: files.numberOf(origin.file),
  line: origin.line,
  column: origin.column,
});

export const decodeOrigin = (
  origin: penstock.v1.Origin.$Properties | null | undefined,
  files: readonly string[],
): Origin => ({
  file: files[origin?.file ?? 0] ?? '',
  line: origin?.line ?? 0,
  column: origin?.column ?? 0,
});

/** One for all routes without: a worker keeps each route that it was asked for. */
const NONE: readonly never[] = [];
const NO_CONDITIONS: RouteConditions = { methods: null, headers: NONE, query: NONE };

type List<T> = readonly T[] | null | undefined;

/** In an array as long as what it holds: one that was filled one by one has room for 17. */
const listOf = <T, Decoded>(list: List<T>, decode: (item: T) => Decoded): readonly Decoded[] =>
  list && list.length > 0 ? list.map(decode) : NONE;

const itself = (text: string): string => text;

const nameValues = (list: List<penstock.v1.NameValue.$Properties>): readonly NameValue[] =>
  listOf(list, ({ name, value }) => ({ name: name ?? '', value: value ?? '' }));

const decodeOps = (ops: penstock.v1.HeaderOps.$Properties | null | undefined): HeaderOps | null =>
  ops ? headerOps({ add: nameValues(ops.add), set: nameValues(ops.set), remove: ops.remove ?? [] }) : null;

const encodeOps = (ops: HeaderOps | null): penstock.v1.HeaderOps.$Properties | null =>
  ops ? { add: [...ops.add], set: [...ops.set], remove: [...ops.remove] } : null;

const encodeRanges = (ranges: AddressRanges | null): penstock.v1.AddressRanges.$Properties | null =>
  ranges && { cidrs: [...ranges.cidrs], words: wordBytes(ranges.words) };

const encodeAccess = (access: AccessList | null): penstock.v1.AccessList.$Properties | null =>
  access && { allow: encodeRanges(access.allow), deny: encodeRanges(access.deny) };

/** Throws for words that nobody compiled: a list that lost its ranges would let in whom it keeps out. */
function decodeRanges(
  message: penstock.v1.AddressRanges.$Properties | null | undefined,
): AddressRanges | null {
  if (!message) return null;
  const words = wordsOf(message.words ?? new Uint8Array());
  const ranges = words === null ? null : AddressRanges.restore(message.cidrs ?? [], words);
  if (ranges === null) throw new RangeError('the words of an access list are damaged');
  return ranges;
}

const decodeAccess = (message: penstock.v1.AccessList.$Properties | null | undefined): AccessList | null =>
  message ? { allow: decodeRanges(message.allow), deny: decodeRanges(message.deny) } : null;

const encodeRateLimit = ({ by, ...rest }: RateLimit): penstock.v1.RateLimit.$Properties => ({
  ...rest,
  by: RATE_LIMIT_KEYS.indexOf(by),
});

/** Throws for numbers that nobody compiled: a limit without a rate would let nothing pass, or everything. */
function decodeRateLimit(message: penstock.v1.RateLimit.$Properties): RateLimit {
  const { name, header, seed0, seed1 } = message;
  const by = RATE_LIMIT_KEYS[message.by ?? 0];
  const limit = {
    name: name ?? '',
    requestsPerSecond: message.requestsPerSecond ?? 0,
    burst: message.burst ?? 0,
    header: header ?? '',
    seed0: seed0 ?? 0,
    seed1: seed1 ?? 0,
  };
  if (by === undefined || !isSoundAllowance(limit)) throw new RangeError('a rate limit is damaged');
  return { ...limit, by };
}

export function encodeRoute(route: Route, files: FileNames): Uint8Array {
  const { action, conditions } = route;
  const message: penstock.v1.Route.$Properties = {
    name: route.name,
    hosts: [...route.hosts],
    path: route.path,
    match: route.match === 'exact' ? wire.PathMatch.PATH_MATCH_EXACT : wire.PathMatch.PATH_MATCH_PREFIX,
    methods: [...(conditions.methods ?? [])],
    headers: [...conditions.headers],
    query: [...conditions.query],
    tls: TLS_MODES.indexOf(route.tls),
    httpsRedirect: route.httpsRedirect,
    plainHosts: [...route.plainHosts],
    hsts: route.hsts,
    access: encodeAccess(route.access),
    websocketOff: !route.websocket,
    rateLimits: route.rateLimits.map(encodeRateLimit),
    rewrite: route.rewrite,
    requestHeaders: encodeOps(route.requestHeaders),
    responseHeaders: encodeOps(route.responseHeaders),
    connectMs: route.connectMs,
    responseMs: route.responseMs,
    idleMs: route.idleMs,
    readMs: route.readMs,
    writeMs: route.writeMs,
    retryAttempts: route.retryAttempts,
    bodyBytes: route.bodyBytes,
    counterSlot: route.counterSlot,
    origin: encodeOrigin(route.origin, files),
  };
  if (action.kind === 'service') message.service = action.service;
  else if (action.kind === 'split') {
    message.split = {
      services: [...action.services],
      weights: action.bounds.map((bound, index) => bound - (action.bounds[index - 1] ?? 0)),
    };
  } else if (action.kind === 'redirect') message.redirect = { to: action.to, status: action.status };
  else if (action.kind === 'host_redirect') message.hostRedirect = action.host;
  else message.respond = { status: action.status, body: action.body, headers: [...action.headers] };
  return wire.Route.encode(message).finish();
}

function decodeAction(message: penstock.v1.Route.$Properties): RouteAction {
  if (message.split) {
    let total = 0;
    const bounds = (message.split.weights ?? []).map((weight) => {
      total += weight;
      return total;
    });
    return { kind: 'split', services: message.split.services ?? [], bounds, total };
  }
  if (message.redirect) {
    return { kind: 'redirect', to: message.redirect.to ?? '', status: message.redirect.status ?? 302 };
  }
  if (message.respond) {
    const { status, body, headers } = message.respond;
    return { kind: 'respond', status: status ?? 200, body: body ?? '', headers: nameValues(headers) };
  }
  if (message.hostRedirect) return { kind: 'host_redirect', host: message.hostRedirect };
  return { kind: 'service', service: message.service ?? 0 };
}

function decodeConditions({ methods, headers, query }: penstock.v1.Route.$Properties): RouteConditions {
  const count = (methods?.length ?? 0) + (headers?.length ?? 0) + (query?.length ?? 0);
  if (count === 0) return NO_CONDITIONS;
  return {
    methods: methods && methods.length > 0 ? methods : null,
    headers: nameValues(headers),
    query: nameValues(query),
  };
}

export function decodeRoute(bytes: Uint8Array, index: number, files: readonly string[]): Route {
  const message = wire.Route.decode(new FlatReader(bytes));
  const rewrite = message.rewrite;
  return Object.freeze({
    index,
    name: message.name,
    hosts: listOf(message.hosts, itself),
    path: message.path,
    match: message.match === wire.PathMatch.PATH_MATCH_EXACT ? 'exact' : 'prefix',
    conditions: decodeConditions(message),
    action: decodeAction(message),
    tls: TLS_MODES[message.tls] ?? 'off',
    httpsRedirect: message.httpsRedirect,
    plainHosts: message.plainHosts,
    hsts: message.hsts,
    access: decodeAccess(message.access),
    websocket: !message.websocketOff,
    rateLimits: listOf(message.rateLimits, decodeRateLimit),
    rewrite: rewrite
      ? {
          stripPrefix: rewrite.stripPrefix ?? null,
          replacePrefix: rewrite.replacePrefix ?? null,
          replacePath: rewrite.replacePath ?? null,
          host: rewrite.host ?? null,
        }
      : null,
    requestHeaders: decodeOps(message.requestHeaders),
    responseHeaders: decodeOps(message.responseHeaders),
    connectMs: message.connectMs ?? null,
    responseMs: message.responseMs ?? null,
    idleMs: message.idleMs ?? null,
    readMs: message.readMs,
    writeMs: message.writeMs,
    retryAttempts: message.retryAttempts ?? null,
    bodyBytes: uint64(message.bodyBytes),
    counterSlot: message.counterSlot,
    origin: decodeOrigin(message.origin, files),
  });
}

export function encodeService(service: Service, files: FileNames, tls: TlsNumbers): Uint8Array {
  return wire.Service.encode({
    name: service.name,
    endpoints: service.endpoints.map((endpoint) => ({
      id: endpoint.id,
      address: formatAddress(endpoint.address),
      weight: endpoint.weight,
      backup: endpoint.backup,
      slot: endpoint.slot,
      hostName: endpoint.address.kind === 'tcp' ? (endpoint.address.name ?? '') : '',
      origin: encodeOrigin(endpoint.origin, files),
    })),
    balance: BALANCES.indexOf(service.balance),
    maxIdle: service.maxIdle,
    idleTimeoutMs: service.idleTimeoutMs,
    maxRequests: service.maxRequests,
    connectMs: service.connectMs,
    responseMs: service.responseMs,
    idleMs: service.idleMs,
    counterSlot: service.counterSlot,
    origin: encodeOrigin(service.origin, files),
    protocol: PROTOCOLS.indexOf(service.protocol),
    tls: tls.numberOf(service.tls),
    hashOn: service.hashOn === null ? '' : formatHashOn(service.hashOn),
    maxRequestsPerEndpoint: service.maxRequestsPerEndpoint,
    stickyCookie: service.stickyCookie ?? '',
    healthCheck: encodeHealthCheck(service.healthCheck),
    outlier: service.outlier,
    proxyProtocol: service.proxyProtocol,
    retries: encodeRetries(service.retries),
  }).finish();
}

/** Port 0 can never be connected to: what an address that does not parse becomes, so that a reader never throws. */
const NOWHERE: Address = { kind: 'tcp', host: '127.0.0.1', port: 0 };

function withName(address: Address | string, name: string): Address | string {
  return typeof address === 'string' || address.kind === 'unix' || name === ''
    ? address
    : { ...address, name };
}

/** `tlsOf`: the settings with a number from 1. */
export function decodeService(
  bytes: Uint8Array,
  index: number,
  files: readonly string[],
  tlsOf: (number: number) => UpstreamTls,
): Service {
  const message = wire.Service.decode(new FlatReader(bytes));
  const endpoints = (message.endpoints ?? []).map((endpoint): Endpoint => {
    const address = withName(parseAddress(endpoint.address ?? ''), endpoint.hostName ?? '');
    return {
      id: endpoint.id ?? '',
      key: endpointKey(message.name, endpoint.id ?? ''),
      address: typeof address === 'string' ? NOWHERE : address,
      weight: endpoint.weight ?? 0,
      backup: endpoint.backup ?? false,
      slot: endpoint.slot ?? 0,
      origin: decodeOrigin(endpoint.origin, files),
    };
  });
  return Object.freeze({
    index,
    name: message.name,
    endpoints,
    balance: BALANCES[message.balance] ?? 'round_robin',
    maxIdle: message.maxIdle,
    idleTimeoutMs: message.idleTimeoutMs,
    maxRequests: message.maxRequests,
    connectMs: message.connectMs,
    responseMs: message.responseMs,
    idleMs: message.idleMs,
    counterSlot: message.counterSlot,
    origin: decodeOrigin(message.origin, files),
    protocol: PROTOCOLS[message.protocol] ?? 'http1',
    tls: message.tls === 0 ? null : tlsOf(message.tls),
    hashOn: parseHashOn(message.hashOn),
    maxRequestsPerEndpoint: message.maxRequestsPerEndpoint,
    stickyCookie: message.stickyCookie || null,
    healthCheck: decodeHealthCheck(message.healthCheck),
    outlier: decodeOutlier(message.outlier),
    proxyProtocol: message.proxyProtocol === 2 ? 2 : 0,
    retries: decodeRetries(message.retries),
  });
}

/** What names a service and its endpoints across snapshots. */
export function decodeServiceIdentity(bytes: Uint8Array): ServiceIdentity {
  const { name, endpoints } = wire.Service.decode(new FlatReader(bytes));
  return { name, endpointKeys: (endpoints ?? []).map(({ id }) => endpointKey(name, id ?? '')) };
}
