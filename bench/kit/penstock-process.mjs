/**
 * A penstock of dist/ in the lab, with what is asked of a long-lived one: new configurations, reloads, its log, its end. Its
 * configuration is YAML text made by a function of its ports.
 */

import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, labFile, labFolder, PENSTOCK_MAIN, start } from './lab.mjs';

const LOOK_MS = 20;

/** Looks until `look` gives something true. @throws after `timeoutMs` */
export async function waitUntil(what, look, timeoutMs = 20_000) {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > endMs) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/**
 * Resolves once every worker serves. `configOf(ports)`: without `listen` and `state_dir`, which are added. `flags`: of Node.
 * @throws with its log, where it does not
 */
export async function runPenstock(name, configOf, { flags = [], env = {}, readyMs = 120_000 } = {}) {
  const [http, https, admin] = [await freePort(), await freePort(), await freePort()];
  const ports = { http, https, admin };
  const head = `listen: { http: "127.0.0.1:${http}", https: "127.0.0.1:${https}", admin: "127.0.0.1:${admin}" }
state_dir: ${labFolder}/state-${name}
`;
  const file = join(labFolder, `${name}.yaml`);
  const writeConfig = (of) => {
    labFile(`${name}.yaml.new`, `${head}${of(ports)}`);
    renameSync(`${file}.new`, file);
  };
  writeConfig(configOf);
  const args = [...process.execArgv, ...flags, PENSTOCK_MAIN, 'run', '-c', file];
  const child = start(process.execPath, args, env, ['ignore', 'ignore', 'pipe']);
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (piece) => {
    log += piece;
  });
  const ended = new Promise((resolve) => child.once('close', (code) => resolve(code)));
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  await waitUntil('penstock to serve', () => isOver() || /^ready /m.test(log), readyMs).catch((error) => {
    throw new Error(`${error.message}\n${log}`);
  });
  if (isOver()) throw new Error(`penstock ended\n${log}`);

  const url = `http://127.0.0.1:${admin}`;
  return {
    pid: child.pid,
    ports,
    writeConfig,
    log: () => log,
    isOver,
    /** An answer of the admin listener. */
    async admin(path, { method = 'GET', timeoutMs = 60_000 } = {}) {
      const response = await fetch(`${url}${path}`, { method, signal: AbortSignal.timeout(timeoutMs) });
      return { status: response.status, text: await response.text() };
    },
    /** Milliseconds from the request to the answer that all workers serve it. @throws if they do not */
    async reload(timeoutMs) {
      const fromMs = performance.now();
      const { status, text } = await this.admin('/v1/reload', { method: 'POST', timeoutMs });
      const tookMs = performance.now() - fromMs;
      const { outcome, message } = JSON.parse(text);
      if (status !== 200 || outcome !== 'applied') throw new Error(`reload ${outcome}: ${message}`);
      return tookMs;
    },
    /** The exit status. */
    async stop() {
      child.kill('SIGTERM');
      return await ended;
    },
  };
}
