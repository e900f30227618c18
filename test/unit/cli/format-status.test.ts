import { describe, expect, it } from 'vitest';
import { formatAge, formatStatus } from '../../../src/cli/format-status.ts';
import { readyLine } from '../../../src/cli/ready-line.ts';
import { fakeResult, fakeStatus } from '../../support/fake-control.ts';

describe('format-status', () => {
  it('prints facts, then one line a worker', () => {
    const result = fakeResult({ outcome: 'rejected', trigger: 'file', message: '2 problems', atMs: 1_000 });
    const text = formatStatus(fakeStatus({ lastReload: result }), 61_000);
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
      ].join('\n'),
    );
  });

  it('tells connections of uWebSockets.js apart', () => {
    const connections = { undecided: 0, uwsHttp1: 7, nodeHttp1: 5, nodeHttp2: 0 };
    expect(formatStatus(fakeStatus({ connections }), 0)).toContain(
      'connections    HTTP/1 5, HTTP/1 (uws) 7, HTTP/2 0, undecided 0',
    );
  });

  it('says that it is not ready, and that there was no reload', () => {
    const text = formatStatus(fakeStatus({ ready: false }), 0);
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
