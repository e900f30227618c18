/**
 * The compiled configuration as both threads see it: frozen, whole, adopted by one assignment.
 * The wire form is in proto/penstock/v1; `codec.ts` turns one into the other. Routes, services and certificates
 * are decoded when they are first asked for, so that a swap costs the same for 10 routes and for 100,000.
 */

import type { Address } from '../../kit/address.ts';
import type { AddressRanges } from '../../kit/address-ranges.ts';
import type { HashOn } from '../../kit/hash-on.ts';
import type { Origin } from '../../kit/problem.ts';
import type { RetryPolicy } from '../../kit/retry-policy.ts';
import type { Allowance } from '../memory/limiter-table.ts';

/** One whole configuration. Immutable; a request keeps the one it began with. */
export interface Snapshot {
  /** Counts from 1 within one process. */
  readonly version: number;
  /** SHA-256 of the content in lower-case hex; two equal configurations have equal digests. */
  readonly digest: string;
  readonly listeners: readonly Listener[];
  readonly limits: Limits;
  readonly timeouts: Timeouts;
  readonly engine: Engine;
  /** HTTP/2 is offered: by ALPN on TLS listeners, by prior knowledge on plain ones. */
  readonly http2: boolean;
  /** Peers whose X-Forwarded-* fields are believed: CIDRs as text. */
  readonly trustedProxies: readonly string[];
  readonly accessLog: AccessLogTarget;
  /** The port of the first https listener as clients see it; 0 if there is none. */
  readonly httpsPort: number;
  readonly routeTable: RouteTable;
  readonly routeCount: number;
  readonly serviceCount: number;
  readonly certificateCount: number;
  /** The certificate for names that no other one covers; null without an https listener. */
  readonly defaultCertificate: Certificate | null;
  /** Decoded at the first call for an index, then kept. */
  route(index: number): Route;
  service(index: number): Service;
  /** Decoded and not kept: for walks over all services. */
  serviceIdentity(index: number): ServiceIdentity;
  certificate(index: number): Certificate;
  /** The certificate for a server name (lower-case): exact, then wildcard of one label; null if none covers it. */
  certificateFor(serverName: string): ServedName | null;
  /** All names below `parent` (`example.com` has `a.example.com`) by exactly one label, the wildcard left out. */
  serverNamesUnder(parent: string): string[];
}

/** A service and its endpoints as pools and balancers know them. */
export interface ServiceIdentity {
  readonly name: string;
  readonly endpointKeys: readonly string[];
}

/** A name or pattern that a certificate is served for. */
export interface ServedName {
  /** `a.example.com` or `*.example.com`. */
  readonly pattern: string;
  readonly certificate: Certificate;
}

export interface AccessLogTarget {
  /** Empty = off, `stderr`, or an absolute path. */
  readonly target: string;
  readonly format: 'text' | 'json';
}

export interface Listener {
  /** Stable id: protocol and configured address, such as `https 0.0.0.0:443`. */
  readonly id: string;
  readonly tls: boolean;
  /** Empty for every interface. */
  readonly host: string;
  /** Never 0: the primary replaces port 0 with a free one before it compiles. */
  readonly port: number;
}

/** Which HTTP/1 engine serves; `auto`: the program's own choice. */
export type Engine = 'auto' | 'uws' | 'node';

/** Bytes; 0 = no limit. */
export interface Limits {
  readonly headerBytes: number;
  readonly bodyBytes: number;
  /** Client connections of one listener at a time, over all workers. */
  readonly connections: number;
  /** Client connections of one address at a time, over all workers. */
  readonly connectionsPerAddress: number;
  readonly urlBytes: number;
}

/** Milliseconds. */
export interface Timeouts {
  readonly readMs: number;
  readonly writeMs: number;
  readonly connectMs: number;
  readonly responseMs: number;
  readonly drainMs: number;
  /** How long a client's connection may idle between two requests. */
  readonly keepAliveMs: number;
}

/**
 * The compiled router: one array of 32-bit words (header, hash table, path trie with its text, candidate lists).
 * `route-table.ts` holds the layout; nothing else knows an offset.
 */
export interface RouteTable {
  readonly words: Uint32Array;
}

export interface NameValue {
  readonly name: string;
  readonly value: string;
}

