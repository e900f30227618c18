import { describe, expect, it } from 'vitest';
import { identify } from '../../../../src/worker/exchange/client-identity.ts';
import { RequestHead } from '../../../../src/worker/listener/request-head.ts';
import { TrustedProxies } from '../../../../src/worker/policies/trusted-proxies.ts';

const PROXIES = new TrustedProxies(['10.0.0.0/8']);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function identityOf(peer: string, tls: boolean, ...lines: readonly (readonly [string, string])[]) {
  const head = new RequestHead('GET', '/', 1);
  for (const [name, value] of lines) head.addField(name, value);
  return identify({ peer, head, tls }, PROXIES);
}

describe('client-identity', () => {
  it('a peer that is not trusted is the client, whatever it says', () => {
    const identity = identityOf(
      '1.2.3.4',
      false,
      ['x-forwarded-for', '6.6.6.6'],
      ['x-forwarded-proto', 'https'],
      ['x-request-id', 'forged'],
    );
    expect(identity).toMatchObject({ trusted: false, address: '1.2.3.4', secure: false });
    expect(identity.requestId).toMatch(UUID);
  });

  it('a trusted one is believed', () => {
    expect(
      identityOf(
        '10.0.0.1',
        false,
        ['x-forwarded-for', '6.6.6.6, 1.2.3.4'],
        ['x-forwarded-proto', 'https'],
        ['x-request-id', 'kept'],
      ),
    ).toEqual({ trusted: true, address: '1.2.3.4', secure: true, requestId: 'kept' });
  });

  it.each([
    ['http', false],
    ['', false],
    ['https, http', false],
  ])('X-Forwarded-Proto %j: secure %s', (value, secure) => {
    expect(identityOf('10.0.0.1', false, ['x-forwarded-proto', value]).secure).toBe(secure);
  });

  it('a value that looks like the name is not the field', () => {
    expect(
      identityOf(
        '10.0.0.1',
        false,
        ['x-forwarded-host', 'x-forwarded-proto'],
        ['x-forwarded-server', 'https'],
      ).secure,
    ).toBe(false);
  });

  it('TLS to us is secure from anyone', () => {
    expect(identityOf('1.2.3.4', true).secure).toBe(true);
    expect(identityOf('10.0.0.1', true, ['x-forwarded-proto', 'http']).secure).toBe(true);
  });

  it.each(['', 'a b', 'a\tb', 'é', 'a'.repeat(129)])('request id %j is not kept', (id) => {
    expect(identityOf('10.0.0.1', false, ['x-request-id', id]).requestId).toMatch(UUID);
  });
});
