/** Connections to endpoints that begin with a PROXY header: what is sent first, whom they serve, and TLS behind it. */

import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Fault } from '../../src/kit/faults.ts';
import { proxyHeader } from '../../src/kit/proxy-header.ts';
import { RequestFraming } from '../../src/worker/upstream/upstream-call.ts';
import { freePort } from '../support/free-port.ts';
import { type ProxiedScript, startProxiedOrigin } from '../support/proxied-origin.ts';
import { startRawOrigin } from '../support/raw-origin.ts';
import { type CallOptions, callUpstream, LIMITS } from '../support/upstream-call.ts';
import { at, nothingLeft, UpstreamTlsBed } from '../support/upstream-tls-bed.ts';

let bed: UpstreamTlsBed;
beforeAll(async () => {
  bed = await UpstreamTlsBed.make();
});
afterEach(() => bed.end());

const headerOf = (source: string): string =>
  proxyHeader({ source, sourcePort: 1000, destination: '198.51.100.2', destinationPort: 443 });
const hexOf = (preamble: string): string => Buffer.from(preamble, 'latin1').toString('hex');
const ADA = headerOf('192.0.2.1');
const BOB = headerOf('192.0.2.2');
const EVE = headerOf('2001:db8::3');

const WIRES = ['plain', 'tls'] as const;
type Wire = (typeof WIRES)[number];

async function origin(wire: Wire, script?: ProxiedScript) {
  const { certPem: cert, keyPem: key } = bed.leaf;
  const started = await startProxiedOrigin({
    ...(wire === 'tls' ? { tls: { cert, key, ALPNProtocols: ['http/1.1'] } } : {}),
    ...(script === undefined ? {} : { script }),
  });
  bed.later(() => started.close());
  return started;
}

const limitsOf = (wire: Wire, limits = {}) =>
  wire === 'tls' ? bed.service({}, limits) : { ...LIMITS, ...limits };

describe.each(WIRES)('a connection with a PROXY header (%s)', (wire) => {
  it('begins with it, and serves whom it names and nobody else', async () => {
    const { port, headers, resumed } = await origin(wire);
    const { pools } = bed.pools();
    const ask = async (preamble: string) =>
      (await callUpstream(pools, at({ port }), { limits: limitsOf(wire), preamble })).body;
    expect(await ask(ADA)).toBe(`0 ${hexOf(ADA)}`);
    expect(await ask(BOB)).toBe(`1 ${hexOf(BOB)}`);
    expect(await ask(ADA)).toBe(`0 ${hexOf(ADA)}`);
    expect(await ask(EVE)).toBe(`2 ${hexOf(EVE)}`);
    expect(await ask(BOB)).toBe(`1 ${hexOf(BOB)}`);
    expect(headers).toEqual([ADA, BOB, EVE].map(hexOf));
    expect(pools.stats()).toMatchObject([{ open: 3, idle: 3, created: 3, reused: 2 }]);
    if (wire === 'tls') expect(resumed).toEqual([false, true, true]);
  });

  it('gives way to that of a client who came later once there are too many', async () => {
    const { port } = await origin(wire);
    const { pools } = bed.pools();
    const ask = async (preamble: string) =>
      (await callUpstream(pools, at({ port }), { limits: limitsOf(wire, { maxIdle: 2 }), preamble })).body[0];
    expect([await ask(ADA), await ask(BOB), await ask(ADA), await ask(EVE)]).toEqual(['0', '1', '0', '2']);
    expect(pools.stats()).toMatchObject([{ open: 2, idle: 2 }]);
    // Bob had been away for longest.
    expect([await ask(ADA), await ask(EVE), await ask(BOB)]).toEqual(['0', '2', '3']);
  });

  it('is closed with its pool, and where none is to idle', async () => {
    const { port } = await origin(wire);
    const { pools } = bed.pools();
    const limits = limitsOf(wire, { maxIdle: 0 });
    expect((await callUpstream(pools, at({ port }), { limits, preamble: ADA })).body[0]).toBe('0');
    await nothingLeft(pools);
    await callUpstream(pools, at({ port }), { limits: limitsOf(wire), preamble: ADA });
    pools.close();
    await nothingLeft(pools);
  });

  it('hands over all of a large answer that ends by a close, to a reader that pauses', async () => {
    const size = 3_000_000;
    const { port } = await origin(wire, async (connection) => {
      await connection.take('\r\n\r\n');
      await connection.write(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(size)}`);
      connection.end();
    });
    const { pools } = bed.pools();
    const onBody: CallOptions['onBody'] = (call) => {
      setImmediate(() => call.connection.resume());
      return false;
    };
    const result = await callUpstream(pools, at({ port }), {
      limits: limitsOf(wire),
      preamble: ADA,
      keepBody: false,
      onBody,
    });
    expect(result).toMatchObject({ status: 200, bodyBytes: size, fault: -1 });
  });

  it('carries a body, and an answer that comes before its end', async () => {
    const { port } = await origin(wire, async (connection, header) => {
      await connection.take('\r\n\r\n');
      await connection.takeBytes(1_000_000);
      await connection.write(`HTTP/1.1 413 No\r\nContent-Length: ${header.length}\r\n\r\n${header}`);
      connection.end();
    });
    const { pools } = bed.pools();
    const result = await callUpstream(pools, at({ port }), {
      limits: limitsOf(wire),
      preamble: EVE,
      head: 'POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000001\r\n\r\n',
      framing: RequestFraming.LENGTH,
      upload: ({ connection }) => connection.writeBody(Buffer.alloc(1_000_000), false),
    });
    expect(result).toMatchObject({ status: 413, body: hexOf(EVE), fault: -1 });
    await nothingLeft(pools);
  });

  it('that cannot be made: nothing was sent', async () => {
    const { pools } = bed.pools();
    const port = await freePort();
    const result = await callUpstream(pools, at({ port }), { limits: limitsOf(wire), preamble: ADA });
    expect(result).toMatchObject({ fault: Fault.CONNECT_REFUSED, connected: false });
    await nothingLeft(pools);
  });
});

describe('TLS behind a PROXY header', () => {
  it('an endpoint that takes the header for something else fails the handshake', async () => {
    const raw = await startRawOrigin((connection) => connection.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    bed.later(() => raw.close());
    const { pools, reports } = bed.pools();
    const result = await callUpstream(pools, at(raw), { limits: bed.service(), preamble: ADA });
    expect(result).toMatchObject({ fault: Fault.TLS_FAILED, connected: false });
    expect(reports).toHaveLength(1);
    await nothingLeft(pools);
  });

  it('an endpoint that is not trusted gets the header and no request', async () => {
    const { port, headers } = await origin('tls');
    const { pools } = bed.pools();
    const limits = bed.service({ serverName: 'other.test' });
    const result = await callUpstream(pools, at({ port }), { limits, preamble: ADA });
    expect(result).toMatchObject({ fault: Fault.CERTIFICATE_UNTRUSTED, connected: false });
    expect(headers).toEqual([hexOf(ADA)]);
    await nothingLeft(pools);
  });

  it('an endpoint that is silent runs out of the time for connecting', async () => {
    const raw = await startRawOrigin(() => {});
    bed.later(() => raw.close());
    const { pools } = bed.pools();
    const result = await callUpstream(pools, at(raw), {
      limits: bed.service(),
      preamble: ADA,
      connectMs: 100,
    });
    expect(result).toMatchObject({ fault: Fault.CONNECT_TIMEOUT });
    await nothingLeft(pools);
  });
});
