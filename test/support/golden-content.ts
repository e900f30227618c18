/**
 * The content whose bytes lie in test/guards/golden/snapshot-1.bin, written when schema 1 was new: one of everything, with
 * values that a wrong field number or unit would show. Never edited: a newer form gets a file and a content of its own.
 */

import type { SnapshotContent } from '../../src/bridge/snapshot/content.ts';
import { endpointKey } from '../../src/bridge/snapshot/endpoint-key.ts';
import { headerOps } from '../../src/bridge/snapshot/header-ops.ts';
import type { Route } from '../../src/bridge/snapshot/model.ts';
import { NO_RETRIES } from '../../src/kit/retry-policy.ts';
import { buildRouteTable } from '../../src/primary/compile/build-route-table.ts';

const FILE = '/etc/penstock/penstock.yaml';
const origin = (line: number): Route['origin'] => ({ file: FILE, line, column: 5 });

const plain: Omit<Route, 'index' | 'name' | 'path' | 'action' | 'origin' | 'counterSlot'> = {
  hosts: [],
  match: 'prefix',
  conditions: { methods: null, headers: [], query: [] },
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
  writeMs: 31_000,
  retryAttempts: null,
  bodyBytes: 0,
};

const routes: readonly Route[] = [
  {
    index: 0,
    name: 'everything',
    hosts: ['a.example.com', '*.example.org'],
    path: '/v1',
    match: 'exact',
    conditions: {
      methods: ['GET', 'POST'],
      headers: [{ name: 'x-env', value: 'canary' }],
      query: [{ name: 'beta', value: '1' }],
    },
    action: { kind: 'service', service: 1 },
    tls: 'manual',
    httpsRedirect: true,
    plainHosts: [],
    hsts: '',
    access: null,
    websocket: true,
    rateLimits: [],
    rewrite: { stripPrefix: '/v1', replacePrefix: null, replacePath: null, host: 'up.internal' },
    requestHeaders: headerOps({
      add: [{ name: 'X-Add', value: 'a' }],
      set: [{ name: 'X-Set', value: 'ü' }],
      remove: ['x-remove'],
    }),
    responseHeaders: headerOps({ add: [], set: [{ name: 'X-Answer', value: 'b' }], remove: ['server'] }),
    connectMs: 1_001,
    responseMs: 1_002,
    idleMs: 0,
    readMs: 1_004,
    writeMs: 1_005,
    retryAttempts: null,
    bodyBytes: 10 * 1024 ** 3,
    counterSlot: 7,
    origin: origin(20),
  },
  {
    ...plain,
    index: 1,
    name: 'split',
    path: '/split',
    action: { kind: 'split', services: [0, 1], bounds: [90, 100], total: 100 },
    counterSlot: 8,
    origin: origin(30),
  },
  {
    ...plain,
    index: 2,
    name: 'redirect',
    path: '/old',
    action: { kind: 'redirect', to: 'https://example.com{uri}', status: 308 },
    tls: 'self_signed',
    counterSlot: 9,
    origin: origin(40),
  },
  {
    ...plain,
    index: 3,
    name: 'respond',
    path: '/',
    action: { kind: 'respond', status: 418, body: 'no coffee', headers: [{ name: 'X-Pot', value: 'tea' }] },
    rewrite: { stripPrefix: null, replacePrefix: '/p', replacePath: '/q', host: null },
    counterSlot: 10,
    origin: origin(50),
  },
];

export const GOLDEN_VERSION = 42;

export const GOLDEN_CONTENT: SnapshotContent = {
  listeners: [
    { id: 'http :8080', tls: false, host: '', port: 8080 },
    { id: 'https [::1]:8443', tls: true, host: '::1', port: 8443 },
  ],
  limits: {
    headerBytes: 32_768,
    bodyBytes: 5 * 1024 ** 3,
    connections: 1_000,
    connectionsPerAddress: 0,
    urlBytes: 16_384,
  },
  timeouts: {
    readMs: 30_000,
    writeMs: 31_000,
    connectMs: 5_000,
    responseMs: 32_000,
    drainMs: 33_000,
    keepAliveMs: 60_000,
  },
  // What a snapshot from before these fields reads as.
  engine: 'auto',
  http2: false,
  trustedProxies: ['10.0.0.0/8', 'fd00::/8'],
  accessLog: { target: '/var/log/penstock/access.log', format: 'json' },
  httpsPort: 8443,
  routeTable: buildRouteTable(
    routes.map(({ hosts, path, match, conditions }) => ({
      hosts,
      path,
      match,
      conditionCount:
        (conditions.methods === null ? 0 : 1) + conditions.headers.length + conditions.query.length,
    })),
  ),
  routes,
  services: [
    {
      index: 0,
      name: 'empty',
      endpoints: [],
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
      counterSlot: 1,
      origin: origin(3),
    },
    {
      index: 1,
      name: 'api',
      endpoints: [
        {
          id: 'one',
          key: endpointKey('api', 'one'),
          address: { kind: 'tcp', host: '::1', port: 9001 },
          weight: 1,
          backup: false,
          slot: 0,
          origin: origin(8),
        },
        {
          id: 'unix:/run/app.sock',
          key: endpointKey('api', 'unix:/run/app.sock'),
          address: { kind: 'unix', path: '/run/app.sock' },
          weight: 3,
          backup: false,
          slot: 0,
          origin: { file: 'other.yaml', line: 9, column: 1 },
        },
      ],
      balance: 'random',
      hashOn: null,
      protocol: 'http1',
      tls: null,
      proxyProtocol: 0,
      maxIdle: 1,
      idleTimeoutMs: 2,
      maxRequests: 3,
      maxRequestsPerEndpoint: 0,
      stickyCookie: null,
      healthCheck: null,
      outlier: null,
      retries: NO_RETRIES,
      connectMs: 4,
      responseMs: 5,
      idleMs: 6,
      counterSlot: 2,
      origin: origin(7),
    },
  ],
  certificates: [
    {
      id: 'a'.repeat(64),
      hosts: ['a.example.com'],
      chainPem: 'chain a',
      keyPem: 'key a',
      notAfterMs: 1_800_000_000_000,
      source: 'manual',
      origin: origin(60),
    },
    {
      id: 'b'.repeat(64),
      hosts: [],
      chainPem: 'chain b',
      keyPem: 'key b',
      notAfterMs: 1_900_000_000_000,
      source: 'default',
      origin: { file: '<self-signed>', line: 1, column: 1 },
    },
    {
      id: 'c'.repeat(64),
      hosts: ['*.example.org'],
      chainPem: 'chain c',
      keyPem: 'key c',
      notAfterMs: 1_850_000_000_000,
      source: 'self_signed',
      origin: { file: '<self-signed>', line: 1, column: 1 },
    },
  ],
  serverNames: new Map([
    ['a.example.com', 0],
    ['*.example.org', 2],
  ]),
  defaultCertificate: 1,
};