/** What a route asks of a request beside host and path. All must hold. */
export interface RouteConditions {
  /** Upper-case; null = every method. */
  readonly methods: readonly string[] | null;
  /** Lower-case names, exact values. */
  readonly headers: readonly NameValue[];
  /** Decoded names and values; exact. */
  readonly query: readonly NameValue[];
}

export type RouteAction =
  | { readonly kind: 'service'; readonly service: number }
  | {
      readonly kind: 'split';
      readonly services: readonly number[] /** Running sums of the weights. */;
      readonly bounds: readonly number[];
      readonly total: number;
    }
  | { readonly kind: 'redirect'; readonly to: string; readonly status: number }
  | {
      readonly kind: 'respond';
      readonly status: number;
      readonly body: string;
      readonly headers: readonly NameValue[];
    }
  | {
      readonly kind: 'host_redirect' /** A name that the routes of this host redirect from. */;
      readonly host: string;
    };

/** Made by `headerOps`. */
export interface HeaderOps {
  readonly add: readonly NameValue[];
  readonly set: readonly NameValue[];
  /** Lower-case. */
  readonly remove: readonly string[];
  /** The fields of a message that go: those that are removed or set. Lower-case. */
  readonly replaced: readonly string[];
  /** Which lengths their names have, as `lengthBit` says: most lines have another one. */
  readonly replacedLengths: number;
  /** Finds those of their lines, each with its CRLF, that penstock would add to a request; null where there are none. */
  readonly replacedOwn: RegExp | null;
  /** The field lines that come, `set` before `add`, each with its CRLF: a byte string. */
  readonly lines: string;
}

/** Which clients a route lets in. `deny` wins; with `allow`, everybody else is denied. Null: not given. */
export interface AccessList {
  readonly allow: AddressRanges | null;
  readonly deny: AddressRanges | null;
}

/** What a limit has a bucket for: each client address, each host, all requests together, each value of a header. */
export type RateLimitKey = 'ip' | 'host' | 'global' | 'header';

/** How often requests of one key may pass. `requestsPerSecond` and `burst`: see `Allowance`, as the seeds. */
export interface RateLimit extends Allowance {
  /** Of its quota policy, as clients see it; unique within the route. */
  readonly name: string;
  readonly by: RateLimitKey;
  /** Lower-case name of the header to count by; empty for others. */
  readonly header: string;
}

export type TlsMode = 'off' | 'manual' | 'self_signed' | 'auto';

export interface Rewrite {
  readonly stripPrefix: string | null;
  readonly replacePrefix: string | null;
  readonly replacePath: string | null;
  readonly host: string | null;
}

export interface Route {
  readonly index: number;
  readonly name: string;
  /** Empty: every host. */
  readonly hosts: readonly string[];
  /** In normal form. */
  readonly path: string;
  readonly match: 'prefix' | 'exact';
  readonly conditions: RouteConditions;
  readonly action: RouteAction;
  readonly tls: TlsMode;
  readonly httpsRedirect: boolean;
  /** Those of `hosts` for which `httpsRedirect` does not hold yet: no certificate that clients trust is there. */
  readonly plainHosts: readonly string[];
  /** Value of Strict-Transport-Security (RFC 6797 6.1) in answers over TLS; empty = none. */
  readonly hsts: string;
  /** Null: everybody is let in. */
  readonly access: AccessList | null;
  /** False: WebSocket handshakes are refused. */
  readonly websocket: boolean;
  /** All must let a request pass. Empty: there is no limit. */
  readonly rateLimits: readonly RateLimit[];
  readonly rewrite: Rewrite | null;
  /** Null where there is nothing to do. */
  readonly requestHeaders: HeaderOps | null;
  readonly responseHeaders: HeaderOps | null;
  /** Milliseconds; null where the service's value holds. */
  readonly connectMs: number | null;
  readonly responseMs: number | null;
  readonly idleMs: number | null;
  /** Milliseconds, already resolved against the top level. */
  readonly readMs: number;
  readonly writeMs: number;
  /** Attempts after the first one; null where the service's number holds. */
  readonly retryAttempts: number | null;
  /** Bytes, already resolved against the top level; 0 = no limit. */
  readonly bodyBytes: number;
  /** Row of this route in the counters table. */
  readonly counterSlot: number;
  readonly origin: Origin;
}

