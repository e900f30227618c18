/** Configurations of a size, as YAML text without `listen`: what a person or a template would write, a line a route. */

const ROUTES_A_HOST = 10;
const SERVICES = 100;

/**
 * Ten routes a host, with a path each, over 100 services. `edition`: another one gives other paths to all routes of every tenth host.
 * The host `steady.test` is for the requests that are sent meanwhile: they go to `origin`.
 */
export function routesConfig(count, origin, edition = 0) {
  const services = [`  steady: { endpoints: ["${origin}"] }`];
  for (let i = 0; i < SERVICES; i++)
    services.push(`  service-${i}: { endpoints: ["10.0.${i}.1:8080", "10.0.${i}.2:8080"] }`);
  const routes = ['  - { host: steady.test, path: /, service: steady }'];
  for (let i = 0; i < count; i++)
    routes.push(`  - { host: ${hostOf(i)}, path: ${pathOf(i, edition)}, service: service-${i % SERVICES} }`);
  return ['workers: 2', 'services:', ...services, 'routes:', ...routes, ''].join('\n');
}

export const hostOf = (i) => `site-${Math.floor(i / ROUTES_A_HOST)}.example.com`;

export function pathOf(i, edition = 0) {
  const isOther = Math.floor(i / ROUTES_A_HOST) % 10 === 0;
  return `/area-${i % ROUTES_A_HOST}${isOther && edition > 0 ? `-${edition}` : ''}`;
}
