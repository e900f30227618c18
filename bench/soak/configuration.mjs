/** The configuration under soak, as an edition of it: routes, services and a certificate differ from one edition to the next, what the traffic goes to does not. */

const MAX_EXTRA_ROUTES = 500;
const EXTRA_ROUTES_STEP = 100;
const EXTRA_SERVICES = 3;
/** Names come back: one that is gone for good keeps its counters for ten minutes, which a short soak would take for growth. */
const EXTRA_NAMES = 4;

/** Requests of one key that may pass. */
export const LIMIT = Object.freeze({ requestsPerSecond: 5, burst: 10 });
/** A client that sends its head more slowly is shown out. */
const READ = '5s';

/** Which of the two origins `swap.test` leads to. */
export const swapTarget = (edition) => (edition % 2 === 0 ? 'even' : 'odd');

/**
 * `origins`: the addresses { even, odd, bodies, echo, grpc, mortal: [three] }. `certificate`: a path without its ending, of `swap.test`;
 * `stable`: the same, of `stable.test`.
 */
export function soakConfig({ edition, origins, certificate, stable }) {
  const extraRoutes = (edition * EXTRA_ROUTES_STEP) % (MAX_EXTRA_ROUTES + EXTRA_ROUTES_STEP);
  const extra = `extra-${edition % EXTRA_SERVICES}`;
  const keepalive = 'keepalive: { idle_timeout: 2s }';
  const lines = [
    'workers: 2',
    `timeouts: { read: ${READ} }`,
    'services:',
    ...['even', 'odd', 'bodies', 'echo'].map(
      (name) => `  ${name}: { endpoints: ["${origins[name]}"], ${keepalive} }`,
    ),
    `  grpc: { endpoints: ["${origins.grpc}"], protocol: h2c, ${keepalive} }`,
    '  mortal:',
    `    endpoints: [${origins.mortal.map((address) => `"${address}"`).join(', ')}]`,
    '    health_check: { path: /healthz, interval: 1s }',
    '    retries: { attempts: 2 }',
    `    ${keepalive}`,
    `  ${extra}: { endpoints: ["${origins.even}", "${origins.odd}"] }`,
    'certificates:',
    ...[stable, certificate].map((path) => `  - { cert_file: ${path}.pem, key_file: ${path}.key }`),
    'routes:',
    ...['stable', 'swap'].map((name) => {
      const service = name === 'swap' ? swapTarget(edition) : 'even';
      return `  - { host: ${name}.test, path: /, service: ${service}, https_redirect: false, response_headers: { set: { X-Edition: "${edition}" } } }`;
    }),
    ...['bodies', 'echo', 'grpc', 'mortal'].map(
      (name) => `  - { host: ${name}.test, path: /, service: ${name} }`,
    ),
    `  - { host: limited.test, path: /, service: even, rate_limit: { requests_per_second: ${LIMIT.requestsPerSecond}, burst: ${LIMIT.burst}, by: "header:X-Key" } }`,
  ];
  for (let i = 0; i < extraRoutes; i++)
    lines.push(`  - { host: extra-${i}.test, path: /edition-${edition % EXTRA_NAMES}, service: ${extra} }`);
  return `${lines.join('\n')}\n`;
}
