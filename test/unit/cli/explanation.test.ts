import { describe, expect, it } from 'vitest';
import { headerOps } from '../../../src/bridge/snapshot/header-ops.ts';
import type { Endpoint, HealthCheck, Route, Service, Snapshot } from '../../../src/bridge/snapshot/model.ts';
import { parseExplainRequest } from '../../../src/cli/explain-request.ts';
import { type Explanation, explainRequest } from '../../../src/cli/explanation.ts';
import { AddressRanges } from '../../../src/kit/address-ranges.ts';
import { NO_RETRIES, type RetryPolicy, retryOnOf } from '../../../src/kit/retry-policy.ts';
import { fakeRoute, fakeSnapshot } from '../../support/fake-control.ts';

interface Asked {
  readonly method?: string;
  readonly headers?: readonly string[];
  readonly ip?: string;
}

function explain(
  routes: readonly Route[],
  url: string,
  asked: Asked = {},
  changes: Partial<Snapshot> = {},
): Explanation {
  const request = parseExplainRequest({ url, method: 'GET', headers: [], ip: '127.0.0.1', ...asked });
  return explainRequest(fakeSnapshot(routes, changes), request);
}

const API = 'http://api.example.com';

/** The services of a request that goes to `api`, its service and each of its two endpoints changed. */
function explainServices(
  service: Partial<Service>,
  endpoints: readonly Partial<Endpoint>[],
  headers: readonly string[] = [],
): Explanation['services'] {
  const plain = fakeSnapshot().service(0);
  const changed: Service = {
    ...plain,
    ...service,
    endpoints: plain.endpoints.map((endpoint, index) => ({ ...endpoint, ...endpoints[index] })),
  };
  return explain([fakeRoute(0)], `${API}/v1`, { headers }, { service: () => changed }).services;
}

const CHECK: HealthCheck = {
  tcp: true,
  path: '/',
  host: '',
  intervalMs: 2_000,
  timeoutMs: 1_000,
  healthyAfter: 2,
  unhealthyAfter: 2,
  expect: [],
  initiallyUnhealthy: false,
};

