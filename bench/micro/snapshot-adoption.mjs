/**
 * How long a new snapshot holds a worker up: `npm run build && node bench/micro/snapshot-adoption.mjs`.
 * What lies between two requests: the top level is decoded, and what serves is made of it; with 10 routes, 1,000 and 10,000. A route is decoded when
 * a request first comes to it: beside them, what that costs.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bench, do_not_optimize, summary } from 'mitata';
import { counterBufferBytes } from '../../build/bridge/memory/counters.js';
import { LATENCY_BUFFER_BYTES } from '../../build/bridge/memory/latency-column.js';
import { limiterTableBytes } from '../../build/bridge/memory/limiter-table.js';
import { decodeSnapshot } from '../../build/bridge/snapshot/codec.js';
import { systemClock } from '../../build/kit/clock.js';
import { drySelfSigned } from '../../build/primary/certs/dry-self-signed.js';
import { nothingKnown, runPipeline } from '../../build/primary/pipeline.js';
import { makePublication } from '../../build/primary/publish/publication.js';
import { makeServing } from '../../build/worker/serving.js';
import { BUDGET_NS, runAgainst } from './verdict.mjs';

const COUNTS = [10, 1_000, 10_000];
/** As many as a worker may come to between two snapshots. */
const HITS = 1_000;

function configuration(count) {
  const routes = Array.from(
    { length: count },
    (_, i) => `  - name: route-${i}
    host: tenant-${i % 500}.example.com
    path: /service-${i}
    service: origin
    rewrite: { strip_prefix: true }
    rate_limit: { requests_per_second: 100, burst: 200, by: ip }
    request_headers: { set: { X-Tenant: "${i % 500}" }, remove: [X-Internal-Token] }`,
  );
  return `listen: { http: "127.0.0.1:8080", https: off, admin: off }
state_dir: state
services: { origin: { endpoints: ["127.0.0.1:9001"] } }
routes:
${routes.join('\n')}
`;
}

/** The bytes that the primary hands to its workers. */
async function publishedBytes(count) {
  const folder = mkdtempSync(join(tmpdir(), 'penstock-bench-'));
  try {
    const file = join(folder, 'penstock.yaml');
    writeFileSync(file, configuration(count));
    const { compiled, problems } = await runPipeline(file, {
      clock: systemClock,
      env: {},
      known: nothingKnown(),
      trustStamps: false,
      selfSigned: drySelfSigned,
      automatic: () => Promise.resolve(new Map()),
      addresses: () => Promise.resolve((_, configured) => configured),
      checkAgainstRunning: () => [],
      terminal: false,
    });
    if (compiled === null) throw new Error(problems.map(({ message }) => message).join('\n'));
    return makePublication(compiled.content, 1, 0).bytes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const published = [];
for (const count of COUNTS) published.push({ count, bytes: await publishedBytes(count) });
summary(() => {
  for (const { count, bytes } of published) {
    const rows = counterBufferBytes(count + 1);
    const counters = {
      routes: new SharedArrayBuffer(rows),
      services: new SharedArrayBuffer(rows),
      latency: new SharedArrayBuffer(LATENCY_BUFFER_BYTES),
    };
    const limiter = new SharedArrayBuffer(limiterTableBytes(1));
    bench(`adopt ${count} routes`, () =>
      do_not_optimize(makeServing(decodeSnapshot(bytes), { counters, limiter }, 0)),
    );
  }
});
summary(() => {
  const { bytes } = published.at(-1);
  bench(`first hits of ${HITS} routes of ${COUNTS.at(-1)}, with their adoption`, () => {
    const snapshot = decodeSnapshot(bytes);
    for (let i = 0; i < HITS; i++) do_not_optimize(snapshot.route(i * 7));
  });
});
await runAgainst((name) => (name.startsWith('adopt') ? BUDGET_NS.adopt : null));