export interface Endpoint {
  /** Stable within the service. */
  readonly id: string;
  /** Stable across snapshots: service name and id; names the pool and its state. */
  readonly key: string;
  readonly address: Address;
  /** Share of the requests relative to the others; 0: it drains, and only clients that stick to it come. */
  readonly weight: number;
  /** Takes requests only while no other endpoint can. */
  readonly backup: boolean;
  /** Its place in the endpoint table. */
  readonly slot: number;
  readonly origin: Origin;
}

/** How an endpoint is chosen. */
export type Balance = 'round_robin' | 'random' | 'least_requests' | 'p2c' | 'hash';

/** What is spoken to endpoints: `h2` is HTTP/2 over TLS, `h2c` HTTP/2 over plain TCP by prior knowledge. */
export type UpstreamProtocol = 'http1' | 'h2' | 'h2c';

/** TLS to the endpoints of a service. */
export interface UpstreamTls {
  /** The name that is asked for (SNI) and verified: a host name or an IP address; empty = each endpoint's own host. */
  readonly serverName: string;
  /** PEM of the authorities that are trusted; empty = those that Node.js brings. */
  readonly caPem: string;
  /** False: any certificate is taken. */
  readonly verify: boolean;
  /** PEM of the certificate that penstock shows, leaf first; empty = none. */
  readonly certPem: string;
  /** PEM, PKCS#8. Never printed. */
  readonly keyPem: string;
}

/** Statuses from the first to the last, both included. */
export interface StatusRange {
  readonly first: number;
  readonly last: number;
}

/** How the primary asks the endpoints of a service whether they are well. */
export interface HealthCheck {
  /** A connection that stands is enough. */
  readonly tcp: boolean;
  readonly path: string;
  /** The Host field; empty = the address of the endpoint. */
  readonly host: string;
  /** From the beginning of one check to that of the next. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Results in a row. */
  readonly healthyAfter: number;
  readonly unhealthyAfter: number;
  /** Statuses that pass. */
  readonly expect: readonly StatusRange[];
  /** Takes no requests before a check has passed. */
  readonly initiallyUnhealthy: boolean;
}

/** When failing requests take an endpoint out of the rotation. */
export interface Outlier {
  readonly consecutiveFailures: number;
  /** The first time; longer when it happens again. */
  readonly ejectMs: number;
  /** Of the endpoints of the service. */
  readonly maxEjectedPercent: number;
}

export interface Service {
  readonly index: number;
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
  readonly balance: Balance;
  /** Null unless the balance is `hash`. */
  readonly hashOn: HashOn | null;
  readonly protocol: UpstreamProtocol;
  /** Null = plain. */
  readonly tls: UpstreamTls | null;
  /** Version of the PROXY protocol that each connection begins with; 0 = none. */
  readonly proxyProtocol: 0 | 2;
  readonly maxIdle: number;
  readonly idleTimeoutMs: number;
  /** Requests over one connection; 0 = no limit. */
  readonly maxRequests: number;
  /** Requests under way at one endpoint, over all workers; 0 = no limit. */
  readonly maxRequestsPerEndpoint: number;
  /** The name of the cookie by which clients stick to an endpoint; null: they do not. */
  readonly stickyCookie: string | null;
  /** Null: no active checks. */
  readonly healthCheck: HealthCheck | null;
  /** Null: no passive health. */
  readonly outlier: Outlier | null;
  /** A route may say another number of attempts. */
  readonly retries: RetryPolicy;
  /** Milliseconds, already resolved against the top level. */
  readonly connectMs: number;
  readonly responseMs: number;
  readonly idleMs: number;
  /** Row of this service in the counters table. */
  readonly counterSlot: number;
  readonly origin: Origin;
}

/** `manual`: from a file of the configuration; `acme`: obtained from an authority. */
export type CertificateSource = 'manual' | 'self_signed' | 'default' | 'acme';

export interface Certificate {
  /** SHA-256 of chain and key in hex: two equal ids serve the same bytes. */
  readonly id: string;
  /** Lower-case server names that it is served for. */
  readonly hosts: readonly string[];
  /** PEM, leaf first. */
  readonly chainPem: string;
  /** PEM, PKCS#8. Never printed. */
  readonly keyPem: string;
  /** Milliseconds since the epoch. */
  readonly notAfterMs: number;
  readonly source: CertificateSource;
  readonly origin: Origin;
}