describe('explanation', () => {
  it('names the route that takes the request, why the others lost, and the endpoints', () => {
    const routes = [
      fakeRoute(0, { name: 'wide', path: '/' }),
      fakeRoute(1, { name: 'v1', path: '/v1' }),
      fakeRoute(2, { name: 'other', hosts: ['other.example.com'] }),
    ];
    const { route, outcome, routes: verdicts, services } = explain(routes, `${API}/v1/users?x=1`);
    expect(route?.name).toBe('v1');
    expect(outcome).toEqual({ kind: 'forwarded', target: '/v1/users?x=1', host: 'api.example.com' });
    expect(verdicts.map(({ name, verdict, code }) => [name, verdict, code])).toEqual([
      ['wide', 'lost', 'OUTRANKED_BY_LONGER_PREFIX'],
      ['v1', 'chosen', 'CHOSEN'],
      ['other', 'lost', 'HOST_DIFFERS'],
    ]);
    expect(services).toMatchObject([
      {
        service: 'api',
        percent: 100,
        endpoints: [
          { id: '127.0.0.1:9001', address: '127.0.0.1:9001', weight: 1 },
          { id: 'second', address: '127.0.0.1:9002', weight: 2 },
        ],
      },
    ]);
  });

  it('matches in normal form and forwards as written', () => {
    const { request, outcome } = explain([fakeRoute(0)], 'http://API.Example.com:8080/x/../v1/%7Ea');
    expect(request).toMatchObject({ host: 'api.example.com', path: '/v1/~a' });
    expect(outcome).toMatchObject({ target: '/x/../v1/%7Ea' });
  });

  it('says what a rewrite does', () => {
    const rewrite = { stripPrefix: '/v1', replacePrefix: null, replacePath: null, host: 'inner' };
    const { outcome, policies } = explain([fakeRoute(0, { rewrite })], `${API}/v1/a?b`);
    expect(outcome).toEqual({ kind: 'forwarded', target: '/a?b', host: 'inner' });
    expect(policies).toContainEqual({
      policy: 'rewrite',
      verdict: 'applies',
      detail: '/v1/a?b becomes /a?b, Host becomes inner',
    });
  });

  it('knows the names that are redirected, and what is said of HSTS', () => {
    const hsts = 'max-age=60';
    const routes = [
      fakeRoute(0, { name: 'api', tls: 'manual', httpsRedirect: true, hsts }),
      fakeRoute(1, {
        name: 'api',
        hosts: ['www.example.com'],
        path: '/',
        action: { kind: 'host_redirect', host: 'api.example.com' },
        httpsRedirect: true,
        hsts,
      }),
    ];
    const at = (url: string) => explain(routes, url, {}, { httpsPort: 443 });
    const plain = at('http://www.example.com:81/x?y');
    expect(plain.outcome).toEqual({
      kind: 'redirected',
      status: 301,
      location: 'https://api.example.com/x?y',
    });
    expect(plain.policies.map(({ policy }) => policy)).toEqual(['https redirect']);
    const secure = at('https://www.example.com:8443/x');
    expect(secure.route).toMatchObject({ name: 'api', action: { kind: 'host_redirect' } });
    expect(secure.outcome).toMatchObject({ location: 'https://api.example.com:8443/x' });
    expect(secure.policies).toContainEqual({ policy: 'hsts', verdict: 'applies', detail: hsts });
  });

  it('redirects plain requests to https with the method kept, and lets TLS pass', () => {
    const routes = [fakeRoute(0, { tls: 'manual', httpsRedirect: true })];
    const ports = { httpsPort: 8443 };
    expect(explain(routes, `${API}/v1?a`, {}, ports).outcome).toEqual({
      kind: 'redirected',
      status: 301,
      location: 'https://api.example.com:8443/v1?a',
    });
    expect(explain(routes, `${API}/v1`, { method: 'POST' }, ports).outcome).toMatchObject({ status: 308 });
    expect(explain(routes, 'https://api.example.com/v1', {}, ports).outcome.kind).toBe('forwarded');
  });

  it('does not redirect a name that waits for its automatic certificate, and says so', () => {
    const routes = [fakeRoute(0, { tls: 'auto', httpsRedirect: true, plainHosts: ['api.example.com'] })];
    const { outcome, policies } = explain(routes, `${API}/v1`, {}, { httpsPort: 8443 });
    expect(outcome.kind).toBe('forwarded');
    expect(policies[0]).toEqual({
      policy: 'https redirect',
      verdict: 'passes',
      detail: expect.stringContaining('api.example.com is redirected once it has its automatic certificate'),
    });
  });

  it('believes X-Forwarded-* from trusted peers only', () => {
    const routes = [fakeRoute(0, { httpsRedirect: true })];
    const headers = ['X-Forwarded-Proto: https', 'X-Forwarded-For: 192.0.2.7'];
    const changes = { trustedProxies: ['10.0.0.0/8'] };
    const trusted = explain(routes, `${API}/v1`, { headers, ip: '10.1.1.1' }, changes);
    expect(trusted.request).toMatchObject({ scheme: 'https', peer: '10.1.1.1', client: '192.0.2.7' });
    expect(trusted.outcome.kind).toBe('forwarded');
    const stranger = explain(routes, `${API}/v1`, { headers, ip: '203.0.113.1' }, changes);
    expect(stranger.request).toMatchObject({ scheme: 'http', client: '203.0.113.1' });
    expect(stranger.outcome.kind).toBe('redirected');
  });

  it('fills the template of a redirect', () => {
    const action = { kind: 'redirect', to: '{scheme}://new.{host}{uri}', status: 302 } as const;
    expect(explain([fakeRoute(0, { action })], `${API}/v1/a?b`).outcome).toEqual({
      kind: 'redirected',
      status: 302,
      location: 'http://new.api.example.com/v1/a?b',
    });
  });

  it('shows the shares of a split', () => {
    const action = { kind: 'split', services: [0, 1], bounds: [3, 4], total: 4 } as const;
    const { services } = explain([fakeRoute(0, { action })], `${API}/v1`);
    expect(services.map(({ service, percent }) => [service, percent])).toEqual([
      ['api', 75],
      ['api-next', 25],
    ]);
  });

  it.each([
    ['no route', `${API}/nowhere`, {}, 404, 'no_route'],
    ['a path above the root', `${API}/v1/../../x`, {}, 400, 'path_above_root'],
    ['a broken escape', `${API}/v1/%zz`, {}, 400, 'bad_request'],
    ['a malformed host', 'http://a..b/', {}, 400, 'bad_request'],
    ['a long URL', `${API}/v1/${'x'.repeat(20_000)}`, {}, 414, 'url_too_long'],
    ['a long header', `${API}/v1`, { headers: [`X: ${'x'.repeat(40_000)}`] }, 431, 'headers_too_large'],
    ['a large body', `${API}/v1`, { headers: ['Content-Length: 2000'] }, 413, 'body_too_large'],
    ['two lengths', `${API}/v1`, { headers: ['Content-Length: 1', 'Content-Length: 2'] }, 400, 'bad_request'],
  ])('refuses %s', (_, url, asked, status, fault) => {
    const { outcome, services } = explain([fakeRoute(0, { bodyBytes: 1_000 })], url, asked);
    expect(outcome).toMatchObject({ kind: 'refused', status, fault });
    expect(services).toEqual([]);
  });

  it.each([
    [{ allow: ['10.0.0.0/8'] }, 'refuses', '192.0.2.7 is in none of the 1 allowed ranges'],
    [{ allow: ['10.0.0.0/8', '192.0.2.0/24'] }, 'passes', '192.0.2.7 is in 192.0.2.0/24, which is allowed'],
    [{ deny: ['192.0.0.0/8', '192.0.2.7'] }, 'refuses', '192.0.2.7 is in 192.0.2.7, which is denied'],
    [{ deny: ['10.0.0.0/8', '11.0.0.0/8'] }, 'passes', '192.0.2.7 is in none of the 2 denied ranges'],
    [{}, 'passes', 'none: everybody is let in'],
  ])('names the range that decides: %j', (lists: { allow?: string[]; deny?: string[] }, verdict, detail) => {
    const ranges = (cidrs: string[] | undefined) => (cidrs === undefined ? null : AddressRanges.of(cidrs));
    const given = lists.allow !== undefined || lists.deny !== undefined;
    const access = given ? { allow: ranges(lists.allow), deny: ranges(lists.deny) } : null;
    const { policies, outcome, services } = explain([fakeRoute(0, { access })], `${API}/v1`, {
      ip: '192.0.2.7',
    });
    expect(policies).toContainEqual({ policy: 'access list', verdict, detail });
    if (verdict === 'passes') expect(outcome).toMatchObject({ kind: 'forwarded' });
    else {
      expect(outcome).toMatchObject({ kind: 'refused', status: 403, fault: 'access_denied' });
      expect(policies.map(({ policy }) => policy)).toEqual(['https redirect', 'access list']);
      expect(services).toEqual([]);
    }
  });

  it.each([
    [{}, {}, null, 'by turn', [true, true]],
    [{ balance: 'random' }, {}, null, 'at random', [true, true]],
    [{ balance: 'least_requests' }, {}, null, 'the least loaded', [true, true]],
    [{ balance: 'p2c' }, {}, null, 'the less loaded of two at random', [true, true]],
    [{ balance: 'hash', hashOn: { kind: 'ip' } }, {}, 'second', 'by the hash of ip', [true, true]],
    [
      { balance: 'hash', hashOn: { kind: 'header', name: 'x-user' } },
      {},
      null,
      'by turn, as the request has no header:x-user',
      [true, true],
    ],
    [{}, { weight: 0 }, '127.0.0.1:9001', 'the only candidate', [true, false]],
    [{}, { backup: true }, '127.0.0.1:9001', 'the only candidate', [true, false]],
    [
      { maxRequestsPerEndpoint: 9, stickyCookie: 'at' },
      {},
      null,
      'by turn; and the client gets the cookie at; passed over with 9 requests under way',
      [true, true],
    ],
    [{ healthCheck: CHECK }, {}, null, 'by turn; passed over while its health check fails', [true, true]],
  ] as const)('tells what decides: %j, second %j', (service, second, taken, choice, candidates) => {
    const [share] = explainServices(service, [{}, second]);
    expect(share).toMatchObject({ taken, choice });
    expect(share?.endpoints.map(({ candidate }) => candidate)).toEqual(candidates);
  });

  it('tells of backups that serve, and of a cookie that is shown', () => {
    const [share] = explainServices(
      { stickyCookie: 'at' },
      [{ weight: 0 }, { backup: true }],
      ['Cookie: at=x'],
    );
    expect(share).toMatchObject({
      taken: 'second',
      choice:
        'the only candidate; backups serve, as no other endpoint can; unless its cookie at is good: then the endpoint that it names',
    });
  });

  it('says that a service whose endpoints all drain answers 503', () => {
    const [share] = explainServices({}, [{ weight: 0 }, { weight: 0 }]);
    expect(share).toMatchObject({ taken: null, choice: 'no endpoint can be taken' });
    expect(share?.endpoints.map(({ state }) => state)).toEqual(Array(2).fill('drains: its weight is 0'));
  });

  it.each([
    [{ by: 'ip' }, {}, '192.0.2.7'],
    [{ by: 'ip' }, { ip: '2001:db8::7' }, '2001:db8::7 and its /64'],
    [{ by: 'host' }, {}, 'api.example.com'],
    [{ by: 'global' }, {}, 'all requests together'],
    [{ by: 'header', header: 'x-key' }, { headers: ['X-Key: hidden'] }, 'this value of x-key'],
    [{ by: 'header', header: 'x-key' }, {}, '192.0.2.7, as the request has no x-key'],
  ] as const)('names whom the rate limit %j counts for, asked with %j', (key, asked, subject) => {
    const limit = { name: 'a', requestsPerSecond: 0.5, burst: 1, header: '', seed0: 1, seed1: 2, ...key };
    const asking = { ip: '192.0.2.7', ...asked };
    const explanation = explain([fakeRoute(0, { rateLimits: [limit] })], `${API}/v1`, asking);
    expect(explanation.outcome).toMatchObject({ kind: 'forwarded' });
    expect(explanation.policies).toContainEqual({
      policy: 'rate limit',
      verdict: 'passes',
      detail: `0.5 a second, 1 at once, for ${subject}; what is left of it only a running penstock knows`,
    });
    expect(JSON.stringify(explanation)).not.toContain('hidden');
  });

  it('names every limit of a list, and says so where there is none', () => {
    const limit = {
      name: 'a',
      requestsPerSecond: 1,
      burst: 1,
      by: 'ip',
      header: '',
      seed0: 1,
      seed1: 2,
    } as const;
    const detailsOf = (rateLimits: Route['rateLimits']): string[] =>
      explain([fakeRoute(0, { rateLimits })], `${API}/v1`)
        .policies.filter(({ policy }) => policy === 'rate limit')
        .map(({ detail }) => detail);
    expect(detailsOf([])).toEqual(['none']);
    expect(detailsOf([limit, { ...limit, burst: 9 }]).map((detail) => detail.split(', ')[1])).toEqual([
      '1 at once',
      '9 at once',
    ]);
  });

  it('says that a service without endpoints answers 503', () => {
    const route = fakeRoute(0, { action: { kind: 'service', service: 1 } });
    expect(explain([route], `${API}/v1`).outcome).toMatchObject({ status: 503, fault: 'no_endpoint' });
  });

  it('says what becomes of a WebSocket handshake', () => {
    const headers = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x'];
    const asked = (route: Partial<Route>) => explain([fakeRoute(0, route)], `${API}/v1`, { headers });
    const { outcome, policies } = asked({});
    expect(outcome.kind).toBe('forwarded');
    expect(policies).toContainEqual({
      policy: 'websocket',
      verdict: 'passes',
      detail: 'the handshake is passed on',
    });
    const off = asked({ websocket: false });
    expect(off.outcome).toMatchObject({ status: 403, fault: 'websocket_off' });
    expect(off.policies.at(-1)).toMatchObject({ policy: 'websocket', verdict: 'refuses' });
    expect(explain([fakeRoute(0)], `${API}/v1`).policies.map(({ policy }) => policy)).not.toContain(
      'websocket',
    );
  });

  it('names the header operations but not their values', () => {
    const value = 'hidden-value';
    const [set, add] = [[{ name: 'X-Key', value }], [{ name: 'Via', value }]];
    const requestHeaders = headerOps({ set, add, remove: ['cookie'] });
    const explanation = explain([fakeRoute(0, { requestHeaders })], `${API}/v1`);
    expect(explanation.policies).toContainEqual({
      policy: 'request headers',
      verdict: 'applies',
      detail: 'set X-Key; add Via; remove cookie',
    });
    expect(JSON.stringify(explanation)).not.toContain('hidden');
  });
});

