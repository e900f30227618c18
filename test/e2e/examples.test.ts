/** Every configuration in examples/ runs as it stands, but for its ports, and serves its routes. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Answered, ask } from '../support/http-ask.ts';
import { type Origin, startOrigin } from '../support/origin.ts';
import { runPenstock } from '../support/run-penstock.ts';
import { ROOT, treeFiles } from '../support/source-tree.ts';
import { waitFor } from '../support/wait-for.ts';

/** The quickstart starts services of its own; `quickstart.test.ts` runs it. */
const EXAMPLES = treeFiles(['examples'], /penstock\.yaml$/)
  .map(({ path }) => path)
  .filter((path) => !path.includes('quickstart'));
/** Endpoints of examples are local services on these ports. */
const ENDPOINT = /\b127\.0\.0\.1:90\d\d\b/g;

interface ExampleRoute {
  readonly host?: string | readonly string[];
  readonly path?: string;
  readonly methods?: readonly string[];
}

/** By the endpoint that it stands for. */
const origins = new Map<string, Origin>();
afterAll(() => Promise.all([...origins.values()].map((origin) => origin.close())));

describe('examples', () => {
  it.each(EXAMPLES)('%s serves its routes', async (path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    for (const [endpoint] of text.matchAll(ENDPOINT))
      if (!origins.has(endpoint)) origins.set(endpoint, await startOrigin());
    const penstock = await runPenstock({
      config: (ports) =>
        text
          .replaceAll(ENDPOINT, (endpoint) => origins.get(endpoint)?.address ?? '')
          .replaceAll('":8080"', `"127.0.0.1:${ports.http}"`)
          .replaceAll('":8443"', `"127.0.0.1:${ports.https}"`)
          .replaceAll('127.0.0.1:9180', `127.0.0.1:${ports.admin}`),
    });
    const { routes } = parse(text) as { routes: readonly ExampleRoute[] };
    expect(routes.length).toBeGreaterThan(0);
    for (const route of routes) {
      const host = [route.host ?? 'example.test'].flat()[0]?.replace('*', 'any') ?? '';
      const get = (): Promise<Answered> =>
        ask(penstock.ports.http, {
          method: route.methods?.[0] ?? 'GET',
          path: route.path ?? '/',
          headers: { host },
        });
      // By its service, by itself, or refused by its own rules: not for want of a route or an endpoint. One whose endpoints begin
      // unhealthy serves once they have passed their first check.
      const what = `${host}${route.path ?? '/'}`;
      await waitFor(async () => (await get()).status < 500, { what: `an endpoint for ${what}` });
      expect((await get()).status, what).not.toBe(404);
    }
    await penstock.stop();
  });
});
