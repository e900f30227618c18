/** TLS to endpoints of HTTP/2: who is trusted, under which name, and what a handshake comes to that fails. */

import { mkdtemp, rm } from 'node:fs/promises';
import type { SecureServerOptions } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { UpstreamTls } from '../../src/bridge/snapshot/model.ts';
import { Fault } from '../../src/kit/faults.ts';
import type { PoolService } from '../../src/worker/upstream/pool-ground.ts';
import {
  type Authority,
  type MadeCertificate,
  makeAuthority,
  makeCertificate,
} from '../support/cert-maker.ts';
import { answer, H2Bed, H2C, startH2Origin } from '../support/h2-origin.ts';
import { startRawOrigin } from '../support/raw-origin.ts';
import { callUpstream } from '../support/upstream-call.ts';
import { waitFor } from '../support/wait-for.ts';

const bed = new H2Bed();
let authority: Authority;
let leaf: MadeCertificate;

beforeAll(async () => {
  authority = await makeAuthority();
  leaf = await makeCertificate({ hosts: ['api.test', 'localhost', '127.0.0.1'], issuer: authority });
});

afterEach(() => bed.end());

function service(tls: Partial<UpstreamTls> = {}): PoolService {
  const defaults = { serverName: '', caPem: authority.rootPem, verify: true, certPem: '', keyPem: '' };
  return { ...H2C, protocol: 'h2', tls: { ...defaults, ...tls } };
}

/** An endpoint that says which name it was asked for, over what, and by whom. */
function nameSayer(tls: SecureServerOptions = {}) {
  return bed.origin(
    startH2Origin(
      ({ stream }) => {
        const socket = stream.session?.socket as TLSSocket;
        const shown = socket.getPeerCertificate()?.subject?.CN ?? 'nobody';
        answer(stream, `${socket.servername} ${socket.alpnProtocol} ${shown}`);
      },
      { tls: { cert: leaf.certPem, key: leaf.keyPem, ...tls } },
    ),
  );
}

describe('h2 over TLS', () => {
  it.each([
    ['by its address, without SNI', '127.0.0.1', {}, 'false h2 nobody'],
    ['by its own name', 'localhost', {}, 'localhost h2 nobody'],
    ['by the configured name', '127.0.0.1', { serverName: 'api.test' }, 'api.test h2 nobody'],
    ['by a configured address', 'localhost', { serverName: '127.0.0.1' }, 'false h2 nobody'],
    [
      'not at all',
      '127.0.0.1',
      { serverName: 'other.test', verify: false, caPem: '' },
      'other.test h2 nobody',
    ],
  ])('verifies an endpoint %s', async (_name, host, tls, said) => {
    const { origin, pools } = await nameSayer();
    const endpoint = bed.endpoint(origin.port, host);
    const limits = service(tls);
    expect(await callUpstream(pools, endpoint, { limits })).toMatchObject({ body: said, fault: -1 });
    expect(await callUpstream(pools, endpoint, { limits })).toMatchObject({ body: said, reused: true });
    expect(origin.sessions).toHaveLength(1);
  });

  it('says https', async () => {
    let scheme: unknown;
    const { pools, endpoint } = await bed.origin(
      startH2Origin(
        ({ stream, headers }) => {
          scheme = headers[':scheme'];
          answer(stream, 'ok');
        },
        { tls: { cert: leaf.certPem, key: leaf.keyPem } },
      ),
    );
    await callUpstream(pools, endpoint, { limits: service() });
    expect(scheme).toBe('https');
  });

  it('shows its own certificate where it has one', async () => {
    const client = await makeCertificate({ hosts: ['penstock.test'], issuer: authority });
    const { pools, endpoint } = await nameSayer({
      ca: authority.rootPem,
      requestCert: true,
      rejectUnauthorized: false,
    });
    const tls = { certPem: client.certPem, keyPem: client.keyPem };
    expect(await callUpstream(pools, endpoint, { limits: service(tls) })).toMatchObject({
      body: 'false h2 penstock.test',
    });
  });

  it('over a unix socket is verified by the configured name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'penstock-h2-'));
    bed.later(() => rm(folder, { recursive: true }));
    const path = join(folder, 'o.sock');
    const tls = { cert: leaf.certPem, key: leaf.keyPem };
    const { pools } = await bed.origin(startH2Origin(({ stream }) => answer(stream, 'unix'), { path, tls }));
    const endpoint = { key: 's/u', address: { kind: 'unix' as const, path } };
    const limits = service({ serverName: 'api.test' });
    expect(await callUpstream(pools, endpoint, { limits })).toMatchObject({ body: 'unix' });
  });
});

