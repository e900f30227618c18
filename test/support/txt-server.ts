/** A real DNS server whose TXT records a test sets: pebble-challtestsrv, behind `requireProgram('pebble-challtestsrv')`. Ended behind the test file. */

import { type ChildProcess, spawn } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { findProgram } from '../../scripts/debian-programs.mjs';
import { freePorts } from './free-port.ts';
import { endBehindEachFile } from './leftovers.ts';
import { waitFor } from './wait-for.ts';

export interface TxtServer {
  /** For `domains.resolvers`. */
  readonly address: string;
  /** Adds a record. */
  add(name: string, value: string): Promise<void>;
  clear(name: string): Promise<void>;
  /** Every question for the name fails. */
  fail(name: string): Promise<void>;
}

const started = new Set<ChildProcess>();

endBehindEachFile(() => {
  for (const child of started) child.kill('SIGKILL');
  started.clear();
});

export async function startTxtServer(): Promise<TxtServer> {
  const [dns = 0, management = 0] = await freePorts(2);
  const address = `127.0.0.1:${dns}`;
  const off = ['-http01', '', '-https01', '', '-tlsalpn01', ''];
  const child = spawn(
    findProgram('pebble-challtestsrv') ?? '',
    [...off, '-dns01', address, '-management', `127.0.0.1:${management}`],
    { stdio: 'ignore' },
  );
  started.add(child);
  const set = async (action: string, name: string, value?: string): Promise<void> => {
    const response = await fetch(`http://127.0.0.1:${management}/${action}`, {
      method: 'POST',
      body: JSON.stringify({ host: `${name}.`, value }),
    });
    if (!response.ok) throw new Error(`${action} failed: ${await response.text()}`);
  };
  const resolver = new Resolver({ timeout: 200, tries: 1 });
  resolver.setServers([address]);
  await waitFor(
    async () => {
      await set('clear-txt', 'nothing.test');
      return await resolver.resolve4('up.test');
    },
    { what: 'pebble-challtestsrv to answer' },
  );
  return {
    address,
    add: (name, value) => set('set-txt', name, value),
    clear: (name) => set('clear-txt', name),
    fail: (name) => set('set-servfail', name),
  };
}
