/** Routes that are met key by key are what the whole schema makes of them, and are refused where it refuses them. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/primary/validate/parse-config.ts';
import { parsePart } from '../../src/primary/validate/parse-part.ts';
import { configSchema } from '../../src/primary/validate/schema/config-schema.ts';

/** Values of each key, sound ones first: most routes are to be sound. */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  name: ['one', 'two', 'a b'],
  host: [
    'a.example.com',
    'B.Example.com',
    '*.x.org',
    ['a.example.com', 'c.org', 'a.example.com'],
    [],
    'a b',
    7,
  ],
  path: ['/', '/v1', '/v1/', '/%7Ea', '/a/../..', 'v1'],
  match: ['prefix', 'exact', 'regex'],
  methods: [['get', 'GET', 'POST'], [], 'GET'],
  headers: [{}, { 'X-A': 'b' }, { 'X-A': 'b', 'x-a': 'c' }],
  query: [{}, { beta: '1' }, { '': 'x' }],
  service: ['api', 'next', ''],
  split: [
    [
      { service: 'api', weight: 1 },
      { service: 'next', weight: 0 },
    ],
    [],
    [{ service: 'api' }],
  ],
  redirect: [{ to: 'https://example.com{uri}' }, { to: '' }],
  respond: [{}, { status: 204, body: '' }, { status: 99 }],
  tls: ['off', 'manual', false, 'auto', true],
  https_redirect: [true, false, 'yes'],
  redirect_from: ['www.example.com', ['w.example.com'], []],
  hsts: [{}, { enabled: false }, { max_age: -1 }],
  acme_email: ['x@example.com'],
  access: [{}, { allow: ['10.0.0.0/8'], deny: ['10.0.50.0/24'] }, { allow: [] }],
  rate_limit: [{ requests_per_second: 10, burst: 20, by: 'ip' }, []],
  rewrite: [{}, { strip_prefix: true }, { strip_prefix: '/v1', host: 'up.internal' }, { replace_path: 'x' }],
  request_headers: [{}, { set: { 'X-Key': 'k' }, remove: ['X-Old'] }, { set: { A: 'b' }, remove: ['a'] }],
  response_headers: [{}, { add: { 'X-A': 'b' } }, { add: { Connection: 'x' } }],
  timeouts: [{}, { response: '5s', idle: '1m' }, { read: 'soon' }],
  retries: [{ attempts: 0 }, { attempts: -1 }],
  body_bytes: ['10MiB', 0, 'much'],
  websocket: [false, true, 'no'],
  hosts: ['a.example.com'],
};

const oneOfValues = (values: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(values[0]) }, fc.constantFrom(...values));
const route = fc.oneof(
  {
    weight: 20,
    arbitrary: fc
      .subarray(Object.keys(VALUES).slice(0, -1), { maxLength: 5 })
      .chain((keys) =>
        fc.record(Object.fromEntries(keys.map((key) => [key, oneOfValues(VALUES[key] ?? [])]))),
      ),
  },
  fc.constantFrom(null, 'x', [], { hosts: 'a.example.com' }, { constructor: 1 }),
);
const rest = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ services: { api: { endpoints: [] } } }) },
  fc.constantFrom({}, { routs: [] }, { workers: 0 }),
);

describe('parse-config', () => {
  it('≡ the whole schema', () => {
    let sound = 0;
    fc.assert(
      fc.property(rest, fc.array(route, { maxLength: 6 }), (others, routes) => {
        const value = { ...others, routes };
        const found = parseConfig(value);
        const whole = parsePart(configSchema, value);
        expect(found.success).toBe(whole.success);
        expect(found.data).toEqual(whole.data);
        expect(found.error?.issues).toEqual(whole.error?.issues);
        if (found.success && routes.length > 0) sound += 1;
      }),
      { numRuns: 500 },
    );
    expect(sound).toBeGreaterThan(50);
  });

  it.each([[null], [7], [[]], [{}], [{ routes: {} }], [{ routes: null }]])(
    'gives the same for %j',
    (value) => {
      const found = parseConfig(value);
      const whole = parsePart(configSchema, value);
      expect([found.success, found.data]).toEqual([whole.success, whole.data]);
    },
  );
});