describe('explanation of retries', () => {
  const verdicts = (method: string, retries: Partial<RetryPolicy>, route: Partial<Route> = {}): unknown => {
    const service: Service = { ...fakeSnapshot().service(0), retries: { ...NO_RETRIES, ...retries } };
    return explain([fakeRoute(0, route)], `${API}/v1`, { method }, { service: () => service }).policies.at(
      -1,
    );
  };

  it.each([
    ['GET', {}, {}, 'passes', 'off for the service'],
    ['GET', { attempts: 2 }, { retryAttempts: 0 }, 'passes', 'off for this route'],
    [
      'GET',
      { attempts: 2, on: retryOnOf(['connect_failure', '503']) },
      {},
      'applies',
      'up to 2 more attempts after connect_failure, 503; within 20% of the requests of 10s',
    ],
    [
      'POST',
      { budgetPercent: 5, windowMs: 60_000 },
      { retryAttempts: 1 },
      'applies',
      'up to 1 more attempt after connect_failure, as POST is not idempotent; within 5% of the requests of 1m',
    ],
    ['POST', { attempts: 2, on: retryOnOf(['503']) }, {}, 'applies', 'none, as POST is not idempotent'],
  ])('%s with %j and the route %j: %s, %s', (method, retries, route, verdict, detail) => {
    expect(verdicts(method, retries, route)).toEqual({ policy: 'retries', verdict, detail });
  });
});
