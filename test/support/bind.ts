/**
 * BIND (Debian's `named`) on 127.0.0.1 and a port of its own, with the zones that a test writes. It knows its zones alone; the root
 * is one of them, so that climbing to the top ends in an answer. It follows CNAME records, as a resolver does. Its files lie in a folder
 * that goes with it.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
}

export interface BindWish {
  readonly zones: Readonly<Record<string, BindZone>>;
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
  /** How many questions for TXT records of this name it was asked. */
  questions(name: string): number;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
endBehindEachFile(() => {
  for (const child of running) child.kill('SIGKILL');
});

export async function startBind({ zones, port, keys = {} }: BindWish): Promise<Bind> {
  const folder = mkdtempSync(join(tmpdir(), 'penstock-bind-'));
  const ownPort = port ?? (await freePort());
  mkdirSync(join(folder, 'zones'));
  const all = { '.': { records: '' }, ...zones };
  for (const [name, zone] of Object.entries(all)) writeFileSync(zoneFile(folder, name), zoneText(zone));
  const config = join(folder, 'named.conf');
  writeFileSync(config, configText({ folder, port: ownPort, zones: all, keys }));

  const log = join(folder, 'log');
  const named = findProgram('named') ?? 'named';
  const child = spawn(named, ['-f', '-c', config, '-L', log], { stdio: 'ignore' });
  running.add(child);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const server = `127.0.0.1:${ownPort}`;
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([server]);
  await waitFor(() => Promise.all(Object.keys(all).map((zone) => resolver.resolveSoa(zone))), {
    what: `named to answer at ${server}`,
  }).catch((error) => {
    throw new Error(`${error.message}\n${readFileSync(log, 'latin1').slice(-1000)}`);
  });
  return {
    port: ownPort,
    server,
    txt: (name) =>
      resolver.resolveTxt(name).then(
        (records) => records.map((pieces) => pieces.join('')).sort(),
        () => [],
      ),
    questions: (name) => readFileSync(log, 'latin1').split(`query: ${name} IN TXT `).length - 1,
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
function zoneText({ records, nameServers = ['ns'] }: BindZone): string {
  return [
    '$TTL 1',
    '@ SOA ns hostmaster 1 3600 600 86400 1',
    ...nameServers.map((name) => `@ NS ${name}`),
    ...(nameServers.includes('ns') ? ['ns A 127.0.0.1'] : []),
    // A line that begins with a space would speak of the name before.
    ...records.split('\n').map((line) => line.trim()),
    '',
  ].join('\n');
}

interface ConfigWish {
  readonly folder: string;
  readonly port: number;
  readonly zones: Readonly<Record<string, BindZone>>;
  readonly keys: NonNullable<BindWish['keys']>;
}

function configText({ folder, port, zones, keys }: ConfigWish): string {
  const zoneTexts = Object.entries(zones).map(
    ([name, { updatedBy = [] }]) => `zone "${name}" {
       type primary; file "${zoneFile(folder, name)}"; notify no;
       allow-update { ${updatedBy.length === 0 ? 'none;' : updatedBy.map((key) => `key "${key}";`).join(' ')} };
     };`,
  );
  return [
    `options {
       directory "${folder}"; pid-file "${folder}/named.pid"; session-keyfile "${folder}/session.key";
       managed-keys-directory "${folder}"; lock-file none; querylog yes;
       listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
       recursion yes; dnssec-validation no; minimal-responses no-auth; empty-zones-enable no; max-cache-size 8M;
     };
     controls { };`,
    ...Object.entries(keys).map(
      ([name, { algorithm, secret }]) => `key "${name}" { algorithm ${algorithm}; secret "${secret}"; };`,
    ),
    ...zoneTexts,
    '',
  ].join('\n');
}
