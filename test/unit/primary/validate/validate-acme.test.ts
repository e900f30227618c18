import { describe, expect, it } from 'vitest';
import { DIRECTORIES } from '../../../../src/primary/certs/acme/acme-draft.ts';
import { DRAFT_FILE, draftOf } from '../../../support/draft-of.ts';
import { briefly, validateText } from './validate-text.ts';

const inAcme = (text: string): string => `acme: { ${text} }\n`;
const inDns = (text: string): string => inAcme(`challenge: dns-01, dns: { ${text} }`);
const route = (text: string): string => `routes: [{ respond: {}, ${text} }]\n`;
/** An authority of one's own, which may know any name. */
const PRIVATE = inAcme('directory: "https://ca.internal/directory"');
const found = (text: string): readonly string[] => briefly(validateText(text).problems);
const messagesOf = (text: string): string =>
  validateText(text)
    .problems.map(({ message }) => message)
    .join('\n');

describe('validate: acme', () => {
  it('fills in what is left out', () => {
    expect(draftOf('acme: {}\n').acme).toEqual({
      enabled: true,
      email: null,
      directory: DIRECTORIES.letsencrypt,
      stagingDirectory: DIRECTORIES['letsencrypt-staging'],
      stagingFirst: true,
      caFile: null,
      challenge: 'http-01',
      dns: null,
      renewBeforeMs: 30 * 86_400_000,
      keyType: 'ecdsa256',
      eab: null,
      requireVerified: false,
      origin: { file: DRAFT_FILE, line: 1, column: 1 },
    });
  });

  it('takes every key', () => {
    const text = `acme:
  email: ops@example.com
  directory: https://ca.example.com/acme/directory
  staging_directory: http://127.0.0.1:14000/dir
  ca_file: pebble.pem
  challenge: dns-01
  dns:
    provider: rfc2136
    credentials: { server: "127.0.0.1:5353", zone: example.com, key_name: k, key_algorithm: hmac-sha512, key_secret: c2VjcmV0 }
    resolvers: ["127.0.0.1:5353", "2001:db8::53", "[::1]:5353"]
    propagation_timeout: 30s
  renew_before: 10d
  key_type: rsa2048
  eab: { kid: kid-1, hmac_key: "aG1hYy1rZXk" }
  require_verified: true
`;
    const draft = draftOf(text);
    expect(draft.acme).toMatchObject({
      email: 'ops@example.com',
      directory: 'https://ca.example.com/acme/directory',
      stagingDirectory: 'http://127.0.0.1:14000/dir',
      stagingFirst: true,
      caFile: '/etc/penstock/pebble.pem',
      challenge: 'dns-01',
      dns: {
        provider: 'rfc2136',
        resolvers: ['127.0.0.1:5353', '2001:db8::53', '[::1]:5353'],
        propagationTimeoutMs: 30_000,
      },
      renewBeforeMs: 10 * 86_400_000,
      keyType: 'rsa2048',
      eab: { kid: 'kid-1', hmacKey: 'aG1hYy1rZXk' },
      requireVerified: true,
    });
    expect(draft.watchedFiles).toContain('/etc/penstock/pebble.pem');
    // What is secret is never printed, what tells servers apart is.
    expect(draft.secretValues).toEqual(['c2VjcmV0', 'aG1hYy1rZXk']);
  });

  it.each([
    ['letsencrypt, which has one', '', true],
    ['letsencrypt-staging', 'directory: letsencrypt-staging', false],
    ['another authority', 'directory: "https://ca.example.com/d"', false],
    [
      'another authority with one of its own',
      'directory: "https://ca.example.com/d", staging_directory: "https://staging.example.com/d"',
      true,
    ],
    ['what the file says', 'staging_first: false', false],
  ])('stages first with %s', (_name, text, expected) => {
    expect(draftOf(inAcme(text)).acme?.stagingFirst).toBe(expected);
  });

  it('that is not enabled is as good as none, but its secrets are', () => {
    const draft = draftOf(inAcme('enabled: false, eab: { kid: k, hmac_key: aG1hYw }'));
    expect(draft.acme).toBeNull();
    expect(draft.secretValues).toEqual(['aG1hYw']);
  });

  it.each([
    [inAcme('directory: letsencript'), 'BAD_VALUE acme.directory'],
    [inAcme('directory: "ftp://ca.example.com"'), 'BAD_VALUE acme.directory'],
    [inAcme('directory: "http://ca.example.com/d"'), 'BAD_VALUE acme.directory'],
    [inAcme('directory: "https://user:pass@ca.example.com/d"'), 'BAD_VALUE acme.directory'],
    [inAcme('email: Ops <ops@example.com>'), 'BAD_VALUE acme.email'],
    [inAcme('email: "a@example.com,b@example.com"'), 'BAD_VALUE acme.email'],
    [inAcme('challenge: tls-alpn-01'), 'BAD_VALUE acme.challenge'],
    [inAcme('key_type: rsa1024'), 'BAD_VALUE acme.key_type'],
    [inAcme('renew_before: 30'), 'BAD_DURATION acme.renew_before'],
    [inAcme('eab: { kid: k }'), 'MISSING_KEY acme.eab'],
    [inAcme('eab: { hmac_key: k }'), 'MISSING_KEY acme.eab'],
    [inAcme('eab: { kid: k, hmac_key: "a b" }'), 'BAD_VALUE acme.eab.hmac_key'],
    [inAcme('directory: "https://ca.example.com/d", staging_first: true'), 'MISSING_KEY acme.staging_first'],
    [inAcme('staging_directory: letsencrypt, staging_first: true'), 'CONFLICT acme.staging_first'],
    [inAcme('challenge: dns-01'), 'MISSING_KEY acme.challenge'],
    [inDns('provider: cloudfare, credentials: {}'), 'BAD_VALUE acme.dns.provider'],
    [inDns('provider: cloudflare'), 'MISSING_KEY acme.dns'],
    [
      inDns('provider: cloudflare, credentials: { api_tokn: t }'),
      'UNKNOWN_KEY acme.dns.credentials.api_tokn',
    ],
    [inDns('provider: cloudflare, credentials: { zone: t }'), 'UNKNOWN_KEY acme.dns.credentials'],
    [
      inDns('provider: cloudflare, credentials: { api_token: "" }'),
      'BAD_VALUE acme.dns.credentials.api_token',
    ],
    [
      inDns('provider: hetzner, credentials: { api_token: 1234 }'),
      'WRONG_TYPE acme.dns.credentials.api_token',
    ],
    [inDns('provider: route53, credentials: { access_key_id: a }'), 'MISSING_KEY acme.dns.credentials'],
    [
      inDns('provider: rfc2136, credentials: { server: s, key_name: k }'),
      'MISSING_KEY acme.dns.credentials.key_name',
    ],
    ...(
      [
        ['cloudflare', 'api_token: t, endpoint: api.cloudflare.com', 'endpoint'],
        ['hetzner', 'api_token: t, endpoint: "ftp://api.test"', 'endpoint'],
        ['hetzner', 'api_token: t, endpoint: "https://user:secret@api.test"', 'endpoint'],
        ['hostinger', 'api_token: t, endpoint: "https://api.test/v1?a=b"', 'endpoint'],
        ['rfc2136', 'server: "a b"', 'server'],
        ['rfc2136', 'server: "ns:0"', 'server'],
        ['rfc2136', 'server: "ns:70000"', 'server'],
        ['rfc2136', 'server: ns, key_name: k, key_secret: "not base64!"', 'key_secret'],
        ['rfc2136', 'server: ns, key_algorithm: hmac-md5.sig-alg.reg.int', 'key_algorithm'],
        ['rfc2136', 'server: ns, key_algorithm: constructor', 'key_algorithm'],
      ] as const
    ).map(([provider, credentials, name]) => [
      inDns(`provider: ${provider}, credentials: { ${credentials} }`),
      `BAD_VALUE acme.dns.credentials.${name}`,
    ]),
    [
      inDns('provider: exec, credentials: { command: /x }, resolvers: [ns.example.com]'),
      'BAD_ADDRESS acme.dns.resolvers[0]',
    ],
    [
      inDns('provider: exec, credentials: { command: /x }, resolvers: ["::1:99999"]'),
      'BAD_ADDRESS acme.dns.resolvers[0]',
    ],
  ])('rejects %s (%s)', (text, expected) => {
    expect(found(text)).toContain(expected);
  });

  it.each(['letsencript', 'cloudfare'])('suggests for %s', (word) => {
    const text = word === 'letsencript' ? inAcme(`directory: ${word}`) : inDns(`provider: ${word}`);
    expect(validateText(text).problems[0]?.suggestion).toMatch(/^(letsencrypt|cloudflare)$/);
  });

  it.each(['{ api_tokn: s3cr3t-token }', '{ s3cr3t-token }', 's3cr3t-token', '[s3cr3t-token]'])(
    'never shows what stands in credentials: %s',
    (credentials) => {
      const text = `acme:\n  challenge: dns-01\n  dns:\n    provider: cloudflare\n    credentials: ${credentials}\n`;
      const { problems } = validateText(text);
      expect(problems.length).toBeGreaterThan(0);
      expect(JSON.stringify(problems)).not.toContain('s3cr3t-token');
    },
  );
});

