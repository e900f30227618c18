/** Arbitrary snapshot contents for property tests: sound ones, as `compile` makes them, with every field in every state. */

import fc from 'fast-check';
import { MAX_BURST, MAX_PER_SECOND } from '../../src/bridge/memory/limiter-table.ts';
import type { SnapshotContent } from '../../src/bridge/snapshot/content.ts';
import { endpointKey } from '../../src/bridge/snapshot/endpoint-key.ts';
import { headerOps } from '../../src/bridge/snapshot/header-ops.ts';
import type {
  Balance,
  Certificate,
  HeaderOps,
  HealthCheck,
  Outlier,
  Route,
  RouteAction,
  Service,
  UpstreamTls,
} from '../../src/bridge/snapshot/model.ts';
import { AddressRanges } from '../../src/kit/address-ranges.ts';
import { NO_RETRIES } from '../../src/kit/retry-policy.ts';
import { buildRouteTable } from '../../src/primary/compile/build-route-table.ts';

const UINT32 = 2 ** 32 - 1;

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const label = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
const host = fc.oneof(
  fc.tuple(label, label).map((parts) => parts.join('.')),
  fc.tuple(label, label).map((parts) => `*.${parts.join('.')}`),
);
const uint32 = fc.oneof(fc.constantFrom(0, 1, UINT32), fc.integer({ min: 0, max: UINT32 }));
const uint64 = fc.oneof(fc.constantFrom(0, 2 ** 32, Number.MAX_SAFE_INTEGER), fc.maxSafeNat());
const optional = fc.option(uint32, { nil: null });
const origin = fc.record({ file: text, line: uint32, column: uint32 });
const nameValue = fc.record({ name: text, value: text });
const nameValues = fc.array(nameValue, { maxLength: 3 });
const headerChanges: fc.Arbitrary<HeaderOps | null> = fc.option(
  fc.record({ add: nameValues, set: nameValues, remove: fc.array(text, { maxLength: 2 }) }).map(headerOps),
  { nil: null },
);
const rateLimit = fc.record({
  name: text,
  requestsPerSecond: fc.double({ min: 0.5, max: MAX_PER_SECOND, noNaN: true }),
  burst: fc.integer({ min: 1, max: MAX_BURST }),
  by: fc.constantFrom('ip', 'host', 'global', 'header'),
  header: text,
  seed0: uint32,
  seed1: uint32,
});

const addressRanges = fc.option(
  fc
    .array(
      fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map((parts) => parts.join('/')),
      { maxLength: 3 },
    )
    .map((cidrs) => AddressRanges.of(cidrs)),
  { nil: null },
);
const path = fc.array(label, { maxLength: 3 }).map((segments) => `/${segments.join('/')}`);

const upstreamTls: fc.Arbitrary<UpstreamTls> = fc.record({
  serverName: text,
  caPem: text,
  verify: fc.boolean(),
  certPem: text,
  keyPem: text,
});

const healthCheck: fc.Arbitrary<HealthCheck> = fc.record({
  tcp: fc.boolean(),
  path: text,
  host: text,
  intervalMs: uint32,
  timeoutMs: uint32,
  healthyAfter: uint32,
  unhealthyAfter: uint32,
  expect: fc.array(fc.record({ first: uint32, last: uint32 }), { maxLength: 3 }),
  initiallyUnhealthy: fc.boolean(),
});

const outlier: fc.Arbitrary<Outlier> = fc.record({
  consecutiveFailures: uint32,
  ejectMs: uint32,
  maxEjectedPercent: uint32,
});

const service = (index: number): fc.Arbitrary<Service> =>
  fc
    .record({
      name: text,
      endpoints: fc.array(
        fc.record({
          id: text,
          address: fc.oneof(
            fc.record(
              {
                kind: fc.constant('tcp' as const),
                host: label,
                port: fc.integer({ min: 0, max: 65_535 }),
                name: label,
              },
              { requiredKeys: ['kind', 'host', 'port'] },
            ),
            fc.record({ kind: fc.constant('unix' as const), path: label.map((name) => `/run/${name}.sock`) }),
          ),
          weight: uint32,
          backup: fc.boolean(),
          slot: uint32,
          origin,
        }),
        { maxLength: 3 },
      ),
      balance: fc.constantFrom<Balance>('round_robin', 'random', 'least_requests', 'p2c', 'hash'),
      hashOn: fc.option(
        fc.oneof(
          fc.record({ kind: fc.constantFrom('ip' as const, 'path' as const) }),
          fc.record({ kind: fc.constantFrom('header' as const, 'cookie' as const), name: label }),
        ),
        { nil: null },
      ),
      protocol: fc.constantFrom('http1' as const, 'h2' as const, 'h2c' as const),
      tls: fc.option(upstreamTls, { nil: null }),
      proxyProtocol: fc.constantFrom(0 as const, 2 as const),
      maxIdle: uint32,
      idleTimeoutMs: uint32,
      maxRequests: uint32,
      maxRequestsPerEndpoint: uint32,
      stickyCookie: fc.option(label, { nil: null }),
      healthCheck: fc.option(healthCheck, { nil: null }),
      outlier: fc.option(outlier, { nil: null }),
      retries: fc.record({
        attempts: uint32,
        windowMs: uint32,
        budgetPercent: uint32,
        on: fc.integer({ min: 0, max: NO_RETRIES.on }),
      }),
      connectMs: uint32,
      responseMs: uint32,
      idleMs: uint32,
      counterSlot: uint32,
      origin,
    })
    .map((made) => ({
      ...made,
      index,
      endpoints: made.endpoints.map((endpoint) => ({
        ...endpoint,
        key: endpointKey(made.name, endpoint.id),
      })),
    }));

