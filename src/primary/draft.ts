/**
 * A configuration that was read and found valid: plain frozen data, units resolved (milliseconds, bytes), paths
 * absolute, secrets and `${…}` replaced, defaults filled in. `source` and `validate` make it, `compile` takes it.
 */

import type { Address } from '../kit/address.ts';
import type { EventType } from '../kit/event-types.ts';
import type { HashOn } from '../kit/hash-on.ts';
import type { Origin } from '../kit/problem.ts';
import type { RetryPolicy } from '../kit/retry-policy.ts';
import type { AcmeSectionDraft } from './certs/acme/acme-draft.ts';

export interface ConfigDraft {
  /** Absolute path of the file, or a name in angle brackets for a configuration that came from elsewhere. */
  readonly file: string;
  readonly listen: ListenDraft;
  readonly adminToken: string | null;
  readonly workers: number | 'auto';
  /** Absolute. */
  readonly stateDir: string;
  /** CIDRs as written, checked. */
  readonly trustedProxies: readonly string[];
  readonly log: LogDraft;
  readonly limits: LimitsDraft;
  readonly timeouts: TimeoutsDraft;
  readonly services: readonly ServiceDraft[];
  /** In the order of the file. */
  readonly routes: readonly RouteDraft[];
  readonly certificates: readonly CertificateDraft[];
  /** Null where there is no such section, or it is not enabled. */
  readonly acme: AcmeSectionDraft | null;
  readonly webhooks: readonly WebhookDraft[];
  readonly domains: DomainsDraft;
  /** Every value that must not be printed: `secrets:`, `${file:…}` values, the admin token, what opens accounts elsewhere. */
  readonly secretValues: readonly string[];
  /** Every file whose change means a reload: the configuration, `${file:…}`, certificates and keys. Absolute. */
  readonly watchedFiles: readonly string[];
}

export interface ListenDraft {
  /** Empty means off. */
  readonly http: readonly ListenAddressDraft[];
  /** Empty means off. Opened only when a certificate or a tls route needs it, unless `httpsExplicit`. */
  readonly https: readonly ListenAddressDraft[];
  /** Whether the file itself names `https` (it may name `off`). */
  readonly httpsExplicit: boolean;
  readonly admin: ListenAddressDraft | null;
  readonly engine: 'auto' | 'uws' | 'node';
  readonly http2: boolean;
}

export interface ListenAddressDraft {
  readonly address: Address & { readonly kind: 'tcp' };
  readonly origin: Origin;
}

export interface LogDraft {
  readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** `off`, `stderr` or an absolute path. */
  readonly access: string;
  /** `auto`: text on a terminal, JSON otherwise. */
  readonly format: 'auto' | 'json' | 'text';
}

/** Bytes; 0 = no limit. */
export interface LimitsDraft {
  readonly headerBytes: number;
  readonly bodyBytes: number;
  readonly connections: number;
  readonly connectionsPerAddress: number;
  readonly urlBytes: number;
}

/** Milliseconds. */
export interface TimeoutsDraft {
  readonly readMs: number;
  readonly writeMs: number;
  readonly connectMs: number;
  readonly responseMs: number;
  readonly drainMs: number;
  readonly keepAliveMs: number;
}

export interface ServiceDraft {
  readonly name: string;
  readonly endpoints: readonly EndpointDraft[];
  readonly balance: 'round_robin' | 'random' | 'least_requests' | 'p2c' | 'hash';
  /** Null unless the balance is `hash`. */
  readonly hashOn: HashOn | null;
  readonly protocol: 'http1' | 'h2' | 'h2c';
  /** Null = plain. */
  readonly tls: ServiceTlsDraft | null;
  /** Version of the PROXY protocol that each connection begins with; 0 = none. */
  readonly proxyProtocol: 0 | 2;
  readonly keepalive: {
    readonly maxIdle: number;
    readonly idleTimeoutMs: number;
    /** 0 = no limit. */
    readonly maxRequests: number;
  };
  /** Concurrent; 0 = no limit. */
  readonly maxRequestsPerEndpoint: number;
  /** Null: clients do not stick. */
  readonly stickyCookie: string | null;
  /** Null: no active checks. */
  readonly healthCheck: HealthCheckDraft | null;
  /** Null: no passive health. */
  readonly outlier: OutlierDraft | null;
  readonly retries: RetryPolicy;
  /** Null where the service does not say; the top level's value then holds (`idle` is 120 s then). */
  readonly timeouts: {
    readonly connectMs: number | null;
    readonly responseMs: number | null;
    readonly idleMs: number | null;
  };
  readonly origin: Origin;
}

export interface ServiceTlsDraft {
  /** A host name or an IP address; null = each endpoint's own host. */
  readonly serverName: string | null;
  /** Absolute; null = the authorities that Node.js brings. */
  readonly caFile: string | null;
  readonly verify: boolean;
  /** Absolute; both or neither. */
  readonly clientCertFile: string | null;
  readonly clientKeyFile: string | null;
  readonly origin: Origin;
}

export interface HealthCheckDraft {
  /** A connection that stands is enough. */
  readonly tcp: boolean;
  readonly path: string;
  /** Null: the address of the endpoint. */
  readonly host: string | null;
  /** Milliseconds. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Results in a row. */
  readonly healthyAfter: number;
  readonly unhealthyAfter: number;
  /** Statuses that pass. */
  readonly expect: readonly { readonly first: number; readonly last: number }[];
  readonly initiallyUnhealthy: boolean;
}

