import { describe, expect, it } from 'vitest';
import { routeCells, whereText } from '../../../src/cli/route-cells.ts';
import { routeRows } from '../../../src/primary/admin/route-rows.ts';
import { fakeRoute, fakeSnapshot } from '../../support/fake-control.ts';

describe('route-cells', () => {
  it('shows hosts, conditions, action and place of each kind of route', () => {
    const snapshot = fakeSnapshot([
      fakeRoute(0, {
        hosts: ['a.example.com', '*.b.example.com'],
        conditions: {
          methods: ['GET', 'HEAD'],
          headers: [{ name: 'x-env', value: 'canary' }],
          query: [{ name: 'beta', value: '1' }],
        },
        tls: 'manual',
      }),
      fakeRoute(1, { action: { kind: 'split', services: [0, 1], bounds: [90, 100], total: 100 } }),
      fakeRoute(2, { action: { kind: 'redirect', to: 'https://x{uri}', status: 301 } }),
      fakeRoute(3, {
        hosts: [],
        match: 'exact',
        action: { kind: 'respond', status: 204, body: '', headers: [] },
      }),
      fakeRoute(4, { hosts: ['www.x'], path: '/', action: { kind: 'host_redirect', host: 'x' } }),
    ]);
    expect(routeRows(snapshot).map((row) => routeCells(row, '/etc'))).toEqual([
      [
        'a.example.com,*.b.example.com',
        '/v1',
        'prefix',
        'GET|HEAD & x-env: canary & ?beta=1',
        'service api',
        'manual',
        'penstock.yaml:10',
      ],
      ['api.example.com', '/v1', 'prefix', '-', 'split api:90 api-next:10', 'off', 'penstock.yaml:11'],
      ['api.example.com', '/v1', 'prefix', '-', 'redirect 301 https://x{uri}', 'off', 'penstock.yaml:12'],
      ['*', '/v1', 'exact', '-', 'respond 204', 'off', 'penstock.yaml:13'],
      ['www.x', '/', 'prefix', '-', 'redirect to host x', 'off', 'penstock.yaml:14'],
    ]);
  });

  it('shows a file elsewhere in full', () => {
    expect(whereText('/etc/penstock.yaml', 3, '/home/x/y')).toBe('/etc/penstock.yaml:3');
    expect(whereText('<api>', 3, '/home/x/y')).toBe('<api>:3');
  });
});
