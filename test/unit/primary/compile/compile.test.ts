import { describe, expect, it } from 'vitest';
import { encodeContent } from '../../../../src/bridge/snapshot/codec.ts';
import type { SnapshotContent } from '../../../../src/bridge/snapshot/content.ts';
import { headerOps } from '../../../../src/bridge/snapshot/header-ops.ts';
import type { Certificate } from '../../../../src/bridge/snapshot/model.ts';
import { type CompileInputs, compile, listenerId } from '../../../../src/primary/compile/compile.ts';
import type { TlsPlan } from '../../../../src/primary/compile/plan-tls.ts';
import { draftOf } from '../../../support/draft-of.ts';

const certificate = (id: string): Certificate => ({
  id,
  hosts: [],
  chainPem: '',
  keyPem: '',
  notAfterMs: 0,
  source: 'manual',
  origin: { file: '', line: 0, column: 0 },
});

const plainTls = (routes: number): TlsPlan => ({
  opensHttps: false,
  modes: Array<'off'>(routes).fill('off'),
  plainHosts: Array(routes).fill([]),
  certificates: [],
  serverNames: new Map(),
  defaultCertificate: null,
});

function compiled(text: string, inputs: Partial<CompileInputs> = {}): SnapshotContent {
  const draft = draftOf(text);
  return compile(draft, {
    tls: plainTls(draft.routes.length),
    upstreamTls: new Map(),
    boundTo: (_, configured) => configured,
    terminal: false,
    ...inputs,
  });
}

const SERVICES = 'services: { a: { endpoints: ["127.0.0.1:1"] }, b: { endpoints: ["127.0.0.1:2"] } }\n';

