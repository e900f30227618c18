/** Names, types and labels of metrics are promises: those of the code are those of docs/metrics.md, and none of them changes. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../src/kit/names.ts';
import { ROOT } from '../support/source-tree.ts';

const ROW = /^\| `(penstock_\w+)` \| (\w+) \|([^|]*)\| [^|]+ \|$/gm;

describe('docs/metrics.md', () => {
  const text = readFileSync(join(ROOT, 'docs', 'metrics.md'), 'utf8');
  const written = [...text.matchAll(ROW)].map(([, name = '', type = '', labels = '']) => ({
    name,
    type,
    labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label),
  }));

  it('has the metrics of the code, each with its type and labels', () => {
    const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
    const known = Object.values(METRICS).map(({ name, type, labels }) => ({
      name,
      type,
      labels: [...labels],
    }));
    expect(written.sort(byName)).toEqual(known.sort(byName));
  });

  it('has every metric that was promised at first', () => {
    expect(written.map(({ name, labels }) => `${name}{${labels.join(',')}}`)).toEqual(
      expect.arrayContaining([
        'penstock_requests_total{route,status}',
        'penstock_request_duration_seconds{route}',
        'penstock_upstream_duration_seconds{service}',
        'penstock_requests_in_flight{}',
        'penstock_connections{listener}',
        'penstock_rate_limited_total{route}',
        'penstock_access_denied_total{route}',
        'penstock_retries_total{service}',
        'penstock_upstream_connections_total{service,reused}',
        'penstock_endpoint_healthy{service,endpoint}',
        'penstock_endpoint_requests_in_flight{service,endpoint}',
        'penstock_tls_handshakes_total{result}',
        'penstock_certificate_expiry_seconds{host}',
        'penstock_snapshot_version{}',
        'penstock_reloads_total{result}',
        'penstock_worker_event_loop_lag_seconds{worker}',
        'penstock_build_info{version,node}',
      ]),
    );
  });
});
