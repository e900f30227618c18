/**
 * A million keys of a rate limit in one penstock, each asked for once, and then once more: what the process grows by, how many new keys were
 * refused because the table had to forget another for them, and how many were forgotten and let in a second time. A key may pass once in
 * 1,000 seconds, so none is free to go by itself. What a check costs is in `bench/micro/rate-limit.mjs`.
 */

import { limiterTableBytes } from '../../build/bridge/memory/limiter-table.js';
import { startHelper } from '../kit/helper-process.mjs';
import { runProbedPenstock } from '../kit/probed-penstock.mjs';
import { BUDGET, row } from './rows.mjs';

const TABLE_KEYS = 1_000_000;
const QUICK_KEYS = 200_000;
const WARM_UP_KEYS = 50_000;
const ASK_MS = 180_000;
const HOST = 'limited.test';

const config = (limit) =>
  `workers: 2\nroutes:\n  - { host: ${HOST}, path: /, respond: { status: 200, body: ok }${limit} }\n`;
const LIMIT = ', rate_limit: { requests_per_second: 0.001, burst: 1, by: "header:X-Key" }';

export async function limiterPart({ quick }) {
  const keys = quick ? QUICK_KEYS : TABLE_KEYS;
  const penstock = await runProbedPenstock('limiter', () => config(''));
  const client = startHelper(new URL('../kit/keys-client.mjs', import.meta.url));
  const askFor = (number) => client.ask({ port: penstock.ports.http, host: HOST, keys: number }, ASK_MS);
  // Compiled code and buffers of connections are not the keys'.
  await askFor(WARM_UP_KEYS);
  const baseMiB = await penstock.settledMiB();
  penstock.writeConfig(() => config(LIMIT));
  await penstock.reload();
  const first = await askFor(keys);
  const fullMiB = await penstock.settledMiB();
  const second = await askFor(keys);
  await client.stop();
  await penstock.stop();

  const grownMiB = fullMiB - baseMiB;
  const percent = (statuses, status) => (100 * (statuses[status] ?? 0)) / keys;
  const rows = [
    row(
      `the table for ${TABLE_KEYS} keys, a key`,
      limiterTableBytes(TABLE_KEYS) / TABLE_KEYS,
      'B',
      BUDGET.limiterKeyBytes,
    ),
    row(`after ${keys} keys: the process grew by`, grownMiB, 'MiB'),
    // The table has the same size for fewer keys: it would be divided by too few.
    ...(quick ? [] : [row('that is, a key, with what the requests left', (grownMiB * 2 ** 20) / keys, 'B')]),
    row('new keys that were refused', percent(first.statuses, '429'), '%'),
    row('keys that were forgotten and let in again', percent(second.statuses, '200'), '%'),
    row('requests a second, all of new keys', keys / first.seconds, '/s'),
    row('requests a second, all of known keys', keys / second.seconds, '/s'),
  ];
  return [{ title: 'Keys of a rate limit', rows }];
}