export interface OutlierDraft {
  readonly consecutiveFailures: number;
  /** Milliseconds. */
  readonly ejectMs: number;
  readonly maxEjectedPercent: number;
}

export interface EndpointDraft {
  /** Stable identity within the service: the `id`, else the address. */
  readonly id: string;
  readonly address: Address;
  /** 0: it drains. */
  readonly weight: number;
  readonly backup: boolean;
  readonly origin: Origin;
}

export type RouteActionDraft =
  | { readonly kind: 'service'; readonly service: string }
  | {
      readonly kind: 'split';
      readonly parts: readonly { readonly service: string; readonly weight: number }[];
    }
  | {
      readonly kind: 'redirect' /** Template with {uri} {path} {query} {host} {scheme}. */;
      readonly to: string;
      readonly status: number;
    }
  | {
      readonly kind: 'respond';
      readonly status: number;
      readonly body: string;
      readonly headers: readonly HeaderDraft[];
    };

export interface HeaderDraft {
  readonly name: string;
  readonly value: string;
}

export interface HeaderOpsDraft {
  readonly add: readonly HeaderDraft[];
  readonly set: readonly HeaderDraft[];
  readonly remove: readonly string[];
}

export interface RouteDraft {
  /** Unique in the file: as written, else made of host and path. */
  readonly name: string;
  /** Lower-case: `name`, `*.name`; an empty list means every host. */
  readonly hosts: readonly string[];
  /** In normal form (RFC 3986 6.2.2), `/` by default. A prefix has no trailing slash but for `/` itself. */
  readonly path: string;
  readonly match: 'prefix' | 'exact';
  /** Upper-case; null means every method. */
  readonly methods: readonly string[] | null;
  /** Names lower-case, values exact; all must match. */
  readonly headers: readonly HeaderDraft[];
  readonly query: readonly HeaderDraft[];
  readonly action: RouteActionDraft;
  /** `default` where the route does not say: manual if an own certificate covers the host, else auto where one can be obtained, else off. */
  readonly tls: 'default' | 'auto' | 'manual' | 'self_signed' | 'off';
  /** Whom the authority may write to about this route's names; null: `acme.email`. */
  readonly acmeEmail: string | null;
  /** Null where the route does not say: true where tls is not off. */
  readonly httpsRedirect: boolean | null;
  /** Lower-case names that are redirected to the first of `hosts` that is no wildcard. */
  readonly redirectFrom: readonly string[];
  /** Null: none. */
  readonly hsts: HstsDraft | null;
  readonly access: AccessDraft | null;
  readonly websocket: boolean;
  /** All must let a request pass. */
  readonly rateLimits: readonly RateLimitDraft[];
  readonly rewrite: RewriteDraft | null;
  readonly requestHeaders: HeaderOpsDraft;
  readonly responseHeaders: HeaderOpsDraft;
  readonly timeouts: {
    readonly connectMs: number | null;
    readonly responseMs: number | null;
    readonly idleMs: number | null;
    readonly readMs: number | null;
    readonly writeMs: number | null;
  };
  /** Attempts after the first one; null where the service's number holds. */
  readonly retryAttempts: number | null;
  /** Null where the route does not say; 0 = no limit. */
  readonly bodyBytes: number | null;
  readonly origin: Origin;
}

/** RFC 6797 6.1. */
export interface HstsDraft {
  readonly maxAgeSeconds: number;
  readonly includeSubdomains: boolean;
  readonly preload: boolean;
}

/** CIDRs, checked; null where a list is not given, else one or more. */
export interface AccessDraft {
  readonly allow: readonly string[] | null;
  readonly deny: readonly string[] | null;
}

export interface RateLimitDraft {
  readonly requestsPerSecond: number;
  /** Requests at once; 1 or more. */
  readonly burst: number;
  readonly by: 'ip' | 'host' | 'global' | 'header';
  /** Lower-case name; empty but for `header`. */
  readonly header: string;
}

/** At most one of the three path rewrites is set. */
export interface RewriteDraft {
  /** The prefix to take off, in normal form; `strip_prefix: true` became the route's own path. */
  readonly stripPrefix: string | null;
  /** What stands in place of the route's path. */
  readonly replacePrefix: string | null;
  /** What stands in place of the whole path. */
  readonly replacePath: string | null;
  /** The Host that the endpoint gets. */
  readonly host: string | null;
}

export interface CertificateDraft {
  /** Absolute. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Lower-case names; null means the names that the certificate itself carries. */
  readonly hosts: readonly string[] | null;
  readonly origin: Origin;
}

export interface WebhookDraft {
  /** http or https; unique in the file. Its user information, path and query may be secret. */
  readonly url: string;
  /** Null: all types. */
  readonly events: readonly EventType[] | null;
  /** `whsec_` and base64, the one that counts first; empty: unsigned. */
  readonly secrets: readonly string[];
  readonly headers: readonly HeaderDraft[];
  readonly timeoutMs: number;
}

export interface DomainsDraft {
  /** `address` or `address:port`, IPv6 in brackets where a port follows; empty: those of the system. */
  readonly resolvers: readonly string[];
}
