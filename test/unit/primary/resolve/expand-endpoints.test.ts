import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../../src/bridge/snapshot/model.ts';
import { formatAddress } from '../../../../src/kit/address.ts';
import { expandEndpoints, namesOf } from '../../../../src/primary/resolve/expand-endpoints.ts';
import { endpoint, service } from '../../../support/balancing.ts';

const at = (host: string, facts: Partial<Endpoint> = {}): Endpoint =>
  endpoint(`${host}:80`, 0, { address: { kind: 'tcp', host, port: 80 }, ...facts });

const unix = endpoint('u', 0, { address: { kind: 'unix', path: '/run/u.sock' } });

describe('expand-endpoints', () => {
  it('makes an endpoint of each address, with what the configuration says of the name', () => {
    const of = service({ endpoints: [at('api.test', { weight: 3, backup: true }), at('192.0.2.1')] });
    const [expanded] = expandEndpoints([of], () => ['10.0.0.1', 'fd00::1']);
    expect(expanded?.endpoints.map(({ id, key, address }) => [id, key, formatAddress(address)])).toEqual([
      ['api.test:80@10.0.0.1', '["s","api.test:80@10.0.0.1"]', '10.0.0.1:80'],
      ['api.test:80@fd00::1', '["s","api.test:80@fd00::1"]', '[fd00::1]:80'],
      ['192.0.2.1:80', 's/192.0.2.1:80', '192.0.2.1:80'],
    ]);
    expect(expanded?.endpoints[1]).toMatchObject({ weight: 3, backup: true, address: { name: 'api.test' } });
  });

  it('has no endpoint for a name that never resolved', () => {
    expect(expandEndpoints([service({ endpoints: [at('api.test')] })], () => [])[0]?.endpoints).toEqual([]);
  });

  it('leaves alone what is no name, and names of this machine', () => {
    const of = service({ endpoints: [at('192.0.2.1'), at('::1'), at('localhost'), at('a.LOCALHOST'), unix] });
    expect([...namesOf([of])]).toEqual([]);
    expect(expandEndpoints([of], () => [])[0]).toBe(of);
  });

  it('asks for each name once', () => {
    const of = service({ endpoints: [at('a.test'), at('a.test', { id: 'b' }), at('b.test')] });
    expect([...namesOf([of, of])]).toEqual(['a.test', 'b.test']);
  });
});
