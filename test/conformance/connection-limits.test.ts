/** `limits.connections` and `limits.connections_per_address`: what is too much is closed without a word. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bed,
  connect,
  expectAlive,
  onlyOn,
  portOf,
  startBed,
  WIRES,
  type Wire,
} from '../support/conformance-bed.ts';
import { binaryHeader, hex } from '../support/door-bytes.ts';
import { FrontProxy } from '../support/front-proxy.ts';
import { parseExposition } from '../support/metrics-text.ts';
import { RawClient } from '../support/raw-client.ts';
import { waitFor } from '../support/wait-for.ts';

const LIMIT = 5;

async function rejections(bed: Bed, listener: string, reason: string): Promise<number> {
  const text = (await bed.penstock.admin('/metrics')).text;
  return parseExposition(text).value('penstock_connections_rejected_total', { listener, reason }) ?? 0;
}

/** Connections that were served once and stay. */
async function served(bed: Bed, wire: Wire, count: number, port?: number): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  for (let i = 0; i < count; i++) {
    const client = await connect(bed, wire, port ?? portOf(bed, wire));
    await expectAlive(client);
    clients.push(client);
  }
  return clients;
}

/** One more connection to this port, over TCP alone. */
async function expectTurnedAway(port: number): Promise<void> {
  const client = await RawClient.connect(port, { timeoutMs: 1_500 });
  await client.expectClosed();
  expect(client.text()).toBe('');
  client.close();
}

/** A connection is taken again as soon as one has left. */
async function expectTakenAgain(bed: Bed, wire: Wire, port: number = portOf(bed, wire)): Promise<RawClient> {
  return waitFor(
    async () => {
      const client = await connect(bed, wire, port);
      await expectAlive(client);
      return client;
    },
    { what: 'a connection to be taken' },
  );
}

describe('limits.connections', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await startBed({ config: { limits: { connections: LIMIT } } });
  });
  afterAll(() => bed.stop());

  describe.each(WIRES)('%s', (wire) => {
    it('so many of one listener at a time; the next is turned away until one leaves', async () => {
      const listener = wire === 'plain' ? 'http' : 'https';
      const before = await rejections(bed, listener, 'listener_limit');
      const clients = await served(bed, wire, LIMIT);
      await expectTurnedAway(portOf(bed, wire));
      await expectTurnedAway(portOf(bed, wire));
      expect(await rejections(bed, listener, 'listener_limit')).toBe(before + 2);
      for (const client of clients) await expectAlive(client);
      clients.pop()?.close();
      clients.push(await expectTakenAgain(bed, wire));
      await expectTurnedAway(portOf(bed, wire));
      for (const client of clients) client.close();
      (await expectTakenAgain(bed, wire)).close();
    });

    it('those that have sent nothing yet count', async () => {
      const silent = await Promise.all(
        Array.from({ length: LIMIT }, () => RawClient.connect(portOf(bed, wire))),
      );
      await expectTurnedAway(portOf(bed, wire));
      for (const client of silent) client.close();
      (await expectTakenAgain(bed, wire)).close();
    });
  });

  it('each listener has its own', async () => {
    const plain = await served(bed, 'plain', LIMIT);
    const tls = await served(bed, 'tls', LIMIT);
    await expectTurnedAway(portOf(bed, 'plain'));
    await expectTurnedAway(portOf(bed, 'tls'));
    for (const client of [...plain, ...tls]) client.close();
  });
});

// listen.engine: uws refuses this setting (docs/limits-of-the-uws-engine.md).
onlyOn('node', () => {
  describe('limits.connections_per_address', () => {
    let bed: Bed;
    let other: FrontProxy;
    beforeAll(async () => {
      bed = await startBed({
        config: {
          limits: { connections: 4 * LIMIT, connections_per_address: LIMIT },
          trusted_proxies: ['127.0.0.1/32'],
        },
      });
      other = await FrontProxy.open(portOf(bed, 'plain'), { localAddress: '127.0.0.2' });
    });
    afterAll(async () => {
      other.close();
      await bed.stop();
    });

    it.each(WIRES)('so many of one address; another one has its own (%s)', async (wire) => {
      const listener = wire === 'plain' ? 'http' : 'https';
      const before = await rejections(bed, listener, 'address_limit');
      const clients = await served(bed, wire, LIMIT);
      const refused = await RawClient.connect(portOf(bed, wire));
      refused.write(wire === 'plain' ? 'GET / HTTP/1.1\r\n' : '\x16\x03\x01');
      if (wire === 'plain') await refused.expectClosed();
      refused.close();
      if (wire === 'tls') await expect(connect(bed, wire)).rejects.toThrow();
      expect(await rejections(bed, listener, 'address_limit')).toBe(before + 1);
      const others = await served(bed, 'plain', 2, other.port);
      clients.pop()?.close();
      clients.push(await expectTakenAgain(bed, wire));
      for (const client of [...clients, ...others]) client.close();
    });

    it('both listeners count together', async () => {
      const clients = [...(await served(bed, 'plain', 2)), ...(await served(bed, 'tls', LIMIT - 2))];
      const refused = await RawClient.connect(portOf(bed, 'plain'));
      refused.write('GET / HTTP/1.1\r\n');
      await refused.expectClosed();
      expect(refused.text()).toBe('');
      for (const client of [...clients, refused]) client.close();
    });

    it('behind a trusted proxy the address is the client’s', async () => {
      const from = (last: string): Buffer =>
        binaryHeader({ addresses: hex(`c00002${last} c6336402 03e8 01bb`) });
      const first = await FrontProxy.open(portOf(bed, 'plain'), { header: from('01') });
      const second = await FrontProxy.open(portOf(bed, 'plain'), { header: from('02') });
      const clients = await served(bed, 'plain', LIMIT, first.port);
      const refused = await RawClient.connect(first.port);
      refused.write('GET / HTTP/1.1\r\n');
      await refused.expectClosed();
      expect(refused.text()).toBe('');
      clients.push(...(await served(bed, 'plain', LIMIT, second.port)));
      for (const client of [...clients, refused]) client.close();
      first.close();
      second.close();
    });
  });
});
