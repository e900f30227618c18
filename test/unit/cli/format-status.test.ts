import { describe, expect, it } from 'vitest';
import { formatAge, formatStatus } from '../../../src/cli/format-status.ts';
import { readyLine } from '../../../src/cli/ready-line.ts';
import type { Status, StatusReport } from '../../../src/primary/control.ts';
import { FAKE_LATENCY, fakeResult, fakeStatus } from '../../support/fake-control.ts';

const fakeReport = (changes: Partial<Status> = {}): StatusReport => ({
  ...fakeStatus(changes),
  latency: FAKE_LATENCY,
});

describe('format-status', () => {
  it('prints facts, then one line a worker, a route and a service', () => {
    const result = fakeResult({ outcome: 'rejected', trigger: 'file', message: '2 problems', atMs: 1_000 });
    const text = formatStatus(fakeReport({ lastReload: result }), 61_000);
    expect(text).toBe(
      [
        'penstock       0.1.0 (node v20.20.0, pid 42)',
        'state          ready',
        'up             1d 2h',
        'configuration  /etc/penstock.yaml',
        'snapshot       7 (a1a1a1a1a1a1)',
        'http           0.0.0.0:8080 (HTTP/1: node, HTTP/2: node)',
        'https          0.0.0.0:8443 (HTTP/1: uws, HTTP/2: off)',
        'admin          127.0.0.1:9180',
        'connections    HTTP/1 5, HTTP/2 1, undecided 1',
        'last reload    rejected 1m 0s ago by file: 2 problems',
        '',
        'WORKER  STATE    SNAPSHOT  CONNECTIONS  IN FLIGHT  RESTARTS',
        '0       serving  7         3            1          0',
        '1       serving  7         4            0          2',
        '',
        'ROUTE    REQUESTS  P50     P90     P99     P99.9  MAX',
        '(all)    1205      1.25ms  9.50ms  90.0ms  900ms  30.0s',
        'route-0  1200      1.28ms  9.47ms  90.5ms  901ms  30.0s',
        '(none)   5         50.0µs  200µs   200µs   200µs  200µs',
        '',
        'SERVICE  REQUESTS  P50     P90     P99     P99.9  MAX',
        'api      1198      1.00ms  9.00ms  88.0ms  890ms  906ms',
        '',
      ].join('\n'),
    );
  });

  it('tells connections of uWebSockets.js apart', () => {
    const connections = { undecided: 0, uwsHttp1: 7, nodeHttp1: 5, nodeHttp2: 0 };
    expect(formatStatus(fakeReport({ connections }), 0)).toContain(
      'connections    HTTP/1 5, HTTP/1 (uws) 7, HTTP/2 0, undecided 0',
    );
  });

  it('says that it is not ready, and that there was no reload', () => {
    const text = formatStatus(fakeReport({ ready: false }), 0);
    expect(text).toContain('state          not ready');
    expect(text).toContain('last reload    none');
  });
});

describe('format-age', () => {
  it.each([
    [0, '0s'],
    [0.9, '0s'],
    [59, '59s'],
    [60, '1m 0s'],
    [3_661, '1h 1m'],
    [90_000, '1d 1h'],
  ])('%d s is %s', (seconds, text) => {
    expect(formatAge(seconds)).toBe(text);
  });
});

describe('ready-line', () => {
  it('names every address, several by commas, and off where there is none', () => {
    const status = fakeStatus({
      listeners: [
        { protocol: 'admin', address: '127.0.0.1:9180' },
        { protocol: 'http', address: '0.0.0.0:8080' },
        { protocol: 'http', address: '[::1]:8081' },
      ],
    });
    expect(readyLine(status, 183.6)).toBe(
      'ready http=0.0.0.0:8080,[::1]:8081 https=off admin=127.0.0.1:9180 workers=2 snapshot=7 (184 ms)',
    );
  });
});
