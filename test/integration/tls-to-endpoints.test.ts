/** TLS to endpoints as a client of penstock meets it: what it is answered, and what a reload of changed files does. */

import type { RequestListener } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Authority, makeAuthority, makeCertificate } from '../support/cert-maker.ts';
import { expectApplied } from '../support/expect-applied.ts';
import { ask } from '../support/http-ask.ts';
import { type Origin, startOrigin } from '../support/origin.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor, within } from '../support/wait-for.ts';

const cleanUps: (() => unknown)[] = [];
let authority: Authority;
let plain: Origin;
let penstock: RunningPenstock;
/** Answers to `/good/held` that wait. */
const held: (() => void)[] = [];

async function start(options: ServerOptions, listener: RequestListener): Promise<string> {
  const { certPem, keyPem } = await makeCertificate({ hosts: ['127.0.0.1'], issuer: authority });
  const server: Server = createServer({ cert: certPem, key: keyPem, ...options }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const echo: RequestListener = (request, response) => {
  const answer = () => response.end(JSON.stringify(request.headers));
  if (request.url === '/good/held') held.push(answer);
  else answer();
};

beforeAll(async () => {
  authority = await makeAuthority();
  const own = await makeCertificate({ hosts: ['penstock.test'], issuer: authority });
  plain = await startOrigin();
  const good = await start({}, echo);
  const demanding = await start({ requestCert: true, ca: authority.rootPem }, echo);
  const shown = { client_cert_file: 'own.pem', client_key_file: 'own.key' };
  const services: Record<string, object> = {
    good: { endpoints: [good], tls: { ca_file: 'ca.pem' } },
    untrusted: { endpoints: [good], tls: 'on' },
    misnamed: { endpoints: [good], tls: { ca_file: 'ca.pem', server_name: 'other.test' } },
    unverified: { endpoints: [good], tls: { verify: false } },
    plain: { endpoints: [plain.address], tls: { verify: false } },
    anonymous: { endpoints: [demanding], tls: { ca_file: 'ca.pem' } },
    known: { endpoints: [demanding], tls: { ca_file: 'ca.pem', ...shown } },
  };
  penstock = await runPenstock({
    config: {
      workers: 1,
      services,
      routes: Object.keys(services).map((service) => ({ path: `/${service}`, service })),
    },
    files: { 'ca.pem': authority.rootPem, 'own.pem': own.certPem, 'own.key': own.keyPem },
  });
});

afterAll(async () => {
  await penstock?.stop();
  await plain?.close();
  for (const cleanUp of cleanUps) await cleanUp();
});

describe('TLS to endpoints', () => {
  it.each([
    ['good', 200, undefined],
    ['unverified', 200, undefined],
    ['known', 200, undefined],
    ['untrusted', 502, 'penstock; error=tls_certificate_error'],
    ['misnamed', 502, 'penstock; error=tls_certificate_error'],
    ['plain', 502, 'penstock; error=tls_protocol_error'],
    ['anonymous', 502, 'penstock; error=tls_alert_received'],
  ])('of the service "%s" is answered %i', async (service, status, proxyStatus) => {
    const answer = await ask(penstock.ports.http, { path: `/${service}` });
    expect(answer).toMatchObject({ status });
    expect(answer.headers['proxy-status']).toBe(proxyStatus);
  });

  it('says in the log why an endpoint is not trusted', async () => {
    await ask(penstock.ports.http, { path: '/untrusted' });
    await waitFor(() => penstock.stderr().includes('unable to get local issuer certificate'), {
      what: 'the reason in the log',
    });
  });

  it('sends what goes to a plain endpoint', async () => {
    const { text } = await ask(penstock.ports.http, { path: '/good', host: 'client.test' });
    expect(JSON.parse(text)).toMatchObject({
      host: 'client.test',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'client.test',
      'x-forwarded-for': '127.0.0.1',
    });
  });

  it('follows a changed ca_file, and lets what is under way finish', async () => {
    const { http } = penstock.ports;
    const underWay = ask(http, { path: '/good/held' });
    await waitFor(() => held.length === 1, { what: 'the request at the endpoint' });
    penstock.writeFile('ca.pem', (await makeAuthority('Other')).rootPem);
    expectApplied(await penstock.reload());
    expect(await ask(http, { path: '/good' })).toMatchObject({ status: 502 });
    held.pop()?.();
    expect(await within(underWay, { what: 'the answer of before' })).toMatchObject({ status: 200 });
    penstock.writeFile('ca.pem', authority.rootPem);
    expectApplied(await penstock.reload());
    expect(await ask(http, { path: '/good' })).toMatchObject({ status: 200 });
  });
});
