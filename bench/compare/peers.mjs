/** The proxies that are compared: how each is started from its template in configs/, and which processes it then is. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../../scripts/debian-programs.mjs';
import { freePort } from '../kit/lab.mjs';
import { SETUPS } from './setups.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const MAIN = here('../../dist/cli/main.js');
const FLOOR = here('../../native-bench/build/floor');
const STARTS_WITHIN_MS = 20_000;

/**
 * `template`: in configs/. `command`: of the file that came of it. `setups`: whose words it speaks. `env`: of its process. `version`: a command
 * that prints it. What has no template knows no configuration.
 */
const PEERS = [
  penstockPeer('node'),
  penstockPeer('uws'),
  {
    name: 'nginx',
    setups: 'nginx',
    template: 'nginx.conf',
    command: (file, folder) => ['nginx', '-p', folder, '-c', file, '-e', join(folder, 'error.log')],
    version: ['nginx', '-v'],
  },
  {
    name: 'haproxy',
    setups: 'haproxy',
    template: 'haproxy.cfg',
    command: (file) => ['haproxy', '-db', '-f', file],
    version: ['haproxy', '-v'],
  },
  {
    name: 'caddy',
    setups: 'caddy',
    template: 'Caddyfile',
    command: (file) => ['caddy', 'run', '--adapter', 'caddyfile', '--config', file],
    // It writes its configuration down below HOME.
    env: (workers, folder) => ({
      GOMAXPROCS: String(workers),
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      XDG_DATA_HOME: folder,
    }),
    version: ['caddy', 'version'],
  },
  {
    name: 'h2o',
    setups: 'h2o',
    template: 'h2o.yaml',
    command: (file) => ['h2o', '-c', file],
    version: ['h2o', '--version'],
  },
  { name: 'floor', setups: null, command: null, version: null },
];

function penstockPeer(engine) {
  return {
    name: `penstock (${engine})`,
    setups: 'penstock',
    template: 'penstock.yaml',
    values: { engine },
    command: (file, _folder, flags) => [process.execPath, ...flags, MAIN, 'run', '-c', file],
    version: [process.execPath, MAIN, 'version'],
  };
}

/** Those whose program is here. */
export function peersHere() {
  return PEERS.filter(({ command, version }) => {
    if (command === null || version === null) return true;
    return version[0] === process.execPath || findProgram(version[0]) !== null;
  });
}

/** `engine`: node or uws. */
export function penstockWith(engine) {
  return PEERS.find(({ name }) => name === `penstock (${engine})`);
}

export function versionOf({ version }) {
  if (version === null) return '';
  const { stdout, stderr } = spawnSync(version[0], version.slice(1), { encoding: 'utf8' });
  return `${stdout}${stderr}`.trim().split('\n')[0] ?? '';
}

export function takesPart(peer, setup) {
  return peer.setups === null ? setup === 'bare' : setup in SETUPS[peer.setups];
}

/**
 * Starts a peer in a setup and waits until it answers. `cpus`: those that it may run on, as taskset has them; empty = all. `flags`: of Node.
 * Gives its ports, its process, and a way to stop it.
 */
export async function startPeer(peer, setup, { folder: parent, origin, workers, cpus, path, flags = [] }) {
  const folder = join(parent, `${peer.name.replaceAll(/\W+/g, '-')}-${setup}-${workers}`);
  mkdirSync(folder, { recursive: true });
  const ports = { http: await freePort(), https: await freePort(), admin: await freePort() };
  for (const name of ['cert.pem', 'key.pem', 'both.pem'])
    writeFileSync(join(folder, name), readFileSync(join(parent, name)), { mode: 0o600 });
  const command = commandOf(peer, setup, { folder, origin, workers, flags, ...ports });
  const pinned = cpus === '' ? command : ['taskset', '-c', cpus, ...command];
  const env = { ...process.env, ...peer.env?.(workers, folder) };
  const child = spawn(pinned[0], pinned.slice(1), { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    if (said.length < 4_000) said += text;
  });
  await untilAnswers(`http://127.0.0.1:${ports.http}${path}`, child, () => `${peer.name}: ${said}`);
  return {
    name: peer.name,
    pid: child.pid,
    ...ports,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

function commandOf(peer, setup, values) {
  if (peer.template === undefined) return [FLOOR, String(values.http), String(values.origin)];
  const { files = {}, ...parts } = SETUPS[peer.setups][setup];
  for (const [name, content] of Object.entries(files)) writeFileSync(join(values.folder, name), content);
  const file = join(values.folder, peer.template);
  const template = readFileSync(here(`configs/${peer.template}.template`), 'utf8');
  // The parts first: they have places for values as well.
  writeFileSync(file, filled(filled(template, parts), { ...values, ...peer.values }));
  return peer.command(file, values.folder, values.flags);
}

function filled(template, values) {
  return template.replaceAll(/\{\{(\w+)\}\}/g, (place, name) =>
    name in values ? String(values[name]) : place,
  );
}

async function untilAnswers(url, child, words) {
  const end = performance.now() + STARTS_WITHIN_MS;
  while (performance.now() < end && child.exitCode === null) {
    try {
      const response = await fetch(url, {
        signal: AbortSignal.timeout(1_000),
        headers: { 'X-Client': 'bench' },
      });
      await response.arrayBuffer();
      if (response.status === 200) return;
    } catch {
      // Not yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`${words()}\nnothing answers 200 at ${url}`);
}
