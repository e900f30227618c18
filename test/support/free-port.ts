/**
 * Free TCP ports for processes that must be told their port before they start. Whatever can listen on port 0 should.
 * The ports lie below the kernel's ephemeral range, so no outgoing connection takes one between the look and the use.
 */

import { createServer, type Server } from 'node:net';

/**
 * Linux gives outgoing connections ports from 32768 on (ip_local_port_range). Runs side by side have a half each
 * (`PENSTOCK_TEST_PORTS`, set by scripts/test.mjs): between the look and the use the other one could take the port.
 */
const [LOWEST = 12_000, HIGHEST = 32_000] = (process.env.PENSTOCK_TEST_PORTS ?? '12000-32000')
  .split('-')
  .map(Number);
const MAX_TRIES = 200;
/** Given out by this process: whoever got one may not listen on it yet, and tests of a file may run at once. */
const given = new Set<number>();

/** One port on which nothing listens, on any interface. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('no free port');
  return port;
}

/** `count` different ports on which nothing listens. All are held until the last one is found. */
export async function freePorts(count: number): Promise<number[]> {
  const held: { readonly port: number; readonly server: Server }[] = [];
  try {
    for (let tries = 0; held.length < count; tries++) {
      if (tries > MAX_TRIES + count) {
        throw new Error(`found only ${held.length} of ${count} free ports between ${LOWEST} and ${HIGHEST}`);
      }
      const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
      if (given.has(port)) continue;
      const server = await tryListen(port);
      if (server !== null) held.push({ port, server });
    }
    // All would be given in the end.
    if (given.size > (HIGHEST - LOWEST) / 4) given.clear();
    for (const { port } of held) given.add(port);
    return held.map(({ port }) => port);
  } finally {
    await Promise.all(held.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  }
}

/** Binding every interface fails as soon as one of them has a listener there. */
function tryListen(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => resolve(server));
  });
}
