/** A running penstock's control and a snapshot of a few routes, as plain objects. */

import type { Endpoint, Route, Service, Snapshot } from '../../src/bridge/snapshot/model.ts';
import { NO_RETRIES } from '../../src/kit/retry-policy.ts';
import { buildRouteTable } from '../../src/primary/compile/build-route-table.ts';
import type {
  AutomaticView,
  Control,
  HealthView,
  LiveFacts,
  ReloadResult,
  ReloadTrigger,
  ServedCertificates,
  Status,
  UpgradeResult,
} from '../../src/primary/control.ts';
import type { DomainRegistry } from '../../src/primary/domain.ts';
import type { EventFeed } from '../../src/primary/event.ts';
import type { LatencyStatus } from '../../src/primary/latency-status.ts';
import { countConditions } from '../../src/worker/router/conditions.ts';

const origin = (line: number): Route['origin'] => ({ file: '/etc/penstock.yaml', line, column: 3 });

export function fakeRoute(index: number, changes: Partial<Route> = {}): Route {
  return {
    index,
    name: `route-${index}`,
    hosts: ['api.example.com'],
    path: '/v1',
    match: 'prefix',
    conditions: { methods: null, headers: [], query: [] },
    action: { kind: 'service', service: 0 },
    tls: 'off',
    httpsRedirect: false,
    plainHosts: [],
    hsts: '',
    access: null,
    websocket: true,
    rateLimits: [],
    rewrite: null,
    requestHeaders: null,
    responseHeaders: null,
    connectMs: null,
    responseMs: null,
    idleMs: null,
    readMs: 30_000,
    writeMs: 30_000,
    retryAttempts: null,
    bodyBytes: 0,
    counterSlot: index,
    origin: origin(10 + index),
    ...changes,
  };
}

function fakeEndpoint(id: string, port: number, weight: number): Endpoint {
  const address = { kind: 'tcp', host: '127.0.0.1', port } as const;
  return { id, key: `api ${id}`, address, weight, backup: false, slot: port, origin: origin(4 + weight) };
}

function fakeService(index: number, name: string, endpoints: readonly Endpoint[]): Service {
  return {
    index,
    name,
    endpoints,
    balance: 'round_robin',
    hashOn: null,
    protocol: 'http1',
    tls: null,
    proxyProtocol: 0,
    maxIdle: 256,
    idleTimeoutMs: 60_000,
    maxRequests: 0,
    maxRequestsPerEndpoint: 0,
    stickyCookie: null,
    healthCheck: null,
    outlier: null,
    retries: NO_RETRIES,
    connectMs: 5_000,
    responseMs: 30_000,
    idleMs: 120_000,
    counterSlot: index,
    origin: origin(2 + index),
  };
}

/** Of two services: `api` with two endpoints, and `api-next` with none. */
export function fakeSnapshot(
  routes: readonly Route[] = [fakeRoute(0)],
  changes: Partial<Snapshot> = {},
): Snapshot {
  const services = [
    fakeService(0, 'api', [fakeEndpoint('127.0.0.1:9001', 9001, 1), fakeEndpoint('second', 9002, 2)]),
    fakeService(1, 'api-next', []),
  ];
  return {
    version: 7,
    digest: 'a1'.repeat(32),
    listeners: [],
    limits: { headerBytes: 32_768, bodyBytes: 0, connections: 0, connectionsPerAddress: 0, urlBytes: 16_384 },
    timeouts: {
      readMs: 30_000,
      writeMs: 30_000,
      connectMs: 5_000,
      responseMs: 30_000,
      drainMs: 30_000,
      keepAliveMs: 60_000,
    },
    engine: 'auto',
    http2: true,
    trustedProxies: [],
    accessLog: { target: '', format: 'json' },
    httpsPort: 0,
    routeTable: buildRouteTable(
      routes.map(({ hosts, path, match, conditions }) => ({
        hosts,
        path,
        match,
        conditionCount: countConditions(conditions),
      })),
    ),
    routeCount: routes.length,
    serviceCount: services.length,
    certificateCount: 0,
    defaultCertificate: null,
    route: (index) => routes[index]!,
    service: (index) => services[index]!,
    serviceIdentity: (index) => ({
      name: services[index]!.name,
      endpointKeys: services[index]!.endpoints.map(({ key }) => key),
    }),
    certificate: () => {
      throw new Error('no certificates here');
    },
    certificateFor: () => null,
    serverNamesUnder: () => [],
    ...changes,
  };
}

export function fakeResult(changes: Partial<ReloadResult> = {}): ReloadResult {
  return {
    outcome: 'applied',
    trigger: 'api',
    version: 8,
    digest: 'b2'.repeat(32),
    problems: [],
    message: 'snapshot 8 serves',
    atMs: 1_700_000_000_000,
    durationMs: 12.4,
    ...changes,
  };
}

