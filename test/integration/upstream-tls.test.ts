/** TLS to endpoints of HTTP/1.1: who is trusted, what is resumed, and what comes of an endpoint that misbehaves. */

import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { UpstreamTls } from '../../src/bridge/snapshot/model.ts';
import { Fault } from '../../src/kit/faults.ts';
import { SESSION_LIFE_MS } from '../../src/worker/upstream/endpoint-tls.ts';
import { RequestFraming } from '../../src/worker/upstream/upstream-call.ts';
import { type MadeCertificate, makeCertificate } from '../support/cert-maker.ts';
import { startRawOrigin } from '../support/raw-origin.ts';
import { callUpstream } from '../support/upstream-call.ts';
import { at, HEAD_END, nothingLeft, ok, UpstreamTlsBed } from '../support/upstream-tls-bed.ts';
import { waitFor, within } from '../support/wait-for.ts';

let bed: UpstreamTlsBed;

beforeAll(async () => {
  bed = await UpstreamTlsBed.make();
});

afterEach(() => bed.end());

describe('HTTP/1.1 over TLS', () => {
  it.each([
    ['by its address, without SNI', '127.0.0.1', {}, 'false http/1.1 nobody'],
    ['by its own name', 'localhost', {}, 'localhost http/1.1 nobody'],
    ['by the configured name', '127.0.0.1', { serverName: 'api.test' }, 'api.test http/1.1 nobody'],
    ['not at all', '127.0.0.1', { serverName: 'o.test', verify: false, caPem: '' }, 'o.test http/1.1 nobody'],
  ])('verifies an endpoint %s, and keeps the connection', async (_name, host, tls, said) => {
    const origin = await bed.nameSayer();
    const { pools, reports } = bed.pools();
    const limits = bed.service(tls);
    expect(await callUpstream(pools, at(origin, host), { limits })).toMatchObject({ body: said, fault: -1 });
    expect(await callUpstream(pools, at(origin, host), { limits })).toMatchObject({
      body: said,
      reused: true,
    });
    expect(origin.resumed).toEqual([false]);
    expect(pools.stats()).toEqual([{ key: 's/a', open: 1, idle: 1, created: 1, reused: 1 }]);
    expect(reports).toEqual([]);
  });

  it('takes an endpoint that chooses no protocol', async () => {
    const origin = await bed.nameSayer({ ALPNProtocols: [] });
    const { pools } = bed.pools();
    expect(await callUpstream(pools, at(origin), { limits: bed.service() })).toMatchObject({
      body: 'false false nobody',
    });
  });

  it('shows its own certificate where it has one', async () => {
    const client = await makeCertificate({ hosts: ['penstock.test'], issuer: bed.authority });
    const origin = await bed.nameSayer({
      ca: bed.authority.rootPem,
      requestCert: true,
      rejectUnauthorized: false,
    });
    const { pools } = bed.pools();
    const tls = { certPem: client.certPem, keyPem: client.keyPem };
    expect(await callUpstream(pools, at(origin), { limits: bed.service(tls) })).toMatchObject({
      body: 'false http/1.1 penstock.test',
    });
  });

  it('sends a body that waits for the handshake', async () => {
    const origin = await bed.start(async (connection) => {
      await connection.take(`${HEAD_END}abcdef`);
      await connection.write(ok('got it'));
    });
    const { pools } = bed.pools();
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n';
    const body = ['abc', 'def'];
    expect(
      await callUpstream(pools, at(origin), {
        limits: bed.service(),
        head,
        framing: RequestFraming.LENGTH,
        body,
      }),
    ).toMatchObject({ body: 'got it' });
  });

  it('says goodbye before it closes an idle connection, and drops one that the endpoint closes', async () => {
    const origin = await bed.nameSayer();
    const { pools } = bed.pools();
    await callUpstream(pools, at(origin), { limits: bed.service() });
    const [first] = origin.connections;
    first?.end();
    await nothingLeft(pools);
    expect(await callUpstream(pools, at(origin), { limits: bed.service() })).toMatchObject({ reused: false });
    let failure: unknown = null;
    origin.connections[1]?.socket.on('error', (error) => {
      failure = error;
    });
    pools.drop(pools.keys());
    await within(origin.connections[1]?.ended ?? Promise.reject(new Error('no connection')), {
      what: 'the close',
    });
    expect(failure).toBeNull();
  });
});

