import { describe, expect, it } from 'vitest';
import { briefly, validateText } from './validate-text.ts';

const SERVICES = 'services: { api: { endpoints: ["h:1"] }, next: { endpoints: ["h:2"] } }\n';
const routes = (...list: readonly string[]): string =>
  `${SERVICES}routes:\n${list.map((text) => `  - { ${text} }\n`).join('')}`;

describe('validate: across the file', () => {
  it.each([
    [routes('path: /'), 'MISSING_KEY routes[0]'],
    [routes('service: api, respond: {}'), 'CONFLICT routes[0].respond'],
    [routes('service: nope'), 'UNKNOWN_SERVICE routes[0].service'],
    [
      routes('split: [{ service: api, weight: 1 }, { service: nope, weight: 1 }]'),
      'UNKNOWN_SERVICE routes[0].split[1].service',
    ],
    [
      routes('split: [{ service: api, weight: 0 }, { service: next, weight: 0 }]'),
      'BAD_VALUE routes[0].split',
    ],
    [
      routes('split: [{ service: api, weight: 1 }, { service: api, weight: 2 }]'),
      'DUPLICATE_NAME routes[0].split[1].service',
    ],
    [
      routes('service: api, rewrite: { strip_prefix: true, replace_path: /x }'),
      'CONFLICT routes[0].rewrite.replace_path',
    ],
    [routes('respond: {}, rewrite: { host: a }'), 'CONFLICT routes[0].rewrite'],
    [routes('redirect: { to: /x }, request_headers: { remove: [A] }'), 'CONFLICT routes[0].request_headers'],
    [routes('respond: { status: 204, body: x }'), 'CONFLICT routes[0].respond.body'],
    [
      routes('service: api, request_headers: { set: { X-A: b }, remove: [x-a] }'),
      'CONFLICT routes[0].request_headers.set.X-A',
    ],
    [routes('service: api, name: a', 'service: api, name: a, path: /b'), 'DUPLICATE_NAME routes[1].name'],
    [routes('service: api, tls: manual'), 'CONFLICT routes[0].tls'],
    [`listen: { https: off }\n${routes('service: api, tls: self_signed')}`, 'CONFLICT routes[0].tls'],
    [routes('service: api, tls: off, https_redirect: true'), 'CONFLICT routes[0].https_redirect'],
    ['services: { a: { endpoints: ["h:1", "h:1"] } }', 'DUPLICATE_NAME services.a.endpoints[1]'],
    [
      'services: { a: { endpoints: [{ address: "h:1", id: x }, { address: "h:2", id: x }] } }',
      'DUPLICATE_NAME services.a.endpoints[1].id',
    ],
    [
      'services: { a: { endpoints: [{ address: "h:1", id: "h:2" }, "h:2"] } }',
      'DUPLICATE_NAME services.a.endpoints[1]',
    ],
    [
      'certificates: [{ cert_file: a, key_file: b, hosts: [x.com] }, { cert_file: c, key_file: d, hosts: [X.com] }]',
      'DUPLICATE_NAME certificates[1].hosts',
    ],
    ['listen: { http: [":80", ":80"] }', 'CONFLICT listen.http[1]'],
    ['listen: { http: ":9180" }', 'CONFLICT listen.http'],
    ['listen: { http: ":80", https: "127.0.0.1:80" }', 'CONFLICT listen.https'],
  ])('rejects %j (%s)', (text, expected) => {
    expect(briefly(validateText(text).problems)).toEqual([expected]);
  });

  it.each([
    ['admin: ":9180"', true],
    ['admin: "0.0.0.0:9180"', true],
    ['admin: "10.0.0.1:9180"', true],
    ['admin: "[::]:9180"', true],
    ['admin: "box.example:9180"', true],
    ['admin: "127.0.0.1:9180"', false],
    ['admin: "127.9.9.9:9180"', false],
    ['admin: "localhost:9180"', false],
    ['admin: "[::1]:9180"', false],
    ['admin: "[0:0:0:0:0:0:0:1]:9180"', false],
    ['admin: off', false],
  ])('%s is exposed without a token: %s (ADMIN_EXPOSED)', (admin, exposed) => {
    const codes = (text: string) => validateText(text).problems.map(({ code }) => code);
    expect(codes(`listen: { ${admin} }\n`)).toEqual(exposed ? ['ADMIN_EXPOSED'] : []);
    expect(codes(`listen: { ${admin} }\nadmin_token: t0ken\n`)).toEqual([]);
  });

  it.each([
    ['host: a.com, path: /api', 'host: A.com., path: /api/'],
    ['host: [a.com, b.com]', 'host: [c.com, b.com]'],
    ['path: /a/./b', 'path: /%61/b'],
    ['methods: [GET, POST]', 'methods: [post, get]'],
    ['headers: { X-A: "1", X-B: "2" }', 'headers: { x-b: "2", x-a: "1" }'],
    ['query: { a: "1" }', 'query: { a: "1" }'],
    ['match: exact, path: /x', 'match: exact, path: /x'],
  ])('rejects %s beside %s, naming both (DUPLICATE_ROUTE)', (a, b) => {
    const { problems } = validateText(
      routes(`name: one, service: api, ${a}`, `name: two, service: next, ${b}`),
    );
    expect(briefly(problems)).toEqual(['DUPLICATE_ROUTE routes[1]']);
    expect(problems[0]?.message).toContain('"two"');
    expect(problems[0]?.message).toContain('"one" on line 3');
  });

  it.each([
    ['host: a.com', 'host: "*.com"'],
    ['path: /a', 'path: /a, match: exact'],
    ['path: /a, match: exact', 'path: /a/, match: exact'],
    ['methods: [GET]', 'methods: [GET, POST]'],
    ['headers: { X-A: "1" }', 'headers: { X-A: "2" }'],
    ['host: a.com', 'path: /'],
  ])('accepts %s beside %s', (a, b) => {
    expect(validateText(routes(`service: api, ${a}`, `service: next, ${b}`)).problems).toEqual([]);
  });

  it('finds duplicates also where other routes are broken', () => {
    const { problems } = validateText(routes('service: api', 'path: 5, service: api', 'service: next'));
    expect(briefly(problems)).toEqual(['WRONG_TYPE routes[1].path', 'DUPLICATE_ROUTE routes[2]']);
  });
});
