import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatProblems } from '../../src/kit/format-problems.ts';
import { PROBLEM_CODES } from '../../src/kit/problem-codes.ts';
import { parseConfigText } from '../../src/primary/source/read-config.ts';
import { type ValidateResult, validateConfig } from '../../src/primary/validate/validate.ts';

const ENV = { PORT: '9001', TOKEN: 'env-t0ken-value' };
const validate = (text: string): ValidateResult =>
  validateConfig(parseConfigText(text, '/etc/penstock.yaml', ENV));

/** Either a draft or problems with a known code and a position within the text; and they can be printed. */
function expectVerdict(text: string): ValidateResult {
  const result = validate(text);
  expect(result.draft === null).toBe(result.problems.length > 0);
  const lines = text.split('\n').length;
  for (const { code, origin } of result.problems) {
    expect(PROBLEM_CODES).toHaveProperty(code);
    expect(origin.line).toBeGreaterThanOrEqual(1);
    expect(origin.line).toBeLessThanOrEqual(lines);
    expect(origin.column).toBeGreaterThanOrEqual(1);
  }
  expect(formatProblems(result.problems)).not.toContain('\x1b');
  return result;
}

const VALID = `listen: { http: [":8080", "[::1]:8081"], https: ":8443", admin: "127.0.0.1:9180" }
admin_token: "\${env:TOKEN}"
workers: 2
trusted_proxies: [10.0.0.0/8]
log: { level: info, access: off, format: json }
limits: { header_bytes: 32KiB, url_bytes: 16KiB }
timeouts: { read: 30s, drain: 0 }
secrets: { s: very-secret-value }
services:
  api:
    endpoints: [127.0.0.1:9001, { address: "127.0.0.1:\${env:PORT}", weight: 2, id: b }]
    keepalive: { max_idle: 10, idle_timeout: 60s }
  next: { endpoints: [] }
routes:
  - name: one
    host: [api.example.com, "*.example.org"]
    path: /v1
    methods: [GET, POST]
    headers: { X-Env: canary }
    split: [{ service: api, weight: 90 }, { service: next, weight: 10 }]
    rewrite: { strip_prefix: true, host: upstream.internal }
    request_headers: { set: { X-Key: "\${secret.s}" }, remove: [X-Old] }
  - { path: /old, redirect: { to: "https://example.com{uri}", status: 308 } }
  - { path: /ok, match: exact, respond: { status: 200, body: "ok" }, tls: self_signed }
certificates:
  - { cert_file: a.pem, key_file: a.key, hosts: [a.example.com] }
`;

describe('config: no text ends the process', () => {
  it('the text that is mutated below is valid', () => {
    expect(validate(VALID).problems).toEqual([]);
  });

  it('any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        expectVerdict(text);
      }),
      { numRuns: 700 },
    );
  });

  it('soup of what YAML is made of', () => {
    const piece = fc.constantFrom(
      ...[
        '[',
        ']',
        '{',
        '}',
        ': ',
        '- ',
        '? ',
        ', ',
        '\n',
        '\n  ',
        '\t',
        '"',
        "'",
        '|\n',
        '>',
        '&a ',
        '*a',
        '!t ',
        '#',
        '%',
        '---\n',
      ],
      ...[
        '...',
        '${',
        '${env:PORT}',
        '}',
        'routes',
        'services',
        'listen',
        'secrets',
        'a',
        '1',
        'null',
        '<<',
        '__proto__',
        '\r',
        '\u2028',
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 120 }), (pieces) => {
        expectVerdict(pieces.join(''));
      }),
      { numRuns: 1500 },
    );
  });

  it('a valid file with pieces taken out, put in and swapped', () => {
    const edit = fc.record({
      at: fc.nat(VALID.length),
      drop: fc.nat(12),
      put: fc.oneof(
        fc.string({ maxLength: 6 }),
        fc.constantFrom('[', '}', '"', '\n', ': ', '${', 'off', '0', '-'),
      ),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        let text = VALID;
        for (const { at, drop, put } of edits) text = text.slice(0, at) + put + text.slice(at + drop);
        expectVerdict(text);
      }),
      { numRuns: 700 },
    );
  });

  it('any tree of values under the known keys', () => {
    const sections = [
      'listen',
      'services',
      'routes',
      'certificates',
      'limits',
      'timeouts',
      'log',
      'secrets',
      'acme',
      'workers',
    ];
    const keys = [
      'endpoints',
      'host',
      'path',
      'service',
      'split',
      'rewrite',
      'http',
      'admin',
      'set',
      'name',
      'tls',
      'constructor',
    ];
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        fc.oneof(fc.string({ maxLength: 8 }), fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom(...keys), tie('tree'), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...sections), tree, { maxKeys: 6 }), (config) => {
        expectVerdict(JSON.stringify(config));
      }),
      { numRuns: 1500 },
    );
  });
});