describe('HTTP/1.1 over TLS resumes sessions', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('of %s, one after the other', async (version) => {
    const origin = await bed.nameSayer({ minVersion: version, maxVersion: version });
    const { pools } = bed.pools();
    const limits = bed.service({}, { maxRequests: 1 });
    for (let i = 0; i < 4; i++) {
      expect(await callUpstream(pools, at(origin), { limits })).toMatchObject({ fault: -1, reused: false });
    }
    expect(origin.resumed).toEqual([false, true, true, true]);
  });

  it('but asks for the certificate again once an hour', async () => {
    const origin = await bed.nameSayer();
    let ms = 1_000_000;
    const { pools } = bed.pools({ nowMs: () => ms, epochMs: () => ms });
    const limits = bed.service({}, { maxRequests: 1 });
    for (const passedMs of [0, SESSION_LIFE_MS / 2, SESSION_LIFE_MS / 2, 1000]) {
      ms += passedMs;
      pools.sweep();
      await callUpstream(pools, at(origin), { limits });
    }
    expect(origin.resumed).toEqual([false, true, false, true]);
  });

  it('not with other settings: those of before may have trusted anyone', async () => {
    const origin = await bed.nameSayer();
    const { pools } = bed.pools();
    await callUpstream(pools, at(origin), { limits: bed.service({ verify: false, caPem: '' }) });
    const result = await callUpstream(pools, at(origin), { limits: bed.service({ caPem: '' }) });
    expect(result).toMatchObject({ fault: Fault.CERTIFICATE_UNTRUSTED });
    expect(await callUpstream(pools, at(origin), { limits: bed.service() })).toMatchObject({ fault: -1 });
    expect(origin.resumed.at(-1)).toBe(false);
  });
});

describe('HTTP/1.1 over TLS is refused where', () => {
  const failing: [string, Partial<UpstreamTls>, () => Promise<MadeCertificate>, string][] = [
    ['no authority is known', { caPem: '' }, async () => bed.leaf, 'unable to get local issuer certificate'],
    ['the certificate is for another name', { serverName: 'other.test' }, async () => bed.leaf, 'other.test'],
    [
      'the certificate has expired',
      {},
      () => makeCertificate({ hosts: ['127.0.0.1'], issuer: bed.authority, days: -1 }),
      'certificate has expired',
    ],
    [
      'the certificate is self-signed',
      {},
      () => makeCertificate({ hosts: ['127.0.0.1'] }),
      'self-signed certificate',
    ],
  ];

  it.each(failing)('%s: nothing is sent, and the reason is reported', async (_name, tls, make, reason) => {
    const { certPem, keyPem } = await make();
    const origin = await bed.nameSayer({ cert: certPem, key: keyPem, allowHalfOpen: false });
    const { pools, reports } = bed.pools();
    for (let i = 0; i < 2; i++) {
      const result = await callUpstream(pools, at(origin), { limits: bed.service(tls) });
      expect(result).toMatchObject({ fault: Fault.CERTIFICATE_UNTRUSTED, connected: false });
    }
    expect(reports).toHaveLength(1);
    expect(reports[0]).toContain(reason);
    await nothingLeft(pools);
    await waitFor(async () => (await origin.open()) === 0, { what: 'the connections to be closed' });
    expect(origin.connections.map((connection) => connection.received())).not.toContainEqual(
      expect.stringContaining('GET'),
    );
  });

  it.each([
    ['TLSv1.3', Fault.TLS_ALERT, true],
    ['TLSv1.2', Fault.TLS_FAILED, false],
  ] as const)('it demands a certificate and gets none (%s)', async (version, fault, connected) => {
    const origin = await bed.nameSayer({ ca: bed.authority.rootPem, requestCert: true, maxVersion: version });
    const { pools, reports } = bed.pools();
    for (let i = 0; i < 2; i++) {
      const result = await callUpstream(pools, at(origin), { limits: bed.service() });
      expect(result).toMatchObject({ fault, connected, responseStarted: false });
    }
    expect(reports).toHaveLength(1);
    expect(reports[0]).toContain('alert');
    await nothingLeft(pools);
  });

  it('it speaks another protocol', async () => {
    const origin = await bed.nameSayer({ ALPNProtocols: ['h2'] });
    const { pools } = bed.pools();
    expect(await callUpstream(pools, at(origin), { limits: bed.service() })).toMatchObject({
      fault: Fault.TLS_FAILED,
      connected: false,
    });
  });

  it('its own certificate and key do not fit', async () => {
    const origin = await bed.nameSayer();
    const { certPem } = await makeCertificate({ hosts: ['penstock.test'] });
    const { pools } = bed.pools();
    const limits = bed.service({ certPem, keyPem: bed.leaf.keyPem });
    const result = await callUpstream(pools, at(origin), { limits });
    expect(result).toMatchObject({ fault: Fault.TLS_FAILED, connected: false });
    await nothingLeft(pools);
  });

  it.each([
    ['speaks no TLS', 'HTTP/1.1 400 Bad Request\r\n\r\n', Fault.TLS_FAILED],
    ['closes in the handshake', '', Fault.TLS_FAILED],
    ['says nothing', null, Fault.CONNECT_TIMEOUT],
  ])('it %s', async (_name, text, fault) => {
    const origin = await startRawOrigin(async (connection) => {
      await connection.takeBytes(10);
      if (text === null) return;
      if (text !== '') await connection.write(text);
      connection.end();
    });
    bed.later(() => origin.close());
    const { pools } = bed.pools();
    const result = await callUpstream(pools, at(origin), { limits: bed.service(), connectMs: 300 });
    expect(result).toMatchObject({ fault, connected: false });
    await nothingLeft(pools);
  });

  it('it is not there', async () => {
    const { pools } = bed.pools();
    const origin = await startRawOrigin(() => {});
    await origin.close();
    expect(await callUpstream(pools, at(origin), { limits: bed.service() })).toMatchObject({
      fault: Fault.CONNECT_REFUSED,
    });
  });
});
