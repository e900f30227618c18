/** A start over the certificates of a thousand names, which the state directory has: how long until it serves, and that each name gets its own. */

import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createSecureContext } from 'node:tls';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { NEW_ISSUANCE } from '../../src/primary/certs/acme/lifecycle.ts';
import { NameFiles } from '../../src/primary/certs/acme/name-files.ts';
import { NEW_RECORD } from '../../src/primary/certs/acme/name-record.ts';
import { type CertificatePair, makePair } from '../../src/primary/certs/certificate-pair.ts';
import type { Store } from '../../src/primary/store/store.ts';
import { makeAuthority, makeCertificate } from '../support/cert-maker.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';

const DAY = 86_400_000;
const NAMES = 1_000;
/** To make a thousand takes longer than all else here. */
const PAIRS = 100;
/** Nobody listens there: nothing is asked for, since nothing is due. */
const DIRECTORY = 'http://127.0.0.1:1/directory';
const CLIENTS = 16;

it('a thousand names are served from the state directory after a start', async () => {
  const pairs = await madePairs();
  const hosts = Array.from({ length: NAMES }, (_, n) => `a.n${n}.example.com`);
  const pairOf = (index: number): CertificatePair => pairs[index % PAIRS] as CertificatePair;
  const stateDir = mkdtempSync(join(tmpdir(), 'penstock-stored-'));
  onTestFinished(() => rmSync(stateDir, { recursive: true }));
  for (const room of ['certificates', 'issuance']) mkdirSync(join(stateDir, room));
  // None of the syncs that a store of its own would do.
  const put = async (key: string, bytes: Uint8Array) => writeFileSync(join(stateDir, key), bytes);
  const names = new NameFiles({ put } as Store, pino({ level: 'silent' }));
  for (const [index, host] of hosts.entries()) {
    const pair = pairOf(index);
    const { notBeforeMs, notAfterMs } = pair;
    const certificate = { notBeforeMs, notAfterMs, renewAtMs: Date.now() + 9 * DAY };
    const issuance = { ...NEW_ISSUANCE, phase: 'issued', certificate } as const;
    const renewBeforeMs = 10 * DAY;
    await names.putCertificate(host, pair, DIRECTORY, Date.now());
    await names.putRecord(host, { ...NEW_RECORD, issuance, renewBeforeMs, nextAskMs: Date.now() + DAY });
  }

  const configOf = (routed: readonly string[]) => ({
    state_dir: routed.length === NAMES ? stateDir : 'state',
    workers: 2,
    acme: { email: 'ops@example.com', directory: DIRECTORY, renew_before: '10d' },
    routes: routed.map((host) => ({ host, respond: { body: 'x' } })),
  });
  const started = async (routed: readonly string[]): Promise<RunningPenstock> =>
    runPenstock({ config: configOf(routed) });

  const beganMs = performance.now();
  const one = await started(hosts.slice(0, 1));
  const oneMs = performance.now() - beganMs;
  await one.stop();
  const startedMs = performance.now();
  const penstock = await started(hosts);
  const readyMs = performance.now() - startedMs;
  const seen = await handshakes(hosts, penstock.ports.https);
  const allMs = performance.now() - startedMs;
  expect(seen).toEqual(hosts.map((_, index) => new X509Certificate(pairOf(index).chainPem).fingerprint256));
  expect(penstock.stderr()).not.toContain('no new certificate');
  const [ready, all, alone] = [readyMs, allMs, oneMs].map(Math.round);
  console.log(`${NAMES} names: ready after ${ready} ms (one name: ${alone} ms), all served after ${all} ms`);
  // Whoever shakes hands takes as long as all else, so it is the start that is measured, against that with one name.
  expect(readyMs).toBeLessThan(4 * oneMs);
  await penstock.stop();
});

async function madePairs(): Promise<CertificatePair[]> {
  const issuer = await makeAuthority();
  const hosts = ['*.example.com'];
  const pairs: CertificatePair[] = [];
  for (let made = 0; made < PAIRS; made++) {
    const { certPem, keyPem } = await makeCertificate({ hosts, issuer });
    const pair = makePair(certPem, keyPem, { certFile: '', keyFile: '' }, () => {});
    if (pair !== null) pairs.push(pair);
  }
  return pairs;
}

/** The fingerprint that each name is served with, some names at a time. */
async function handshakes(hosts: readonly string[], port: number): Promise<string[]> {
  const secureContext = createSecureContext();
  const seen: string[] = [];
  const one = (index: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const servername = hosts[index] ?? '';
      const options = { host: '127.0.0.1', port, servername, secureContext, rejectUnauthorized: false };
      const socket = connect(options, () => {
        seen[index] = socket.getPeerCertificate().fingerprint256;
        socket.destroy();
        resolve();
      });
      socket.on('error', reject);
    });
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < hosts.length) await one(next++);
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return seen;
}
