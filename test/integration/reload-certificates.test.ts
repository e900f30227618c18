/** Which certificate a new handshake gets after names came, went and changed, while connections of before go on. */

import { X509Certificate } from 'node:crypto';
import { Agent } from 'node:https';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCertificate } from '../support/cert-maker.ts';
import { ask } from '../support/http-ask.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';

const agents: Agent[] = [];
afterEach(() => {
  for (const agent of agents.splice(0)) agent.destroy();
});

/** Files `NAME.pem` and `NAME.key` for each name, and the fingerprints by name. */
async function certificatesFor(hostsByName: Readonly<Record<string, readonly string[]>>) {
  const files: Record<string, string> = {};
  const fingerprints: Record<string, string> = {};
  for (const [name, hosts] of Object.entries(hostsByName)) {
    const { certPem, keyPem, leafPem } = await makeCertificate({ hosts });
    files[`${name}.pem`] = certPem;
    files[`${name}.key`] = keyPem;
    fingerprints[name] = new X509Certificate(leafPem).fingerprint256;
  }
  return {
    files,
    nameOf: (fingerprint: string) =>
      Object.keys(fingerprints).find((name) => fingerprints[name] === fingerprint),
  };
}

const config = (penstockListen: object | null, names: readonly string[]): object => ({
  ...(penstockListen === null ? {} : { listen: penstockListen }),
  // One worker: every handshake meets the one that has handed names out before.
  workers: 1,
  routes: [{ path: '/', respond: { status: 200, body: 'ok' } }],
  certificates: names.map((name) => ({ cert_file: `${name}.pem`, key_file: `${name}.key` })),
});

async function use(penstock: RunningPenstock, names: readonly string[]): Promise<void> {
  const { http, https, admin } = penstock.ports;
  const listen = { http: `127.0.0.1:${http}`, https: `127.0.0.1:${https}`, admin: `127.0.0.1:${admin}` };
  penstock.writeConfig(config(listen, names));
  expect((await penstock.reload()).json.outcome).toBe('applied');
}

describe('certificates that change in a reload', () => {
  it('follow exact names over wildcards, as these come, change and go', async () => {
    const { files, nameOf } = await certificatesFor({
      wild: ['*.w.test'],
      exact: ['a.w.test'],
      renewed: ['a.w.test'],
      other: ['b.test'],
    });
    const penstock = await runPenstock({ files, config: config(null, ['wild']) });
    const { https } = penstock.ports;
    const served = async (host: string): Promise<string> =>
      nameOf((await ask(https, { tls: true, host })).fingerprint) ?? 'default';
    const all = async (): Promise<string[]> => [
      await served('a.w.test'),
      await served('c.w.test'),
      await served('b.test'),
      await served('unknown.test'),
    ];
    // A connection from each state goes on through all that follow.
    const kept: Agent[] = [];
    const check = async (expected: readonly string[]): Promise<void> => {
      expect(await all()).toEqual(expected);
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      agents.push(agent);
      kept.push(agent);
      for (const one of kept) {
        expect((await ask(https, { tls: true, host: 'a.w.test', agent: one })).text).toBe('ok');
      }
    };
    await check(['wild', 'wild', 'default', 'default']);
    // New names, one of them below a wildcard that was handed out already, one that was asked for in vain.
    await use(penstock, ['wild', 'exact', 'other']);
    await check(['exact', 'wild', 'other', 'default']);
    await use(penstock, ['wild', 'renewed', 'other']);
    await check(['renewed', 'wild', 'other', 'default']);
    await use(penstock, ['wild']);
    await check(['wild', 'wild', 'default', 'default']);
    await use(penstock, ['renewed']);
    await check(['renewed', 'default', 'default', 'default']);
    await use(penstock, ['wild', 'exact', 'other']);
    await check(['exact', 'wild', 'other', 'default']);
    expect(await penstock.stop()).toEqual({ code: 0, signal: null });
  });
});
