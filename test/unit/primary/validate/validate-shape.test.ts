import { describe, expect, it } from 'vitest';
import { PROBLEM_CODES } from '../../../../src/kit/problem-codes.ts';
import { briefly, validateText } from './validate-text.ts';

const SERVICE = 'services: { api: { endpoints: ["127.0.0.1:9001"] } }\n';
const route = (text: string): string => `${SERVICE}routes:\n  - { service: api, ${text} }\n`;

describe('validate: shape', () => {
  it.each([
    // Top level.
    ['listne: {}', 'UNKNOWN_KEY listne'],
    ['listen: []', 'WRONG_TYPE listen'],
    ['listen:', 'WRONG_TYPE listen'],
    ['workers: 0', 'BAD_VALUE workers'],
    ['workers: many', 'WRONG_TYPE workers'],
    ['workers: 2.5', 'WRONG_TYPE workers'],
    ['admin_token: ""', 'BAD_VALUE admin_token'],
    ['admin_token: 5', 'WRONG_TYPE admin_token'],
    ['state_dir: ""', 'BAD_VALUE state_dir'],
    ['trusted_proxies: [10.0.0.0/33]', 'BAD_CIDR trusted_proxies[0]'],
    ['trusted_proxies: 10.0.0.0/8', 'WRONG_TYPE trusted_proxies'],
    ['log: { level: loud }', 'BAD_VALUE log.level'],
    ['log: { access: stdout }', 'BAD_VALUE log.access'],
    ['log: { format: xml }', 'BAD_VALUE log.format'],
    ['limits: { header_bytes: 64KB }', 'BAD_SIZE limits.header_bytes'],
    ['limits: { header_bytes: 1GiB }', 'BAD_SIZE limits.header_bytes'],
    ['limits: { url_bytes: -1 }', 'BAD_SIZE limits.url_bytes'],
    ['timeouts: { read: 30 }', 'BAD_DURATION timeouts.read'],
    ['timeouts: { read: 0 }', 'BAD_DURATION timeouts.read'],
    ['timeouts: { read: 30 s }', 'BAD_DURATION timeouts.read'],
    ['timeouts: { read: 8d }', 'BAD_DURATION timeouts.read'],
    ['timeouts: { read: [1s] }', 'WRONG_TYPE timeouts.read'],
    ['secrets: { a: 5 }', 'WRONG_TYPE secrets.a'],
    ['certificates: [{ cert_file: a.pem }]', 'MISSING_KEY certificates[0]'],
    ['certificates: [{ cert_file: a, key_file: b, hosts: [a/b] }]', 'BAD_HOST certificates[0].hosts[0]'],
    // Listeners.
    ['listen: { http: 8080 }', 'WRONG_TYPE listen.http'],
    ['listen: { http: "8080" }', 'BAD_ADDRESS listen.http'],
    ['listen: { http: "http://x:80" }', 'BAD_ADDRESS listen.http'],
    ['listen: { http: "x:99999" }', 'BAD_ADDRESS listen.http'],
    ['listen: { http: "1.2.3:80" }', 'BAD_ADDRESS listen.http'],
    ['listen: { https: [":1", "*:2"] }', 'BAD_ADDRESS listen.https[1]'],
    ['listen: { admin: [":1"] }', 'WRONG_TYPE listen.admin'],
    ['listen: { engine: deno }', 'BAD_VALUE listen.engine'],
    // Services.
    ['services: { api: {} }', 'MISSING_KEY services.api'],
    ['services: { api: }', 'WRONG_TYPE services.api'],
    ['services: { api: { endpoints: [":80"] } }', 'BAD_ADDRESS services.api.endpoints[0]'],
    ['services: { api: { endpoints: ["h:0"] } }', 'BAD_ADDRESS services.api.endpoints[0]'],
    ['services: { api: { endpoints: [5] } }', 'WRONG_TYPE services.api.endpoints[0]'],
    ['services: { api: { endpoints: [{ weight: 2 }] } }', 'MISSING_KEY services.api.endpoints[0]'],
    [
      'services: { api: { endpoints: [{ address: "h:1", weight: -1 }] } }',
      'BAD_VALUE services.api.endpoints[0].weight',
    ],
    [
      'services: { api: { endpoints: [{ address: "h:1", wieght: 1 }] } }',
      'UNKNOWN_KEY services.api.endpoints[0].wieght',
    ],
    ['services: { api: { endpoints: [], balance: robin } }', 'BAD_VALUE services.api.balance'],
    ['services: { api: { endpoints: [], retries: 2 } }', 'WRONG_TYPE services.api.retries'],
    [
      'services: { api: { endpoints: [], retries: { attempts: 11 } } }',
      'BAD_VALUE services.api.retries.attempts',
    ],
    [
      'services: { api: { endpoints: [], retries: { attempt: 1 } } }',
      'UNKNOWN_KEY services.api.retries.attempt',
    ],
    [
      'services: { api: { endpoints: [], retries: { window: 10 } } }',
      'BAD_DURATION services.api.retries.window',
    ],
    [
      'services: { api: { endpoints: [], retries: { window: 999ms } } }',
      'BAD_DURATION services.api.retries.window',
    ],
    [
      'services: { api: { endpoints: [], retries: { window: 11m } } }',
      'BAD_DURATION services.api.retries.window',
    ],
    [
      'services: { api: { endpoints: [], retries: { budget_percent: 101 } } }',
      'BAD_VALUE services.api.retries.budget_percent',
    ],
    ['services: { api: { endpoints: [], retries: { on: [] } } }', 'BAD_VALUE services.api.retries.on'],
    [
      'services: { api: { endpoints: [], retries: { on: [503, 500] } } }',
      'BAD_VALUE services.api.retries.on[1]',
    ],
    [
      'services: { api: { endpoints: [], retries: { on: [conect_failure] } } }',
      'BAD_VALUE services.api.retries.on[0]',
    ],
    [
      'services: { api: { endpoints: [], retries: { on: [true] } } }',
      'WRONG_TYPE services.api.retries.on[0]',
    ],
    [route('retries: { attempts: -1 }'), 'BAD_VALUE routes[0].retries.attempts'],
    [route('retries: { attempts: 1, window: 1s }'), 'UNKNOWN_KEY routes[0].retries.window'],
    [route('retries: {}'), 'MISSING_KEY routes[0].retries'],
    ['services: { api: { endpoints: [], balance: hash, hash_on: user } }', 'BAD_VALUE services.api.hash_on'],
    [
      'services: { api: { endpoints: [], balance: hash, hash_on: "header:X A" } }',
      'BAD_VALUE services.api.hash_on',
    ],
    ['services: { api: { endpoints: [], max_requests: -1 } }', 'BAD_VALUE services.api.max_requests'],
    ['services: { api: { endpoints: [], max_requests: 1.5 } }', 'WRONG_TYPE services.api.max_requests'],
    ['services: { api: { endpoints: [], sticky: on } }', 'WRONG_TYPE services.api.sticky'],
    [
      'services: { api: { endpoints: [], sticky: { cookie: "a b" } } }',
      'BAD_VALUE services.api.sticky.cookie',
    ],
    [
      'services: { api: { endpoints: [{ address: "h:1", backup: yes }] } }',
      'WRONG_TYPE services.api.endpoints[0].backup',
    ],
    [
      'services: { api: { endpoints: [], keepalive: { max_idle: -1 } } }',
      'BAD_VALUE services.api.keepalive.max_idle',
    ],
    ['services: { "a b": { endpoints: [] } }', 'BAD_VALUE services["a b"]'],
    // Routes.
    [route('host: "*"'), 'BAD_HOST routes[0].host'],
    [route('host: [a.com, "*.*.com"]'), 'BAD_HOST routes[0].host[1]'],
    [route('host: "a.com:80"'), 'BAD_HOST routes[0].host'],
    [route('host: []'), 'BAD_VALUE routes[0].host'],
    [route('path: api'), 'BAD_PATH routes[0].path'],
    [route('path: "/a?b"'), 'BAD_PATH routes[0].path'],
    [route('path: "/a#b"'), 'BAD_PATH routes[0].path'],
    [route('path: /a/../..'), 'BAD_PATH routes[0].path'],
    [route('path: /%zz'), 'BAD_PATH routes[0].path'],
    [route('path: /a/*'), 'BAD_PATH routes[0].path'],
    [route('match: regex'), 'BAD_VALUE routes[0].match'],
    [route('methods: []'), 'BAD_VALUE routes[0].methods'],
    [route('methods: GET'), 'WRONG_TYPE routes[0].methods'],
    [route('methods: ["G T"]'), 'BAD_METHOD routes[0].methods[0]'],
    [route('headers: { "a b": c }'), 'BAD_HEADER routes[0].headers["a b"]'],
    [route('headers: { Host: c }'), 'BAD_HEADER routes[0].headers.Host'],
    [route('headers: { X-A: b, x-a: c }'), 'DUPLICATE_NAME routes[0].headers.x-a'],
    [route('query: { beta: 1 }'), 'WRONG_TYPE routes[0].query.beta'],
    [route('name: "a b"'), 'BAD_VALUE routes[0].name'],
    [route('tls: sometimes'), 'BAD_VALUE routes[0].tls'],
    [route('https_redirect: 1'), 'WRONG_TYPE routes[0].https_redirect'],
    [route('body_bytes: big'), 'BAD_SIZE routes[0].body_bytes'],
    [route('timeouts: { idle: 0s }'), 'BAD_DURATION routes[0].timeouts.idle'],
    [route('rewrite: { host: "a b" }'), 'BAD_HOST routes[0].rewrite.host'],
    [route('rewrite: { strip_prefix: v1 }'), 'BAD_PATH routes[0].rewrite.strip_prefix'],
    ['routes: [{ redirect: { to: example.com } }]', 'BAD_VALUE routes[0].redirect.to'],
    ['routes: [{ redirect: { to: "https://x{urii}" } }]', 'BAD_VALUE routes[0].redirect.to'],
    ['routes: [{ redirect: { to: "https://x{uri" } }]', 'BAD_VALUE routes[0].redirect.to'],
    ['routes: [{ redirect: { to: "/a\\r\\nb: c" } }]', 'BAD_VALUE routes[0].redirect.to'],
    ['routes: [{ redirect: { to: /x, status: 300 } }]', 'BAD_VALUE routes[0].redirect.status'],
    ['routes: [{ respond: { status: 100 } }]', 'BAD_VALUE routes[0].respond.status'],
    ['routes: [{ respond: { headers: { X: "a\\nb" } } }]', 'BAD_HEADER routes[0].respond.headers.X'],
    ['routes: [{ split: [] }]', 'BAD_VALUE routes[0].split'],
    [`${SERVICE}routes: [{ split: [{ service: api, weight: -1 }] }]`, 'BAD_VALUE routes[0].split[0].weight'],
  ])('rejects %j (%s)', (text, expected) => {
    const { draft, problems } = validateText(text);
    expect(draft).toBeNull();
    expect(briefly(problems)).toEqual([expected]);
    for (const { code } of problems) expect(Object.keys(PROBLEM_CODES)).toContain(code);
  });

  it.each([
    ['request_headers: { set: { Host: a } }', 'rewrite.host'],
    ['request_headers: { set: { Connection: a } }', 'one connection only'],
    ['request_headers: { remove: [Content-Length] }', 'frames the message'],
    ['request_headers: { add: { Transfer-Encoding: a } }', 'frames the message'],
    ['response_headers: { set: { Date: a } }', 'Date'],
    ['response_headers: { set: { X: "a\\0b" } }', 'control character'],
    ['response_headers: { set: { X: " a" } }', 'blank'],
  ])('rejects %s with the reason (BAD_HEADER)', (text, reason) => {
    const { problems } = validateText(route(text));
    expect(problems.map(({ code }) => code)).toEqual(['BAD_HEADER']);
    expect(problems[0]?.message).toContain(reason);
  });

  it.each([
    ['routes: [{ servce: api, respond: {} }]', 'service'],
    ['certficates: []', 'certificates'],
    ['log: { lvl: info }', 'level'],
    [`${SERVICE}routes: [{ service: apj }]`, 'api'],
    ['services: { a: { endpoints: [], balance: rond_robin } }', 'round_robin'],
    ['services: { a: { endpoints: [], keepalive: { max_idel: 1 } } }', 'max_idle'],
    ['limits: { header_bytes: 64KB }', '64KiB'],
    ['timeouts: { read: 30 }', '30s'],
    ['listen: { http: "8080" }', ':8080'],
    ['routes: [{ host: bücher.example, respond: {} }]', 'xn--bcher-kva.example'],
    ['routes: [{ path: /a/*, respond: {} }]', '/a'],
    ['routes: [{ redirect: { to: "https://x{urii}" } }]', 'https://x{uri}'],
  ])('suggests for %j', (text, suggestion) => {
    expect(validateText(text).problems.map((problem) => problem.suggestion)).toContain(suggestion);
  });

  it('points at the key of an unknown key and at the value of a bad one', () => {
    const { problems } = validateText('workers: none\nlog:\n  levle: info\n');
    expect(problems.map(({ origin, sourceLine }) => [origin.line, origin.column, sourceLine])).toEqual([
      [1, 10, 'workers: none'],
      [3, 3, '  levle: info'],
    ]);
  });

  it('reports every problem of a file in one run, those of reading included', () => {
    const { problems } = validateText(
      'workers: 0\nlog: { level: x }\nlog: {}\nservices: { api: { endpoints: ["${env:NOPE}", bad] } }\nroutes:\n  - { service: apj, path: x, methods: 5 }\n  - { path: /a }\n',
    );
    expect(briefly(problems)).toEqual([
      'BAD_VALUE workers',
      'BAD_VALUE log.level',
      'DUPLICATE_KEY ',
      'MISSING_ENV services.api.endpoints[0]',
      'BAD_ADDRESS services.api.endpoints[1]',
      'UNKNOWN_SERVICE routes[0].service',
      'BAD_PATH routes[0].path',
      'WRONG_TYPE routes[0].methods',
      'MISSING_KEY routes[1]',
    ]);
  });

  it('does not report a value twice whose reference failed', () => {
    const text = `routes:\n  - { service: "\${env:A}", path: "\${env:A}", tls: "\${env:A}", timeouts: { read: "\${env:A}" } }\n`;
    expect(validateText(text).problems.map(({ code }) => code)).toEqual(Array(4).fill('MISSING_ENV'));
  });

  it('takes keys that objects are born with for what they are', () => {
    expect(briefly(validateText('constructor: 1\ntoString: 2\n').problems)).toEqual([
      'UNKNOWN_KEY constructor',
      'UNKNOWN_KEY toString',
    ]);
    expect(briefly(validateText('routes: [{ service: constructor }]').problems)).toEqual([
      'UNKNOWN_SERVICE routes[0].service',
    ]);
  });
});
