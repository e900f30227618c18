/** Starts that cannot succeed: one clear sentence with its code, the right exit status, and nothing left running. */

import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type RunningPenstock, type RunPenstockOptions, runPenstock } from '../support/run-penstock.ts';

const RESPOND = { workers: 2, routes: [{ path: '/', respond: { status: 200 } }] };
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function failedStart(
  options: RunPenstockOptions,
): Promise<RunningPenstock & { readonly code: number | null }> {
  const penstock = await runPenstock({ ...options, waitReady: false });
  const { code, signal } = await penstock.waitExit(20_000);
  expect({ signal, ready: /^ready /m.test(penstock.stderr()) }).toEqual({ signal: null, ready: false });
  return { ...penstock, code };
}

/** Something else on the port. */
async function occupy(port: number): Promise<void> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

describe('a start that cannot succeed', () => {
  it.each(['http', 'https', 'admin'] as const)('because the %s port is taken', async (listener) => {
    let taken = 0;
    const penstock = await failedStart({
      config: (ports) => {
        taken = ports[listener];
        const server = createServer();
        servers.push(server);
        server.listen(taken, '127.0.0.1');
        return {
          listen: {
            http: `127.0.0.1:${ports.http}`,
            https: `127.0.0.1:${ports.https}`,
            admin: `127.0.0.1:${ports.admin}`,
          },
          ...RESPOND,
        };
      },
    });
    expect(penstock.stderr()).toContain(`cannot listen on 127.0.0.1:${taken}`);
    expect(penstock.stderr()).toMatch(listener === 'admin' ? /PENSTOCK_ADDRESS_UNAVAILABLE/ : /BAD_ADDRESS/);
    expect(penstock.code).toBe(listener === 'admin' ? 1 : 2);
    // Whatever had begun is gone: the ports can be had.
    for (const port of Object.values(penstock.ports)) if (port !== taken) await occupy(port);
  });

  it('because the engine is not where it is said to be', async () => {
    const config = { ...RESPOND, listen: { engine: 'uws', http: '127.0.0.1:0', admin: 'off' } };
    const penstock = await failedStart({ config, env: { PENSTOCK_UWS: '/nonexistent.node' } });
    expect(penstock.code).toBe(1);
    expect(penstock.stderr()).toContain('/nonexistent.node');
    expect(penstock.stderr()).toContain('PENSTOCK_NATIVE_UNAVAILABLE');
  });

  it('because the engine is something else', async () => {
    const penstock = await failedStart({
      config: { ...RESPOND, listen: { engine: 'uws', http: '127.0.0.1:0', admin: 'off' } },
      files: { 'engine.node': 'not a library' },
      env: { PENSTOCK_UWS: './engine.node' },
    });
    expect(penstock.code).toBe(1);
    expect(penstock.stderr()).toMatch(
      /^error: .*engine\.node, which PENSTOCK_UWS names, cannot be loaded .* \(PENSTOCK_\w+\)$/m,
    );
    expect(penstock.stderr()).not.toContain('replaced');
  });

  it('because the state directory is a file', async () => {
    const penstock = await failedStart({
      files: { state: 'a file' },
      config: { ...RESPOND, state_dir: './state' },
    });
    expect(penstock.code).toBe(1);
    expect(penstock.stderr()).toContain(`the state directory ${penstock.folder}/state cannot be written`);
    expect(penstock.stderr()).toContain('state_dir');
    expect(penstock.stderr()).toContain('PENSTOCK_STATE_UNWRITABLE');
  });

  it('because the configuration is not there', async () => {
    const penstock = await failedStart({ config: RESPOND, args: ['-c', './none.yaml'] });
    expect(penstock.code).toBe(2);
    expect(penstock.stderr()).toContain('none.yaml');
  });
});