function action(serviceCount: number): fc.Arbitrary<RouteAction> {
  const own: fc.Arbitrary<RouteAction> = fc.oneof(
    fc.record({ kind: fc.constant('redirect' as const), to: text, status: uint32 }),
    fc.record({ kind: fc.constant('host_redirect' as const), host }),
    fc.record({ kind: fc.constant('respond' as const), status: uint32, body: text, headers: nameValues }),
  );
  if (serviceCount === 0) return own;
  const index = fc.integer({ min: 0, max: serviceCount - 1 });
  const weights = fc.array(fc.tuple(index, fc.integer({ min: 0, max: 1000 })), {
    minLength: 1,
    maxLength: 4,
  });
  return fc.oneof(
    own,
    fc.record({ kind: fc.constant('service' as const), service: index }),
    weights
      .filter((parts) => parts.some(([, weight]) => weight > 0))
      .map((parts) => {
        let total = 0;
        const bounds = parts.map(([, weight]) => {
          total += weight;
          return total;
        });
        return { kind: 'split' as const, services: parts.map(([at]) => at), bounds, total };
      }),
  );
}

const route = (index: number, serviceCount: number): fc.Arbitrary<Route> =>
  fc
    .record({
      name: text,
      hosts: fc.uniqueArray(host, { maxLength: 2 }),
      path,
      match: fc.constantFrom('prefix' as const, 'exact' as const),
      conditions: fc.record({
        methods: fc.option(fc.array(fc.constantFrom('GET', 'POST'), { minLength: 1, maxLength: 2 }), {
          nil: null,
        }),
        headers: nameValues,
        query: nameValues,
      }),
      action: action(serviceCount),
      tls: fc.constantFrom('off' as const, 'manual' as const, 'self_signed' as const, 'auto' as const),
      httpsRedirect: fc.boolean(),
      plainHosts: fc.array(text, { maxLength: 2 }),
      hsts: text,
      rewrite: fc.option(
        fc.record({
          stripPrefix: fc.option(text, { nil: null }),
          replacePrefix: fc.option(text, { nil: null }),
          replacePath: fc.option(text, { nil: null }),
          host: fc.option(text, { nil: null }),
        }),
        { nil: null },
      ),
      access: fc.option(fc.record({ allow: addressRanges, deny: addressRanges }), { nil: null }),
      websocket: fc.boolean(),
      rateLimits: fc.array(rateLimit, { maxLength: 3 }),
      requestHeaders: headerChanges,
      responseHeaders: headerChanges,
      connectMs: optional,
      responseMs: optional,
      idleMs: optional,
      readMs: uint32,
      writeMs: uint32,
      retryAttempts: optional,
      bodyBytes: uint64,
      counterSlot: uint32,
      origin,
    })
    .map((made) => ({ ...made, index }));

const certificate: fc.Arbitrary<Certificate> = fc.record({
  id: text,
  hosts: fc.array(host, { maxLength: 2 }),
  chainPem: text,
  keyPem: text,
  notAfterMs: uint64,
  source: fc.constantFrom('manual' as const, 'self_signed' as const, 'default' as const, 'acme' as const),
  origin,
});

/** Contents whose indices lead somewhere and whose table is that of the routes. */
export const snapshotContent: fc.Arbitrary<SnapshotContent> = fc
  .record({
    serviceCount: fc.integer({ min: 0, max: 3 }),
    routeCount: fc.integer({ min: 0, max: 4 }),
    certificates: fc.array(certificate, { maxLength: 3 }),
  })
  .chain(({ serviceCount, routeCount, certificates }) => {
    const certificateIndex = fc.integer({ min: 0, max: Math.max(0, certificates.length - 1) });
    return fc
      .record({
        listeners: fc.array(
          fc.record({ id: text, tls: fc.boolean(), host: text, port: fc.integer({ min: 1, max: 65_535 }) }),
          { maxLength: 2 },
        ),
        limits: fc.record({
          headerBytes: uint64,
          bodyBytes: uint64,
          connections: uint64,
          connectionsPerAddress: uint32,
          urlBytes: uint64,
        }),
        engine: fc.constantFrom('auto' as const, 'uws' as const, 'node' as const),
        http2: fc.boolean(),
        timeouts: fc.record({
          readMs: uint32,
          writeMs: uint32,
          connectMs: uint32,
          responseMs: uint32,
          drainMs: uint32,
          // 0 stands for the default.
          keepAliveMs: fc.integer({ min: 1, max: 0xffff_ffff }),
        }),
        trustedProxies: fc.array(text, { maxLength: 2 }),
        accessLog: fc.record({ target: text, format: fc.constantFrom('text' as const, 'json' as const) }),
        httpsPort: fc.integer({ min: 0, max: 65_535 }),
        routes: fc.tuple(...Array.from({ length: routeCount }, (_, index) => route(index, serviceCount))),
        services: fc.tuple(...Array.from({ length: serviceCount }, (_, index) => service(index))),
        serverNames: fc
          .uniqueArray(fc.tuple(host, certificateIndex), { selector: ([name]) => name, maxLength: 4 })
          .map((names) => new Map(certificates.length === 0 ? [] : names)),
        defaultCertificate:
          certificates.length === 0 ? fc.constant(null) : fc.option(certificateIndex, { nil: null }),
      })
      .map((made) => ({
        ...made,
        certificates,
        routeTable: buildRouteTable(
          made.routes.map(({ hosts, path: at, match, conditions }) => ({
            hosts,
            path: at,
            match,
            conditionCount:
              (conditions.methods === null ? 0 : 1) + conditions.headers.length + conditions.query.length,
          })),
        ),
      }));
  });
