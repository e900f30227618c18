import { describe, expect, it } from 'vitest';
import { NO_RETRIES, retryOnOf } from '../../../../src/kit/retry-policy.ts';
import type { ConfigDraft } from '../../../../src/primary/draft.ts';
import { validateText } from './validate-text.ts';

function draftOf(text: string, env: Record<string, string> = {}): ConfigDraft {
  const { draft, problems } = validateText(text, env);
  expect(problems).toEqual([]);
  if (draft === null) throw new Error('no draft');
  return draft;
}

const API = 'services: { api: { endpoints: ["127.0.0.1:9001"] } }\n';

describe('validate: the draft', () => {
  it('fills in the defaults of the contract', () => {
    const draft = draftOf('services: {}\n');
    expect(draft).toMatchObject({
      file: '/etc/penstock/penstock.yaml',
      listen: {
        http: [{ address: { kind: 'tcp', host: '', port: 8080 } }],
        https: [{ address: { kind: 'tcp', host: '', port: 8443 } }],
        httpsExplicit: false,
        admin: { address: { kind: 'tcp', host: '127.0.0.1', port: 9180 } },
      },
      adminToken: null,
      workers: 'auto',
      stateDir: '/etc/penstock/penstock-state',
      trustedProxies: [],
      log: { level: 'info', access: 'off', format: 'auto' },
      limits: { headerBytes: 32_768, bodyBytes: 0, connections: 0, urlBytes: 16_384 },
      timeouts: { readMs: 30_000, writeMs: 30_000, connectMs: 5000, responseMs: 30_000, drainMs: 30_000 },
      services: [],
      routes: [],
      certificates: [],
      secretValues: [],
      watchedFiles: ['/etc/penstock/penstock.yaml'],
    });
  });

  it('resolves a service', () => {
    const text =
      'services:\n  api:\n    endpoints:\n      - 127.0.0.1:9001\n      - { address: "[::1]:9002", weight: 2, id: two }\n      - unix:/run/a.sock\n    timeouts: { idle: 5m }\n';
    expect(draftOf(text).services).toEqual([
      {
        name: 'api',
        endpoints: [
          {
            id: '127.0.0.1:9001',
            address: { kind: 'tcp', host: '127.0.0.1', port: 9001 },
            weight: 1,
            backup: false,
            origin: at(4, 9),
          },
          {
            id: 'two',
            address: { kind: 'tcp', host: '::1', port: 9002 },
            weight: 2,
            backup: false,
            origin: at(5, 9),
          },
          {
            id: 'unix:/run/a.sock',
            address: { kind: 'unix', path: '/run/a.sock' },
            weight: 1,
            backup: false,
            origin: at(6, 9),
          },
        ],
        balance: 'round_robin',
        hashOn: null,
        protocol: 'http1',
        tls: null,
        proxyProtocol: 0,
        keepalive: { maxIdle: 256, idleTimeoutMs: 60_000, maxRequests: 0 },
        maxRequestsPerEndpoint: 0,
        stickyCookie: null,
        healthCheck: null,
        outlier: { consecutiveFailures: 5, ejectMs: 10_000, maxEjectedPercent: 50 },
        retries: NO_RETRIES,
        timeouts: { connectMs: null, responseMs: null, idleMs: 300_000 },
        origin: at(2, 3),
      },
    ]);
  });

  it('resolves how a service balances', () => {
    const balancing = (text: string): unknown => {
      const [service] = draftOf(`services: { a: { endpoints: [], ${text} } }`).services;
      return [service?.balance, service?.hashOn, service?.maxRequestsPerEndpoint, service?.stickyCookie];
    };
    expect(balancing('balance: hash')).toEqual(['hash', { kind: 'ip' }, 0, null]);
    expect(balancing('balance: hash, hash_on: "header:X-User"')).toEqual([
      'hash',
      { kind: 'header', name: 'x-user' },
      0,
      null,
    ]);
    expect(balancing('balance: hash, hash_on: "cookie:Sid", max_requests: 9')).toEqual([
      'hash',
      { kind: 'cookie', name: 'Sid' },
      9,
      null,
    ]);
    // Kept for the day when the balance is hash again.
    expect(balancing('balance: p2c, hash_on: path, sticky: {}')).toEqual(['p2c', null, 0, 'penstock']);
    expect(balancing('balance: least_requests, sticky: { cookie: at }')).toEqual([
      'least_requests',
      null,
      0,
      'at',
    ]);
    const text =
      'services: { a: { endpoints: [{ address: "h:1", weight: 0 }, { address: "h:2", backup: true }] } }';
    expect(draftOf(text).services[0]?.endpoints).toMatchObject([
      { weight: 0, backup: false },
      { weight: 1, backup: true },
    ]);
  });

  it('resolves how requests are sent again', () => {
    const retries = (text: string): unknown =>
      draftOf(`services: { a: { endpoints: [], ${text} } }`).services[0]?.retries;
    expect(retries('balance: p2c')).toMatchObject({ attempts: 0 });
    expect(retries('retries: {}')).toEqual({ attempts: 2, windowMs: 10_000, budgetPercent: 20, on: 31 });
    expect(retries('retries: { attempts: 0 }')).toEqual(NO_RETRIES);
    expect(
      retries('retries: { attempts: 1, window: 1m, budget_percent: 5, on: [503, connect_failure, "503"] }'),
    ).toEqual({ attempts: 1, windowMs: 60_000, budgetPercent: 5, on: retryOnOf(['connect_failure', '503']) });
    expect(draftOf('routes: [{ respond: {}, retries: { attempts: 0 } }]').routes[0]?.retryAttempts).toBe(0);
  });

  it('resolves a route', () => {
    const [route] = draftOf(
      `${API}routes:\n  - host: [A.example.com., "*.B.example", "[::1]"]\n    path: /%7Eapi/./v1/\n    methods: [get, POST, GET]\n    headers: { X-Env: Canary }\n    query: { beta: "1" }\n    service: api\n    tls: off\n    rewrite: { strip_prefix: true, host: Up.internal:81 }\n    access: { allow: [10.0.0.0/8, 192.0.2.7], deny: [FD00::/8] }\n    request_headers: { set: { X-A: b }, remove: [X-Old] }\n    timeouts: { response: 5s, read: 1m }\n    body_bytes: 10MiB\n    websocket: false\n`,
    ).routes;
    expect(route).toEqual({
      name: 'a.example.com/~api/v1',
      hosts: ['a.example.com', '*.b.example', '::1'],
      path: '/~api/v1',
      match: 'prefix',
      methods: ['GET', 'POST'],
      headers: [{ name: 'x-env', value: 'Canary' }],
      query: [{ name: 'beta', value: '1' }],
      action: { kind: 'service', service: 'api' },
      tls: 'off',
      acmeEmail: null,
      httpsRedirect: null,
      redirectFrom: [],
      hsts: null,
      access: { allow: ['10.0.0.0/8', '192.0.2.7/32'], deny: ['FD00::/8'] },
      websocket: false,
      rateLimits: [],
      rewrite: { stripPrefix: '/~api/v1', replacePrefix: null, replacePath: null, host: 'Up.internal:81' },
      requestHeaders: { add: [], set: [{ name: 'X-A', value: 'b' }], remove: ['x-old'] },
      responseHeaders: { add: [], set: [], remove: [] },
      timeouts: { connectMs: null, responseMs: 5000, idleMs: null, readMs: 60_000, writeMs: null },
      retryAttempts: null,
      bodyBytes: 10_485_760,
      origin: at(3, 5),
    });
  });

  it('resolves the other actions', () => {
    const text = `services: { a: { endpoints: [] }, b: { endpoints: [] } }\nroutes:\n  - { path: /s, split: [{ service: a, weight: 9 }, { service: b, weight: 0 }] }\n  - { path: /r, redirect: { to: "https://x{uri}" } }\n  - { path: /t, respond: {} }\n  - { path: /u/, match: exact, respond: { status: 404, body: no, headers: { X-A: b } } }\n`;
    const { routes } = draftOf(text);
    expect(routes.map(({ action }) => action)).toEqual([
      { kind: 'split', parts: [{ service: 'a', weight: 9 }] },
      { kind: 'redirect', to: 'https://x{uri}', status: 301 },
      { kind: 'respond', status: 200, body: '', headers: [] },
      { kind: 'respond', status: 404, body: 'no', headers: [{ name: 'X-A', value: 'b' }] },
    ]);
    expect(routes[3]?.path).toBe('/u/');
  });

  it('makes route names unique and leaves written ones alone', () => {
    const text = `${API}routes:\n  - { service: api }\n  - { service: api, methods: [GET] }\n  - { service: api, methods: [PUT], name: "*/#2" }\n  - { service: api, host: a.com, path: /x }\n`;
    expect(draftOf(text).routes.map(({ name }) => name)).toEqual(['*/', '*/#3', '*/#2', 'a.com/x']);
  });

  it.each([
    ['off', []],
    ['false', []],
    ['[]', []],
    ['":0"', [0]],
    ['[":81", "[::1]:82"]', [81, 82]],
  ])('listen.http: %s', (written, ports) => {
    expect(draftOf(`listen: { http: ${written} }`).listen.http.map(({ address }) => address.port)).toEqual(
      ports,
    );
  });

  it('makes paths absolute and watches what they name', () => {
    const draft = draftOf(
      'state_dir: state\nlog: { access: ./a.log }\ncertificates: [{ cert_file: a.pem, key_file: /k/a.key, hosts: [A.com] }]\n',
    );
    expect(draft.stateDir).toBe('/etc/penstock/state');
    expect(draft.log.access).toBe('/etc/penstock/a.log');
    expect(draft.certificates).toEqual([
      { certFile: '/etc/penstock/a.pem', keyFile: '/k/a.key', hosts: ['a.com'], origin: at(3, 16) },
    ]);
    expect(draft.watchedFiles).toEqual(['/etc/penstock/penstock.yaml', '/etc/penstock/a.pem', '/k/a.key']);
  });

  it('gives a whole reference the type that is expected, and only then', () => {
    const draft = draftOf(
      'workers: "${env:N}"\nservices: { a: { endpoints: [{ address: "h:${env:N}", weight: "${env:N}", id: "${env:N}" }] } }\nroutes:\n  - { service: a, https_redirect: "${env:YES}", query: { q: "${env:N}" }, body_bytes: "${env:N}" }\n',
      { N: '4', YES: 'true' },
    );
    expect(draft.workers).toBe(4);
    expect(draft.services[0]?.endpoints[0]).toMatchObject({ id: '4', weight: 4, address: { port: 4 } });
    expect(draft.routes[0]).toMatchObject({
      httpsRedirect: true,
      query: [{ name: 'q', value: '4' }],
      bodyBytes: 4,
    });
    expect(validateText('workers: "4"').problems.map(({ code }) => code)).toEqual(['WRONG_TYPE']);
    expect(validateText('workers: "${env:N}"', { N: 'four' }).problems.map(({ code }) => code)).toEqual([
      'WRONG_TYPE',
    ]);
  });

  it('turns a single address into a range of itself', () => {
    expect(draftOf('trusted_proxies: [10.0.0.0/8, 192.0.2.7, "fd00::/8", "::1"]').trustedProxies).toEqual([
      '10.0.0.0/8',
      '192.0.2.7/32',
      'fd00::/8',
      '::1/128',
    ]);
  });

  it('takes names that objects are born with', () => {
    const [route] = draftOf(
      'services: { constructor: { endpoints: [] } }\nroutes: [{ service: constructor, request_headers: { set: { constructor: a, toString: b } } }]',
    ).routes;
    expect(route?.requestHeaders.set.map(({ name }) => name)).toEqual(['constructor', 'toString']);
  });

  it('is frozen to the last leaf', () => {
    const thaw: string[] = [];
    const walk = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      if (!Object.isFrozen(value)) thaw.push(path);
      for (const [key, part] of Object.entries(value)) walk(part, `${path}.${key}`);
    };
    walk(
      draftOf(`${API}routes: [{ service: api, headers: { A: b }, rewrite: { strip_prefix: /x } }]`),
      'draft',
    );
    expect(thaw).toEqual([]);
  });
});

const at = (line: number, column: number) => ({ file: '/etc/penstock/penstock.yaml', line, column });