describe('h2 over TLS is refused where', () => {
  const failing: [string, Partial<UpstreamTls>, () => Promise<MadeCertificate>, string][] = [
    ['no authority is known', { caPem: '' }, async () => leaf, 'unable to get local issuer certificate'],
    ['the certificate is for another name', { serverName: 'other.test' }, async () => leaf, 'other.test'],
    [
      'the certificate is for no address',
      {},
      () => makeCertificate({ hosts: ['api.test'], issuer: authority }),
      '127.0.0.1',
    ],
    [
      'the certificate has expired',
      {},
      () => makeCertificate({ hosts: ['127.0.0.1'], issuer: authority, days: -1 }),
      'certificate has expired',
    ],
    [
      'the certificate is self-signed',
      {},
      () => makeCertificate({ hosts: ['127.0.0.1'] }),
      'self-signed certificate',
    ],
  ];

  it.each(failing)('%s, and the reason is reported', async (_name, tls, make, reason) => {
    const { certPem, keyPem } = await make();
    const { endpoint } = await nameSayer({ cert: certPem, key: keyPem });
    const reports: string[] = [];
    const pools = bed.pools({ reports });
    const result = await callUpstream(pools, endpoint, { limits: service(tls) });
    expect(result).toMatchObject({ fault: Fault.CERTIFICATE_UNTRUSTED, connected: false });
    expect(reports.join()).toContain(reason);
    expect(reports.join()).not.toContain('BEGIN');
    await waitFor(() => pools.stats()[0]?.open === 0, { what: 'nothing to be left' });
  });

  it('its own certificate and key do not fit', async () => {
    const { endpoint, pools } = await nameSayer();
    const { certPem } = await makeCertificate({ hosts: ['penstock.test'] });
    const limits = service({ certPem, keyPem: leaf.keyPem });
    const result = await callUpstream(pools, endpoint, { limits });
    expect(result).toMatchObject({ fault: Fault.TLS_FAILED, connected: false });
  });

  it.each([
    ['chooses HTTP/1.1', ['http/1.1'], Fault.NOT_HTTP2],
    ['chooses nothing', undefined, Fault.NOT_HTTP2],
  ])('the endpoint %s', async (_name, protocols, fault) => {
    const tls = { cert: leaf.certPem, key: leaf.keyPem, ...(protocols && { ALPNProtocols: protocols }) };
    const server = createTlsServer(tls, (socket) => void socket.on('error', () => {}));
    server.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    bed.later(() => new Promise((resolve) => server.close(resolve)));
    const endpoint = bed.endpoint((server.address() as { port: number }).port);
    const reports: string[] = [];
    const result = await callUpstream(bed.pools({ reports }), endpoint, { limits: service() });
    expect(result).toMatchObject({ fault, connected: false });
    expect(reports).toHaveLength(1);
  });

  it.each([
    ['speaks no TLS', 'HTTP/1.1 400 Bad Request\r\n\r\n', Fault.TLS_FAILED],
    ['closes in the handshake', '', Fault.TLS_FAILED],
  ])('the endpoint %s', async (_name, text, fault) => {
    const { pools, endpoint } = await bed.origin(
      startRawOrigin(async (connection) => {
        await connection.takeBytes(10);
        if (text !== '') await connection.write(text);
        connection.end();
      }),
    );
    expect(await callUpstream(pools, endpoint, { limits: service() })).toMatchObject({
      fault,
      connected: false,
    });
  });

  it('the endpoint stalls in the handshake', async () => {
    const { pools, endpoint } = await bed.origin(startRawOrigin(() => {}));
    const result = await callUpstream(pools, endpoint, { limits: service(), connectMs: 300 });
    expect(result).toMatchObject({ fault: Fault.CONNECT_TIMEOUT, connected: false });
    await waitFor(() => pools.stats()[0]?.open === 0, { what: 'nothing to be left' });
  });

  it('the endpoint is not there', async () => {
    const { origin, pools, endpoint } = await nameSayer();
    await origin.close();
    expect(await callUpstream(pools, endpoint, { limits: service() })).toMatchObject({
      fault: Fault.CONNECT_REFUSED,
    });
  });
});

describe('h2 over TLS with a new configuration', () => {
  it('keeps its session while the settings say the same, and takes another where they do not', async () => {
    const { origin, pools, endpoint } = await nameSayer();
    const moved = () => ({ key: endpoint.key, address: { ...endpoint.address } });
    await callUpstream(pools, endpoint, { limits: service() });
    expect(await callUpstream(pools, moved(), { limits: service() })).toMatchObject({ reused: true });
    const other = await callUpstream(pools, moved(), { limits: service({ serverName: 'api.test' }) });
    expect(other).toMatchObject({ body: 'api.test h2 nobody', reused: false });
    expect(origin.sessions).toHaveLength(2);
    await waitFor(() => origin.open() === 1, { what: 'the session of before to be gone' });
  });
});
