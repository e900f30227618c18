import { describe, expect, it } from 'vitest';
import type {
  AcmeDnsDraft,
  DnsProviderName,
} from '../../../../../../../src/primary/certs/acme/acme-draft.ts';
import { readServer } from '../../../../../../../src/primary/certs/acme/challenge/dns-providers/credential-forms.ts';
import { DNS_PROVIDERS } from '../../../../../../../src/primary/certs/acme/challenge/dns-providers/credentials.ts';
import { makeProvider } from '../../../../../../../src/primary/certs/acme/challenge/dns-providers/make-provider.ts';

const draft = (provider: DnsProviderName, credentials: Readonly<Record<string, string>>): AcmeDnsDraft => ({
  provider,
  credentials,
  resolvers: [],
  propagationTimeoutMs: 0,
});

describe('make-provider', () => {
  it.each(DNS_PROVIDERS)('knows %s', (name) => {
    const provider = makeProvider(draft(name, name === 'rfc2136' ? { server: 'ns.example.com' } : {}));
    expect(provider).toEqual({ present: expect.any(Function), cleanUp: expect.any(Function) });
  });
});

describe('the forms of credentials', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1', 53],
    ['192.0.2.1:5353', '192.0.2.1', 5353],
    ['ns.example.com', 'ns.example.com', 53],
    ['ns.example.com:53', 'ns.example.com', 53],
    ['2001:db8::1', '2001:db8::1', 53],
    ['[2001:db8::1]', '2001:db8::1', 53],
    ['[2001:db8::1]:5353', '2001:db8::1', 5353],
  ])('the name server %s', (text, host, port) => {
    expect(readServer(text)).toEqual({ host, port });
  });
});
