import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Addresses, type BoundLookup } from '../../../../src/primary/listen/addresses.ts';
import { draftOf } from '../../../support/draft-of.ts';
import { freePort } from '../../../support/free-port.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function occupied(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const listening = (http: string, https = '127.0.0.1:0') =>
  draftOf(`listen: { http: "${http}", https: "${https}" }\n`);

async function boundOf(addresses: Addresses, http: string, opensHttps = false): Promise<BoundLookup> {
  const found = await addresses.look(listening(http), opensHttps);
  if (typeof found !== 'function') throw new Error(JSON.stringify(found));
  return found;
}

describe('Addresses', () => {
  it('finds a port for port 0, and keeps it while the address stands', async () => {
    const addresses = new Addresses();
    const configured = { host: '127.0.0.1', port: 0 };
    const boundTo = await boundOf(addresses, '127.0.0.1:0');
    const { port } = boundTo('http 127.0.0.1:0', configured);
    expect(port).toBeGreaterThan(0);
    addresses.settle([{ id: 'http 127.0.0.1:0', tls: false, host: '127.0.0.1', port }]);
    expect((await boundOf(addresses, '127.0.0.1:0'))('http 127.0.0.1:0', configured)).toEqual({
      host: '127.0.0.1',
      port,
    });
  });

  it('finds the IP address of a name, since workers ask no name service', async () => {
    const boundTo = await boundOf(new Addresses(), 'localhost:0');
    const bound = boundTo('http localhost:0', { host: 'localhost', port: 0 });
    expect(['127.0.0.1', '::1']).toContain(bound.host);
    expect(bound.port).toBeGreaterThan(0);
  });

  it('leaves nothing bound', async () => {
    const port = await freePort();
    await boundOf(new Addresses(), `127.0.0.1:${port}`);
    const server = createServer().listen({ port, host: '127.0.0.1', exclusive: true });
    servers.push(server);
    await once(server, 'listening');
  });

  it('names every address that cannot be had, with its place and the reason', async () => {
    const port = await occupied();
    const found = await new Addresses().look(
      draftOf(`listen:\n  http:\n    - "127.0.0.1:${port}"\n    - "192.0.2.1:80"\n`),
      false,
    );
    expect(found).toEqual([
      expect.objectContaining({
        code: 'BAD_ADDRESS',
        message: `cannot listen on 127.0.0.1:${port}: another program listens there (find it with: ss -ltnp)`,
        origin: expect.objectContaining({ line: 3 }),
      }),
      expect.objectContaining({
        message: 'cannot listen on 192.0.2.1:80: the address does not belong to this machine',
        origin: expect.objectContaining({ line: 4 }),
      }),
    ]);
  });

  it('looks at https only where it opens', async () => {
    const port = await occupied();
    const draft = listening('127.0.0.1:0', `127.0.0.1:${port}`);
    expect(typeof (await new Addresses().look(draft, false))).toBe('function');
    expect(typeof (await new Addresses().look(draft, true))).toBe('object');
  });

  it('does not trip over what the process itself listens on, nor where that moves on its port', async () => {
    const port = await occupied();
    const addresses = new Addresses();
    addresses.settle([{ id: `http 127.0.0.1:${port}`, tls: false, host: '127.0.0.1', port }]);
    await boundOf(addresses, `127.0.0.1:${port}`);
    await boundOf(addresses, `0.0.0.0:${port}`);
    addresses.settle([]);
    expect(Array.isArray(await addresses.look(listening(`127.0.0.1:${port}`), false))).toBe(true);
  });
});