describe('validate: routes with automatic certificates', () => {
  it.each(['auto', 'true'])('accepts tls: %s', (word) => {
    const { acme, routes } = draftOf(
      `acme: {}\n${route(`host: shop.example.com, tls: ${word}, acme_email: a@example.com`)}`,
    );
    expect(acme).not.toBeNull();
    expect(routes[0]).toMatchObject({ tls: 'auto', acmeEmail: 'a@example.com' });
  });

  it.each([
    [route('host: a.example.com, tls: auto'), ['MISSING_KEY routes[0].tls']],
    [`acme: { enabled: false }\n${route('host: a.example.com, tls: auto')}`, ['MISSING_KEY routes[0].tls']],
    [`acme: {}\n${route('tls: auto')}`, ['MISSING_KEY routes[0].tls']],
    [
      `acme: {}\nlisten: { https: off }\n${route('host: a.example.com, tls: auto')}`,
      ['CONFLICT routes[0].tls'],
    ],
    ['acme: {}\nlisten: { http: off }\n', ['CONFLICT acme.challenge']],
    // HTTPS opens, on the address that is its default.
    [`acme: {}\nlisten: { http: ":8443" }\n${route('host: a.example.com')}`, ['CONFLICT listen.http']],
    [`acme: {}\n${route('host: "*.example.com", tls: auto')}`, ['BAD_HOST routes[0].host']],
    [`acme: {}\n${route('host: [a.example.com, localhost], tls: auto')}`, ['BAD_HOST routes[0].host[1]']],
    [`acme: {}\n${route('host: 192.0.2.1, tls: auto')}`, ['BAD_HOST routes[0].host']],
    [`acme: {}\n${route('host: intranet, tls: auto')}`, ['BAD_HOST routes[0].host']],
    [`acme: {}\n${route('host: a.internal, tls: auto')}`, ['BAD_HOST routes[0].host']],
    [
      `acme: {}\n${route('host: a.example.com, redirect_from: b.local, tls: auto')}`,
      ['BAD_HOST routes[0].redirect_from'],
    ],
    [`${PRIVATE}${route('host: "[2001:db8::1]", tls: auto')}`, ['BAD_HOST routes[0].host']],
    [
      `acme: {}\n${route('host: a.example.com, tls: self_signed, acme_email: a@example.com')}`,
      ['CONFLICT routes[0].acme_email'],
    ],
    [route('host: a.example.com, acme_email: a@example.com'), ['CONFLICT routes[0].acme_email']],
  ])('rejects %s', (text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  it('says what to do about a wildcard', () => {
    expect(messagesOf(`acme: {}\n${route('host: "*.example.com", tls: auto')}`)).toContain(
      'needs challenge: dns-01',
    );
  });

  it.each([
    `${PRIVATE}${route('host: [a.internal, intranet, localhost, x.test], tls: auto')}`,
    `acme: { ca_file: root.pem, directory: "https://ca.example.com/d" }\n${route('host: a.internal, tls: auto')}`,
    `acme: { directory: "https://10.0.0.1/d" }\n${route('host: a.internal, tls: auto')}`,
    `${inDns('provider: exec, credentials: { command: /x }')}listen: { http: off }\n${route('host: "*.example.com", tls: auto')}`,
    // What says nothing of tls may have any name: it is served as before.
    `acme: {}\n${route('host: [localhost, "*.example.com", 192.0.2.1]')}`,
  ])('accepts %s', (text) => {
    expect(found(text)).toEqual([]);
  });

  it('tells what is wrong with names beside what is wrong elsewhere, but not with a section that is not understood', () => {
    const text = `acme: {}\nnonsense: 1\n${route('host: localhost, tls: auto')}`;
    expect(found(text)).toEqual(['UNKNOWN_KEY nonsense', 'BAD_HOST routes[0].host']);
    expect(found(`acme: { challenge: x }\n${route('host: localhost, tls: auto')}`)).toEqual([
      'BAD_VALUE acme.challenge',
    ]);
  });
});