describe('compile', () => {
  it('gives each service its protocol and TLS', () => {
    const tls = { serverName: 'x', caPem: '', verify: true, certPem: '', keyPem: '' };
    const text = 'services: { a: { endpoints: [], protocol: h2c }, b: { endpoints: [], protocol: h2 } }\n';
    const { services } = compiled(text, { upstreamTls: new Map([['b', tls]]) });
    expect(services).toMatchObject([
      { name: 'a', protocol: 'h2c', tls: null },
      { name: 'b', protocol: 'h2', tls },
    ]);
  });

  it('makes routes of the names that are redirected, behind those of the file and with their names', () => {
    const { routes } = compiled(
      `${SERVICES}routes:\n  - { name: one, host: ["*.x.test", x.test, y.test], path: /p, methods: [GET], service: a, redirect_from: [u.test, v.test], https_redirect: true, hsts: {} , access: { deny: [10.0.0.0/8] } }\n  - { host: z.test, service: b }\n`,
    );
    expect(routes.map(({ index, name, hosts }) => [index, name, hosts])).toEqual([
      [0, 'one', ['*.x.test', 'x.test', 'y.test']],
      [1, 'z.test/', ['z.test']],
      [2, 'one', ['u.test', 'v.test']],
    ]);
    expect(routes[2]).toMatchObject({
      path: '/',
      match: 'prefix',
      conditions: { methods: null, headers: [], query: [] },
      action: { kind: 'host_redirect', host: 'x.test' },
      httpsRedirect: true,
      hsts: 'max-age=31536000',
      access: null,
    });
  });

  it.each([
    ['{}', '', 'max-age=31536000', []],
    ['{ max_age: 60, include_subdomains: true }', '', 'max-age=60; includeSubDomains', []],
    ['{ include_subdomains: true, preload: true }', '', 'max-age=31536000; includeSubDomains; preload', []],
    // What the route sets goes over it, and over TLS only as well.
    ['{}', 'strict-transport-security: max-age=5', 'max-age=5', []],
    ['{ enabled: false }', 'Strict-Transport-Security: max-age=5', '', ['Strict-Transport-Security']],
  ])('hsts: %s, set: {%s}', (hsts, set, value, names) => {
    const { routes } = compiled(
      `routes:\n  - { host: a.test, respond: {}, hsts: ${hsts}, response_headers: { set: { ${set} } } }\n`,
    );
    expect(routes[0]?.hsts).toBe(value);
    expect(routes[0]?.responseHeaders?.set.map(({ name }) => name) ?? []).toEqual(names);
  });

  it('turns names of services into indices, and weights into running sums', () => {
    const { routes, services } = compiled(
      `${SERVICES}routes:\n  - { path: /one, service: b }\n  - { path: /two, split: [{ service: b, weight: 90 }, { service: a, weight: 10 }] }\n`,
    );
    expect(services.map(({ name, index }) => [name, index])).toEqual([
      ['a', 0],
      ['b', 1],
    ]);
    expect(routes.map(({ action }) => action)).toEqual([
      { kind: 'service', service: 1 },
      { kind: 'split', services: [1, 0], bounds: [90, 100], total: 100 },
    ]);
  });

  it('names the rate limits of a route apart, and keeps their buckets while nothing about them changes', () => {
    const limitsOf = (routes: string) =>
      compiled(`${SERVICES}routes:\n${routes}`).routes.map(({ rateLimits }) => rateLimits);
    const ip = '{ requests_per_second: 5 }';
    const more = '{ requests_per_second: 1, burst: 60, by: ip }';
    const header = '{ requests_per_second: 5, by: "header:Ip" }';
    const [limits = []] = limitsOf(`  - { path: /a, service: a, rate_limit: [${ip}, ${more}, ${header}] }\n`);
    expect(limits).toMatchObject([
      { name: 'ip', requestsPerSecond: 5, burst: 5, by: 'ip', header: '' },
      { name: 'ip 2', requestsPerSecond: 1, burst: 60 },
      { name: 'ip 3', by: 'header', header: 'ip' },
    ]);
    const seed = ({ seed0, seed1 }: { seed0: number; seed1: number } = { seed0: 0, seed1: 0 }): string =>
      `${seed0} ${seed1}`;
    const before = limits.map(seed);
    expect(new Set(before).size).toBe(3);
    // Elsewhere in the file and in the list, with another action: the same buckets.
    const [, moved = []] = limitsOf(
      `  - { path: /b, service: b, rate_limit: ${ip} }\n  - { path: /a, respond: {}, rate_limit: [${header}, ${ip}] }\n`,
    );
    expect(moved.map(seed)).toEqual([before[2], before[0]]);
    // Of another route, or with another number: others.
    const [other = [], changed = []] = limitsOf(
      `  - { path: /b, service: a, rate_limit: ${ip} }\n  - { path: /a, service: a, rate_limit: { requests_per_second: 6, burst: 5 } }\n`,
    );
    expect(before).not.toContain(seed(other[0]));
    expect(before).not.toContain(seed(changed[0]));
  });

  it('resolves time limits and body limits against the level above, and leaves open what a service decides', () => {
    const { routes, services } = compiled(
      'timeouts: { read: 7s, write: 8s, connect: 9s, response: 10s }\nlimits: { body_bytes: 1KiB }\n' +
        'services:\n  own: { endpoints: [], timeouts: { connect: 1s, response: 2s, idle: 3s } }\n  top: { endpoints: [] }\n' +
        'routes:\n  - { path: /own, service: own, timeouts: { response: 4s, read: 5s }, body_bytes: 0 }\n  - { path: /top, service: top }\n',
    );
    expect(services.map(({ connectMs, responseMs, idleMs }) => [connectMs, responseMs, idleMs])).toEqual([
      [1_000, 2_000, 3_000],
      [9_000, 10_000, 120_000],
    ]);
    expect(
      routes.map(({ connectMs, responseMs, readMs, writeMs, bodyBytes }) => [
        connectMs,
        responseMs,
        readMs,
        writeMs,
        bodyBytes,
      ]),
    ).toEqual([
      [null, 4_000, 5_000, 8_000, 0],
      [null, null, 7_000, 8_000, 1_024],
    ]);
  });

  it('names an endpoint by its service and id, so that it is the same in every snapshot', () => {
    const { services } = compiled(
      'services:\n  a: { endpoints: ["127.0.0.1:1", { address: "127.0.0.1:2", id: two }] }\n',
    );
    expect(services[0]?.endpoints.map(({ key }) => key)).toEqual(['["a","127.0.0.1:1"]', '["a","two"]']);
  });

  it('keeps where everything was written', () => {
    const { routes, services } = compiled(
      'services:\n  a: { endpoints: ["127.0.0.1:1"] }\nroutes:\n  - path: /\n    service: a\n',
    );
    expect(routes[0]?.origin).toEqual({ file: '/etc/penstock/penstock.yaml', line: 4, column: 5 });
    expect(services[0]?.origin).toMatchObject({ file: '/etc/penstock/penstock.yaml', line: 2 });
    expect(services[0]?.endpoints[0]?.origin.line).toBe(2);
  });

  it('opens https listeners only where the plan says so, with the real ports', () => {
    const text = 'listen: { http: ["127.0.0.1:0", ":80"], https: ":443" }\n';
    const boundTo: CompileInputs['boundTo'] = (id, configured) =>
      id === 'http 127.0.0.1:0' ? { ...configured, port: 40_000 } : configured;
    expect(compiled(text, { boundTo })).toMatchObject({
      listeners: [
        { id: 'http 127.0.0.1:0', tls: false, host: '127.0.0.1', port: 40_000 },
        { id: 'http :80', tls: false, host: '', port: 80 },
      ],
      httpsPort: 0,
    });
    const fallback = certificate('default');
    const tls: TlsPlan = {
      ...plainTls(0),
      opensHttps: true,
      certificates: [certificate('a')],
      serverNames: new Map([['a.test', 0]]),
      defaultCertificate: fallback,
    };
    const content = compiled(text, { tls });
    expect(content.listeners.at(-1)).toEqual({ id: 'https :443', tls: true, host: '', port: 443 });
    expect(content.httpsPort).toBe(443);
    // The default one stands behind the others.
    expect(content.certificates.map(({ id }) => id)).toEqual(['a', 'default']);
    expect(content.defaultCertificate).toBe(1);
    expect(content.serverNames).toEqual(new Map([['a.test', 0]]));
  });

  it('redirects to https by default where a route has tls, unless it says otherwise', () => {
    const text =
      'routes:\n  - { path: /a, respond: { status: 200 } }\n  - { path: /b, respond: { status: 200 } }\n  - { path: /c, respond: { status: 200 }, https_redirect: false }\n';
    const tls: TlsPlan = { ...plainTls(3), modes: ['off', 'self_signed', 'manual'] };
    expect(compiled(text, { tls }).routes.map(({ httpsRedirect }) => httpsRedirect)).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('leaves out header changes that change nothing, and lower-cases what is removed', () => {
    const { routes } = compiled(
      'routes:\n  - { path: /a, respond: { status: 200 } }\n  - { path: /b, respond: { status: 200 }, response_headers: { remove: [X-Powered-By] } }\n',
    );
    expect(routes.map(({ responseHeaders }) => responseHeaders)).toEqual([
      null,
      headerOps({ add: [], set: [], remove: ['x-powered-by'] }),
    ]);
  });

  it.each([
    ['off', 'auto', false, { target: '', format: 'json' }],
    ['stderr', 'auto', false, { target: 'stderr', format: 'json' }],
    ['stderr', 'auto', true, { target: 'stderr', format: 'text' }],
    ['stderr', 'text', false, { target: 'stderr', format: 'text' }],
    ['/a.log', 'json', true, { target: '/a.log', format: 'json' }],
  ])('access log %s in format %s (terminal: %s)', (access, format, terminal, expected) => {
    const log = format === 'auto' ? `{ access: ${access} }` : `{ access: ${access}, format: ${format} }`;
    expect(compiled(`log: ${log}\n`, { terminal }).accessLog).toEqual(expected);
  });

  it('gives equal inputs equal bytes', () => {
    const text = `${SERVICES}routes:\n  - { path: /one, service: b, headers: { A: b, C: d } }\n`;
    expect(encodeContent(compiled(text))).toEqual(encodeContent(compiled(text)));
  });

  it('gives a listener an id that does not depend on what port 0 became', () => {
    const { listen } = draftOf('listen: { http: "[::1]:0" }\n');
    expect(listen.http.map((configured) => listenerId('http', configured))).toEqual(['http [::1]:0']);
  });
});
