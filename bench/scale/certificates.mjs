/**
 * Many own certificates (`certificates:`), each of two files: time to apply them and to replace one, the longest stall of a worker meanwhile
 * (see `routes.mjs`), and what each takes, before and after it was handed out once. Which worker hands it out is the kernel's choice.
 *
 * A worker keeps the contexts of so many certificates and no more, so what all of them take is less than what the first of them take each:
 * both are told.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeSelfSigned } from '../../build/primary/certs/make-self-signed.js';
import { startHelper } from '../kit/helper-process.mjs';
import { labFolder } from '../kit/lab.mjs';
import { runProbedPenstock } from '../kit/probed-penstock.mjs';
import { BUDGET, row } from './rows.mjs';

const ALL = 10_000;
const QUICK = 1_500;
/** Fewer than a worker keeps. */
const FIRST = 1_000;
const MADE_AT_A_TIME = 64;
const APPLY_MS = 180_000;
const CALM_MS = 5_000;
const HANDSHAKES_MS = 180_000;
const REPLACED = 3;
/** Names that nobody has: the default certificate is handed out. */
const WARM_UP = Array.from({ length: 500 }, (_, i) => `unknown-${i}.test`);

const nameOf = (i) => `shop-${i}.example.com`;
const fileOf = (i, kind) => join(labFolder, 'certificates', `${i}.${kind}`);

async function make(i) {
  const { chainPem, keyPem } = await makeSelfSigned(nameOf(i), [nameOf(i)], Date.now());
  writeFileSync(fileOf(i, 'pem'), chainPem);
  writeFileSync(fileOf(i, 'key'), keyPem, { mode: 0o600 });
}

async function makeAll(count) {
  mkdirSync(join(labFolder, 'certificates'));
  let next = 0;
  const one = async () => {
    while (next < count) await make(next++);
  };
  await Promise.all(Array.from({ length: MADE_AT_A_TIME }, one));
}

function config(count) {
  const entries = Array.from(
    { length: count },
    (_, i) => `  - { cert_file: ${fileOf(i, 'pem')}, key_file: ${fileOf(i, 'key')} }`,
  );
  const route =
    '  - { path: /, tls: self_signed, https_redirect: false, respond: { status: 200, body: ok } }';
  const hosts =
    'routes:\n  - { host: default.test, path: /, tls: self_signed, respond: { status: 200, body: ok } }';
  return ['workers: 2', ...(count > 0 ? ['certificates:', ...entries] : []), hosts, route, ''].join('\n');
}

export async function certificatesPart({ quick }) {
  const count = quick ? QUICK : ALL;
  await makeAll(count);
  const penstock = await runProbedPenstock('certificates', () => config(0));
  const clients = startHelper(new URL('./tls-clients.mjs', import.meta.url));
  const handOut = async (names, anyName = false) => {
    const order = { type: 'handshakes', port: penstock.ports.https, names, anyName };
    const { failures, notes } = await clients.ask(order, HANDSHAKES_MS);
    if (failures > 0) console.error(`${failures} of ${names.length} handshakes failed: ${notes.join('; ')}`);
  };
  const names = Array.from({ length: count }, (_, i) => nameOf(i));
  await handOut(WARM_UP, true);
  const baseMiB = await penstock.settledMiB();

  penstock.writeConfig(() => config(count));
  const first = await penstock.watchDelays(() => penstock.reload(APPLY_MS));
  const heldMiB = await penstock.settledMiB();
  const calm = await penstock.watchDelays(() => new Promise((resolve) => setTimeout(resolve, CALM_MS)));
  await handOut(names.slice(0, FIRST));
  const someMiB = await penstock.settledMiB();
  await handOut(names.slice(FIRST));
  const allMiB = await penstock.settledMiB();

  const replaced = [];
  for (let i = 0; i < REPLACED; i++) {
    await make(i);
    replaced.push(await penstock.watchDelays(() => penstock.reload(APPLY_MS)));
  }
  // The new ones are handed out.
  await handOut(names.slice(0, REPLACED));
  await clients.stop();
  await penstock.stop();
  return [
    { title: `${count} own certificates: apply`, rows: applyRows(first, replaced, calm) },
    {
      title: `${count} own certificates: memory`,
      rows: memoryRows(count, { baseMiB, heldMiB, someMiB, allMiB }),
    },
  ];
}

function applyRows(first, replaced, calm) {
  const worst = (figure) => Math.max(...replaced.map((one) => one[figure]));
  const ofReplaced = `one replaced, worst of ${REPLACED}`;
  return [
    row('all at once: time to apply', first.tookMs, 'ms'),
    row('all at once: longest stall of a worker', first.workerOwnMs, 'ms', BUDGET.stallMs),
    row(`${ofReplaced}: time to apply`, worst('tookMs'), 'ms'),
    row(`${ofReplaced}: longest stall of a worker`, worst('workerOwnMs'), 'ms', BUDGET.stallMs),
    row('while calm: longest stall of a worker', calm.workerOwnMs, 'ms'),
    row('while calm: longest stall of the primary thread', calm.primaryMs, 'ms'),
  ];
}

function memoryRows(count, { baseMiB, heldMiB, someMiB, allMiB }) {
  const each = (fromMiB, toMiB, number) => ((toMiB - fromMiB) * 2 ** 20) / number;
  const budget = BUDGET.servedCertificateBytes;
  return [
    row('a certificate that nobody asks for', each(baseMiB, heldMiB, count), 'B'),
    row(`a served certificate, the first ${FIRST}`, each(heldMiB, someMiB, FIRST), 'B', budget),
    row(`a served certificate, all ${count}`, each(heldMiB, allMiB, count), 'B', budget),
  ];
}