describe('config: secrets stay secret', () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9_-]{8,24}$/);

  it('no problem shows one, whatever else is wrong', () => {
    const place = fc.constantFrom<(value: string) => string>(
      (value) => `admin_token: ${JSON.stringify(value)}\nadmin_token: x\nworkers: none`,
      (value) => `admin_token: [${value}]\nservices: { ${value}: 5 }`,
      (value) =>
        `secrets: { a: ${JSON.stringify(value)} }\nlisten: { http: "\${secret.a}", admin: "\${secret.a}" }`,
      (value) =>
        `secrets: { a: { b: ${JSON.stringify(value)} } }\nroutes: [{ service: ${value}, path: "/${value}?" }]`,
      (value) =>
        `secrets: { a: ${JSON.stringify(value)} }\nroutes:\n  - { name: "\${secret.a}", respond: {} }\n  - { respond: {} }`,
      (value) =>
        `secrets:\n  a: ${value}\n  ? ${value}\n  : b\nroutes: [{ redirect: { to: "\${secret.a}{x}" } }]`,
      (value) => `admin_token: "${value}\nrest: ]`,
      (value) => `admin_token: !${value} b`,
      (value) => `admin_token: *${value}`,
      (value) => `admin_tokn: ${value}\nsecret:\n  a: ${value}\n`,
      (value) =>
        `{ admin_token: ${JSON.stringify(value)}, timeouts: { read: ${JSON.stringify(value)} }, ${value}: 1 }`,
    );
    fc.assert(
      fc.property(place, secret, (write, value) => {
        const { problems } = expectVerdict(write(value));
        expect(problems.length).toBeGreaterThan(0);
        expect(formatProblems(problems)).not.toContain(value);
        expect(JSON.stringify(problems)).not.toContain(value);
      }),
      { numRuns: 1500 },
    );
  });
});

describe('config: large files', () => {
  const line = (index: number): string =>
    `  - { host: h${index % 97}.example.com, path: /p/${index}, methods: [GET], service: s${index % 10} }\n`;
  const text = `services:\n${Array.from({ length: 10 }, (_, at) => `  s${at}: { endpoints: ["127.0.0.1:${9000 + at}"] }\n`).join('')}routes:\n${Array.from({ length: 1000 }, (_, at) => line(at)).join('')}`;

  it('1,000 routes are valid, keep their order and have unique names', () => {
    const { draft, problems } = validate(text);
    expect(problems).toEqual([]);
    expect(draft?.routes).toHaveLength(1000);
    expect(new Set(draft?.routes.map(({ name }) => name)).size).toBe(1000);
    expect(draft?.routes[517]).toMatchObject({ path: '/p/517', origin: { line: 13 + 517 } });
  });

  it('a fault in each of them is reported for each', () => {
    expect(validate(text.replaceAll('methods', 'method')).problems).toHaveLength(1000);
  });
});
