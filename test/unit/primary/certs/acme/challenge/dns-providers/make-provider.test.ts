import { describe, expect, it } from 'vitest';
import type {
  AcmeDnsDraft,
  DnsProviderName,
} from '../../../../../../../src/primary/certs/acme/acme-draft.ts';
import { DNS_PROVIDERS } from '../../../../../../../src/primary/certs/acme/challenge/dns-providers/credentials.ts';
import { makeProvider } from '../../../../../../../src/primary/certs/acme/challenge/dns-providers/make-provider.ts';

const draft = (provider: DnsProviderName, credentials: Readonly<Record<string, string>>): AcmeDnsDraft => ({
  provider,
  credentials,
  resolvers: [],
  propagationTimeoutMs: 0,
});
const KEY = { key_name: 'k', key_secret: 'c2VjcmV0' };

describe('make-provider', () => {
  it.each(DNS_PROVIDERS)('knows %s', (name) => {
    const provider = makeProvider(draft(name, name === 'rfc2136' ? { server: 'ns.example.com' } : {}));
    expect(provider).toEqual({ present: expect.any(Function), cleanUp: expect.any(Function) });
  });

  it.each([
    '192.0.2.1',
    '192.0.2.1:5353',
    'ns.example.com:53',
    '2001:db8::1',
    '[2001:db8::1]',
    '[2001:db8::1]:53',
  ])('accepts the name server %s', (server) => {
    expect(() => makeProvider(draft('rfc2136', { server, ...KEY }))).not.toThrow();
  });

  it.each<readonly [DnsProviderName, Readonly<Record<string, string>>, string]>([
    ['cloudflare', { endpoint: 'api.cloudflare.com' }, 'endpoint has to be a URL'],
    ['hetzner', { endpoint: 'ftp://api.test' }, 'endpoint has to be a URL'],
    ['hetzner', { endpoint: 'https://user:secret@api.test' }, 'endpoint has a host and maybe a path'],
    ['hetzner', { endpoint: 'https://api.test/v1?a=b' }, 'endpoint has a host and maybe a path'],
    ['rfc2136', { server: 'a b' }, 'server is a name server'],
    ['rfc2136', { server: 'ns:0' }, 'server is a name server'],
    ['rfc2136', { server: 'ns:70000' }, 'server is a name server'],
    ['rfc2136', { server: 'ns', key_name: 'k' }, 'key_secret is missing'],
    ['rfc2136', { server: 'ns', key_secret: 'c2VjcmV0' }, 'key_name is missing'],
    [
      'rfc2136',
      { server: 'ns', ...KEY, key_algorithm: 'hmac-md5.sig-alg.reg.int' },
      'key_algorithm is one of',
    ],
    ['rfc2136', { server: 'ns', ...KEY, key_secret: 'not base64!' }, 'key_secret has to be base64'],
  ])('rejects for %s %j (PENSTOCK_CONFIG_INVALID)', (name, credentials, words) => {
    expect(() => makeProvider(draft(name, credentials))).toThrow(
      expect.objectContaining({
        code: 'PENSTOCK_CONFIG_INVALID',
        message: expect.stringContaining(`acme.dns.credentials.${words}`),
      }),
    );
  });
});