export function fakeStatus(changes: Partial<Status> = {}): Status {
  return {
    version: '0.1.0',
    pid: 42,
    node: 'v20.20.0',
    uptimeSeconds: 93_784,
    configFile: '/etc/penstock.yaml',
    snapshot: { version: 7, digest: 'a1'.repeat(32) },
    listeners: [
      { protocol: 'http', address: '0.0.0.0:8080', engines: { http1: 'node', http2: 'node' } },
      { protocol: 'https', address: '0.0.0.0:8443', engines: { http1: 'uws', http2: null } },
      { protocol: 'admin', address: '127.0.0.1:9180' },
    ],
    connections: { undecided: 1, uwsHttp1: 0, nodeHttp1: 5, nodeHttp2: 1 },
    workers: [
      { id: 0, state: 'serving', snapshotVersion: 7, connections: 3, requestsInFlight: 1, restarts: 0 },
      { id: 1, state: 'serving', snapshotVersion: 7, connections: 4, requestsInFlight: 0, restarts: 2 },
    ],
    lastReload: null,
    ready: true,
    ...changes,
  };
}

export const FAKE_LATENCY: LatencyStatus = {
  all: { requests: 1_205, p50Ms: 1.25, p90Ms: 9.5, p99Ms: 90, p999Ms: 900.4, maxMs: 30_012.25 },
  routes: [
    {
      route: 'route-0',
      requests: 1_200,
      p50Ms: 1.28,
      p90Ms: 9.472,
      p99Ms: 90.5,
      p999Ms: 901,
      maxMs: 30_012.25,
    },
    { route: '(none)', requests: 5, p50Ms: 0.05, p90Ms: 0.2, p99Ms: 0.2, p999Ms: 0.2, maxMs: 0.2 },
  ],
  services: [{ service: 'api', requests: 1_198, p50Ms: 1, p90Ms: 9, p99Ms: 88, p999Ms: 890, maxMs: 905.5 }],
};

const WELL: HealthView = {
  healthy: true,
  check: 'none',
  ejectedForMs: 0,
  weightPercent: 100,
  lastChange: null,
};

/** The second endpoint of `api` fails its check. */
const FAKE_HEALTH: Readonly<Record<string, HealthView>> = {
  'api second': {
    ...WELL,
    healthy: false,
    check: 'failing',
    lastChange: { atMs: 1_700_000_000_000, reason: 'its check fails: status 503, expected 200-399' },
  },
};

const FAKE_FACTS: LiveFacts = {
  // Another number for each endpoint.
  requestsAt: ({ slot }) => slot % 1000,
  healthAt: ({ key }) => FAKE_HEALTH[key] ?? WELL,
  // Of every bucket one request is taken, but of what counts by a header all are.
  bucketAt: ({ by, burst }) =>
    by === 'header' ? { left: 0, waitMs: 2_500 } : { left: burst - 1, waitMs: 0 },
  retryBudgetOf: () => ({ requests: 100, retries: 4, left: 16 }),
};

const NO_CERTIFICATES: ServedCertificates = {
  certificates: [],
  serverNames: new Map(),
  defaultCertificate: null,
};

const NO_AUTOMATIC: AutomaticView = { status: () => [], renew: () => ({ kind: 'unknown' }) };

const NO_EVENTS: EventFeed = {
  lastId: 0,
  read: ({ after }) => Promise.resolve({ lines: [], gap: null, cursor: after }),
  newest: () => Promise.resolve({ lines: [], gap: null, cursor: 0 }),
  subscribe: () => () => {},
};

const UNKNOWN = { fault: 'unknown', detail: 'The domain is not known.', seen: [] } as const;

const NO_DOMAINS: DomainRegistry = {
  list: () => [],
  get: () => UNKNOWN,
  add: () => Promise.resolve(UNKNOWN),
  verify: () => Promise.resolve(UNKNOWN),
  remove: () => Promise.resolve(UNKNOWN),
};

export interface FakeControl extends Control {
  readonly triggers: ReloadTrigger[];
}

export function fakeControl(
  parts: {
    readonly status?: Status;
    readonly result?: ReloadResult;
    readonly snapshot?: Snapshot;
    readonly certificates?: ServedCertificates;
    readonly metrics?: () => Promise<string>;
    readonly reload?: () => Promise<ReloadResult>;
    readonly upgrade?: UpgradeResult;
    readonly automatic?: AutomaticView;
    readonly events?: EventFeed;
    readonly domains?: DomainRegistry;
  } = {},
): FakeControl {
  const triggers: ReloadTrigger[] = [];
  return {
    triggers,
    status: () => parts.status ?? fakeStatus(),
    latency: () => FAKE_LATENCY,
    reload: (trigger) => {
      triggers.push(trigger);
      return parts.reload?.() ?? Promise.resolve(parts.result ?? fakeResult());
    },
    upgrade: () =>
      Promise.resolve(
        parts.upgrade ?? { outcome: 'failed', pid: null, message: 'this process goes on', durationMs: 1 },
      ),
    snapshot: () => parts.snapshot ?? fakeSnapshot(),
    facts: FAKE_FACTS,
    certificates: () => parts.certificates ?? NO_CERTIFICATES,
    printableSnapshot: () => ({
      protobuf: new Uint8Array([10, 1, 2, 255]),
      json: { version: 7, routes: [] },
    }),
    automatic: parts.automatic ?? NO_AUTOMATIC,
    events: parts.events ?? NO_EVENTS,
    domains: parts.domains ?? NO_DOMAINS,
    metrics: parts.metrics ?? (() => Promise.resolve('penstock_snapshot_version 7\n')),
  };
}
