/**
 * Every configuration in examples/ serves its routes as it stands, but for its addresses. One penstock is reloaded from one to the next;
 * behind it stand endpoints that speak what each service asks for.
 */

import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Authority, makeAuthority, makeCertificate } from '../support/cert-maker.ts';
import { type Answered, ask } from '../support/http-ask.ts';
import { startOrigin } from '../support/origin.ts';
import { startProxiedOrigin } from '../support/proxied-origin.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { ROOT, treeFiles } from '../support/source-tree.ts';
import { waitFor } from '../support/wait-for.ts';

/** The quickstart starts services of its own; `quickstart.test.ts` runs it. */
const EXAMPLES = treeFiles(['examples'], /penstock\.yaml$/)
  .map(({ path }) => path)
  .filter((path) => !path.includes('quickstart'));

type Endpoint = string | { readonly address: string };

interface ExampleService {
  readonly endpoints: readonly Endpoint[];
  readonly proxy_protocol?: string;
  readonly tls?: { readonly server_name?: string; readonly client_cert_file?: string };
}

interface ExampleRoute {
  readonly host?: string | readonly string[];
  readonly path?: string;
  readonly methods?: readonly string[];
}

interface Example {
  readonly listen: { readonly https: string };
  readonly services?: Readonly<Record<string, ExampleService>>;
  readonly routes: readonly ExampleRoute[];
}

const closing: (() => unknown)[] = [];
let authority: Authority;
let penstock: RunningPenstock;

beforeAll(async () => {
  authority = await makeAuthority();
  penstock = await runPenstock({ config: { routes: [{ path: '/', respond: { status: 200 } }] } });
  // What the example of TLS to endpoints names.
  const own = await makeCertificate({ hosts: ['penstock'], issuer: authority });
  penstock.writeFile('ca.pem', authority.rootPem);
  penstock.writeFile('penstock.pem', own.certPem);
  penstock.writeFile('penstock.key', own.keyPem);
});

afterAll(async () => {
  await penstock.stop();
  await Promise.all(closing.map((close) => close()));
});

/** An endpoint of the service, in place of the one at `address`; its own address. */
async function startEndpoint(service: ExampleService, address: string): Promise<string> {
  const isUnix = address.startsWith('unix:');
  const path = join(penstock.folder, `${closing.length}.sock`);
  if (service.proxy_protocol !== undefined) {
    const proxied = await startProxiedOrigin(isUnix ? { path } : {});
    closing.push(() => proxied.close());
    return isUnix ? `unix:${path}` : `127.0.0.1:${proxied.port}`;
  }
  if (service.tls !== undefined) return await startTlsEndpoint(service.tls);
  const origin = await startOrigin(isUnix ? { path } : {});
  closing.push(() => origin.close());
  return origin.address;
}

async function startTlsEndpoint(tls: NonNullable<ExampleService['tls']>): Promise<string> {
  const { server_name: name = 'nobody.test', client_cert_file: shown } = tls;
  const { certPem: cert, keyPem: key } = await makeCertificate({ hosts: [name], issuer: authority });
  const asks =
    shown === undefined ? {} : { ca: authority.rootPem, requestCert: true, rejectUnauthorized: true };
  const server = createTlsServer({ cert, key, ...asks }, (_, answer) => answer.end('over TLS'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function withOwnEndpoints(service: ExampleService): Promise<ExampleService> {
  const endpoints = await Promise.all(
    service.endpoints.map(async (endpoint) =>
      typeof endpoint === 'string'
        ? await startEndpoint(service, endpoint)
        : { ...endpoint, address: await startEndpoint(service, endpoint.address) },
    ),
  );
  return { ...service, endpoints };
}

describe('examples', () => {
  it.each(EXAMPLES)('%s serves its routes', async (path) => {
    const example = parse(readFileSync(join(ROOT, path), 'utf8')) as Example;
    const services: Record<string, ExampleService> = {};
    for (const [name, service] of Object.entries(example.services ?? {}))
      services[name] = await withOwnEndpoints(service);
    const { http, https, admin } = penstock.ports;
    penstock.writeConfig({
      ...example,
      listen: {
        http: `127.0.0.1:${http}`,
        https: example.listen.https === 'off' ? 'off' : `127.0.0.1:${https}`,
        admin: `127.0.0.1:${admin}`,
      },
      services,
    });
    // The watch may be faster: then there is nothing left to apply.
    expect((await penstock.reload()).json).toMatchObject({
      outcome: expect.stringMatching(/^(applied|unchanged)$/),
    });
    expect(example.routes.length).toBeGreaterThan(0);
    for (const route of example.routes) {
      const host = [route.host ?? 'example.test'].flat()[0]?.replace('*', 'any') ?? '';
      const get = (): Promise<Answered> =>
        ask(http, { method: route.methods?.[0] ?? 'GET', path: route.path ?? '/', headers: { host } });
      // By its service, by itself, or refused by its own rules: not for want of a route or an endpoint. One whose endpoints begin
      // unhealthy serves once they have passed their first check.
      const what = `${host}${route.path ?? '/'}`;
      await waitFor(async () => (await get()).status < 500, { what: `an endpoint for ${what}` });
      expect((await get()).status, what).not.toBe(404);
    }
  });
});
