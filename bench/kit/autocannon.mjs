/**
 * Load from this process, with autocannon: nothing but Node is needed for it. It takes several times the CPU that penstock does, so
 * it is what limits the requests per second of one worker; what a request costs penstock does not depend on it.
 */

import autocannon from 'autocannon';

/**
 * As much as goes in. Gives `requests` that were answered, the `seconds` that it took, `bad` (answers that were not 2xx, errors of the connection)
 * and percentiles in milliseconds, which autocannon itself rounds to whole ones.
 */
export async function saturate(url, { method = 'GET', headers, upload = 0 }, { seconds, connections }) {
  const times = [];
  const run = autocannon({
    url,
    connections,
    duration: seconds,
    method,
    headers: Object.fromEntries(headers),
    ...(upload === 0 ? {} : { body: Buffer.alloc(upload, 'x') }),
  });
  run.on('response', (_client, _status, _bytes, milliseconds) => times.push(milliseconds));
  const { requests, start, finish, non2xx, errors, timeouts } = await run;
  times.sort((a, b) => a - b);
  const percentile = (part) => times[Math.floor(part * times.length)] ?? Number.NaN;
  return {
    requests: requests.total,
    seconds: (finish - start) / 1000,
    bad: non2xx + errors + timeouts,
    p50: percentile(0.5),
    p99: percentile(0.99),
  };
}
