/**
 * BIND (Debian's `named`) on a loopback address and port of its own, with the zones that a test writes. It answers for its zones alone; the root
 * is one of them, so that climbing to the top ends in an answer. Its files lie in a folder that goes with it.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../scripts/debian-programs.mjs';
import { freePort } from './free-port.ts';
import { endBehindEachFile } from './leftovers.ts';
import { waitFor } from './wait-for.ts';

export interface BindZone {
  /** Records below the SOA and NS ones, in the form of RFC 1035 5.1, relative to the zone. */
  readonly records: string;
  /** Name servers of the zone; `ns` of the zone, at the server's own address, by default. */
  readonly nameServers?: readonly string[];
  /** Who may update: names of keys; nobody by default. */
  readonly updatedBy?: readonly string[];
  /** "127.0.0.2": a copy of the zone that this server fetches from there, with the same port. */
  readonly copyOf?: string;
}

export interface BindWish {
  readonly zones: Readonly<Record<string, BindZone>>;
  /** 127.0.0.1 by default; any of 127.0.0.0/8 will do. */
  readonly address?: string;
  readonly port?: number;
  /** TSIG keys by name. */
  readonly keys?: Readonly<Record<string, { readonly algorithm: string; readonly secret: string }>>;
}

export interface Bind {
  readonly port: number;
  /** "127.0.0.1:12345" */
  readonly server: string;
  /** The TXT records that it has, sorted. */
  txt(name: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
endBehindEachFile(() => {
  for (const child of running) child.kill('SIGKILL');
});

export async function startBind({ zones, address = '127.0.0.1', port, keys = {} }: BindWish): Promise<Bind> {
  const folder = mkdtempSync(join(tmpdir(), 'penstock-bind-'));
  const ownPort = port ?? (await freePort());
  mkdirSync(join(folder, 'zones'));
  const all = { '.': { records: '' }, ...zones };
  for (const [name, zone] of Object.entries(all))
    writeFileSync(zoneFile(folder, name), zoneText(zone, address));
  const config = join(folder, 'named.conf');
  writeFileSync(config, configText({ folder, address, port: ownPort, zones: all, keys }));

  const named = findProgram('named') ?? 'named';
  const child = spawn(named, ['-f', '-c', config, '-L', join(folder, 'log')], { stdio: 'ignore' });
  running.add(child);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const server = `${address}:${ownPort}`;
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([server]);
  await waitFor(() => Promise.all(Object.keys(all).map((zone) => resolver.resolveSoa(zone))), {
    what: `named to answer at ${server}`,
  });
  return {
    port: ownPort,
    server,
    txt: (name) =>
      resolver.resolveTxt(name).then(
        (records) => records.map((pieces) => pieces.join('')).sort(),
        () => [],
      ),
    stop: async () => {
      child.kill('SIGTERM');
      await gone;
      running.delete(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function zoneFile(folder: string, name: string): string {
  return join(folder, 'zones', name === '.' ? 'root' : name);
}

/** A short negative time to live: what does not exist yet may exist soon. */
function zoneText({ records, nameServers = ['ns'] }: BindZone, address: string): string {
  return [
    '$TTL 1',
    '@ SOA ns hostmaster 1 3600 600 86400 1',
    ...nameServers.map((name) => `@ NS ${name}`),
    ...(nameServers.includes('ns') ? [`ns A ${address}`] : []),
    // A line that begins with a space would speak of the name before.
    ...records.split('\n').map((line) => line.trim()),
    '',
  ].join('\n');
}

interface ConfigWish {
  readonly folder: string;
  readonly address: string;
  readonly port: number;
  readonly zones: Readonly<Record<string, BindZone>>;
  readonly keys: NonNullable<BindWish['keys']>;
}

function configText({ folder, address, port, zones, keys }: ConfigWish): string {
  const zoneTexts = Object.entries(zones).map(([name, { updatedBy = [], copyOf }]) =>
    copyOf === undefined
      ? `zone "${name}" { type primary; file "${zoneFile(folder, name)}"; notify no;
           allow-update { ${updatedBy.map((key) => `key "${key}";`).join(' ')} }; allow-transfer { any; }; };`
      : `zone "${name}" { type secondary; file "${zoneFile(folder, name)}"; primaries port ${port} { ${copyOf}; };
           transfer-source ${address}; };`,
  );
  return [
    `options {
       directory "${folder}"; pid-file "${folder}/named.pid"; session-keyfile "${folder}/session.key";
       managed-keys-directory "${folder}"; lock-file none;
       listen-on port ${port} { ${address}; }; listen-on-v6 { none; };
       recursion no; dnssec-validation no; minimal-responses no-auth; empty-zones-enable no; max-cache-size 8M;
     };
     controls { };`,
    ...Object.entries(keys).map(
      ([name, { algorithm, secret }]) => `key "${name}" { algorithm ${algorithm}; secret "${secret}"; };`,
    ),
    ...zoneTexts,
    '',
  ].join('\n');
}
