/**
 * A penstock of dist/ under mixed traffic for a long time, with reloads, replaced certificates, and endpoints that end and come back. The
 * script is the check: it exits 1 where a bound is broken, and says which, and when.
 *
 *   npm run bench:soak -- [--minutes 60] [--calm 1]
 *
 * `--calm N`: everything that happens again and again does so N times as seldom, for a soak beside other work.
 *
 * Traffic: GET over connections that stay and that come and go, plain and TLS with server names, HTTP/2 both ways; bodies up and down with
 * checksums; readers and heads that are slow; WebSockets; gRPC; keys of a rate limit. Every answer is checked. What the rules let fail:
 * 429 for the one key that asks for more than it may, and the end of connections whose head takes longer than `timeouts.read`. Nothing else:
 * GET to an endpoint that is killed is sent again (docs/retries-and-timeouts.md), and a reload ends no request and no connection.
 *
 * Bounds: no failed request; the memory of the last two thirds, garbage collected, does not rise (MAX_GROWTH_MIB); the descriptors of the
 * beginning at the end (MAX_FILES_LEFT); no worker died; no error in the log; each reload took effect; exit status 0.
 */

import { X509Certificate } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { parseArgs } from 'node:util';
import { makeSelfSigned } from '../../build/primary/certs/make-self-signed.js';
import { stopHelpers } from '../kit/helper-process.mjs';
import { closeLab, labFolder } from '../kit/lab.mjs';
import { waitUntil } from '../kit/penstock-process.mjs';
import { runProbedPenstock } from '../kit/probed-penstock.mjs';
import { openFiles, rssMiB } from '../kit/process-memory.mjs';
import { soakConfig, swapTarget } from './configuration.mjs';
import { growthMiB, MAX_FILES_LEFT, MAX_GROWTH_MIB, tableOf } from './samples.mjs';
import { startOrigins, startTraffic } from './traffic.mjs';

const RELOAD_EVERY_MS = 3_000;
/** Every so many reloads bring another certificate, and every so many are left to the watch on the file. */
const RELOADS_A_CERTIFICATE = 3;
const RELOADS_A_SAVE = 4;
const CHURN_EVERY_MS = 15_000;
/**
 * Longer than the window of the retry budget, which is a share of the requests in it: what is lost to an endpoint that ends before so many
 * have come is not sent again, and the rules let it fail.
 */
const CHURN_FROM_MS = 12_000;
const CROWD_EVERY_MS = 20_000;
const SAMPLES = 60;
const MIN_SAMPLE_MS = 5_000;
/** Of a shorter soak the last two thirds are not over what a process takes at first, and its memory is not judged. */
const MEMORY_MINUTES = 5;
/** With fewer there is no line through the last two thirds. */
const MIN_SAMPLES = 4;
const TOOK_EFFECT_MS = 15_000;
/** How often it is looked whether the time has come. */
const LOOK_MS = 50;
const QUIET_MS = 30_000;
const MAX_MINUTES = 24 * 60;
/** HTTP/2 connections that ask more seldom are shown out in between. */
const MAX_CALM = 10;

const { values: given } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, calm: { type: 'string', default: '1' } },
});
const minutes = Number(given.minutes);
if (!(minutes > 0 && minutes <= MAX_MINUTES))
  throw new Error(`--minutes is more than 0 and at most ${MAX_MINUTES}`);
const calm = Number(given.calm);
if (!(calm >= 1 && calm <= MAX_CALM)) throw new Error(`--calm is 1 to ${MAX_CALM}`);
const durationMs = minutes * 60_000;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What is wrong, with the time. */
const problems = [];
const problem = (what) => problems.push(`${new Date().toISOString()} ${what}`);

/** A pair of files without their endings, and what a client sees of it. */
async function makePair(name, number) {
  const { chainPem, keyPem } = await makeSelfSigned(name, [name], Date.now());
  const path = join(labFolder, `${name}-${number}`);
  writeFileSync(`${path}.pem`, chainPem);
  writeFileSync(`${path}.key`, keyPem, { mode: 0o600 });
  return { path, fingerprint: new X509Certificate(chainPem).fingerprint256 };
}

/** What a new connection to `swap.test` gets: the origin's name and the certificate. */
async function lookAtSwap({ https }) {
  const socket = connect({
    port: https,
    host: '127.0.0.1',
    servername: 'swap.test',
    rejectUnauthorized: false,
  });
  let text = '';
  socket.setTimeout(TOOK_EFFECT_MS, () => socket.destroy(new Error('no answer')));
  socket.setEncoding('latin1').on('data', (piece) => {
    text += piece;
  });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.write('GET /?n=look HTTP/1.1\r\nHost: swap.test\r\nConnection: close\r\n\r\n');
  await new Promise((resolve, reject) => socket.once('end', resolve).once('error', reject));
  socket.destroy();
  return { fingerprint: fingerprint256, target: /\r\n\r\n(\w+)/.exec(text)?.[1] ?? text.slice(0, 100) };
}

/** Brings one edition of the configuration after the other. */
function reloader(penstock, { addresses }, stable, firstPair) {
  let edition = 0;
  let pair = firstPair;
  return {
    count: () => edition,
    async next() {
      edition += 1;
      const old = pair;
      if (edition % RELOADS_A_CERTIFICATE === 0) pair = await makePair('swap.test', edition);
      const { path } = pair;
      penstock.writeConfig(() =>
        soakConfig({ edition, origins: addresses, certificate: path, stable: stable.path }),
      );
      if (edition % RELOADS_A_SAVE !== 0) {
        const { status, text } = await penstock.admin('/v1/reload', { method: 'POST' });
        if (status !== 200) throw new Error(`reload ${edition}: ${text.slice(0, 200)}`);
      }
      const expected = { fingerprint: pair.fingerprint, target: swapTarget(edition) };
      await waitUntil(
        `edition ${edition} to serve`,
        async () => {
          const { fingerprint, target } = await lookAtSwap(penstock.ports);
          return fingerprint === expected.fingerprint && target === expected.target;
        },
        TOOK_EFFECT_MS,
      );
      if (old !== pair) for (const ending of ['pem', 'key']) rmSync(`${old.path}.${ending}`);
    },
  };
}

/** Does it again and again until `isOver`, each time so long after the time before began. What fails is a problem. */
async function repeat(everyMs, isOver, act) {
  while (!isOver()) {
    const next = performance.now() + everyMs;
    await act().catch((error) => problem(error.message));
    while (!isOver() && performance.now() < next) await sleep(LOOK_MS);
  }
}

/** Lines of the log by their level. */
function logLines(penstock, level) {
  return penstock
    .log()
    .split('\n')
    .filter((line) => line.includes(`"level":"${level}"`));
}

/** Those that died or do not serve. */
async function unwellWorkers(penstock) {
  const { workers } = JSON.parse((await penstock.admin('/v1/status')).text);
  return workers.filter(({ state, restarts }) => state !== 'serving' || restarts > 0);
}

/** What was told of failed requests. */
const known = new Set();
/** Tells of those in a report that are new; gives the report. */
function tell(report) {
  for (const note of report.notes.filter((one) => !known.has(one))) {
    known.add(note);
    problem(note);
  }
  return report;
}

async function takeSample(penstock, traffic, { fromMs, reloads }) {
  const was = rssMiB(penstock.pid);
  const { counts, failures } = tell(await traffic.report());
  const answers = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const atS = (performance.now() - fromMs) / 1_000;
  const files = openFiles(penstock.pid);
  const { residentMiB, usedMiB } = await penstock.settled();
  const memory = { settledMiB: residentMiB, usedMiB, rssMiB: was };
  return { atS, ...memory, files, answers, failures, reloads: reloads.count() };
}

/** Ends the traffic, then penstock, and looks at what is left of each. */
async function end(penstock, traffic, filesBefore) {
  const { counts, failures } = tell(await traffic.stop());
  if (failures > 0) problem(`${failures} requests failed`);
  console.log(`answers: ${JSON.stringify(counts)}`);
  const unwell = await unwellWorkers(penstock);
  if (unwell.length > 0) problem(`workers that died or do not serve: ${JSON.stringify(unwell)}`);
  const isQuiet = () => openFiles(penstock.pid) <= filesBefore + MAX_FILES_LEFT;
  await waitUntil('the descriptors of the beginning', isQuiet, QUIET_MS).catch(({ message }) =>
    problem(message),
  );
  console.log(`descriptors: ${filesBefore} at the beginning, ${openFiles(penstock.pid)} at the end`);
  const status = await penstock.stop();
  if (status !== 0) problem(`penstock ended with ${status}`);
  for (const line of [...logLines(penstock, 'error'), ...logLines(penstock, 'fatal')])
    problem(`in the log: ${line}`);
  console.log(`warnings in the log: ${logLines(penstock, 'warn').length}`);
}

async function soak() {
  const origins = await startOrigins();
  const stable = await makePair('stable.test', 0);
  const firstPair = await makePair('swap.test', 0);
  const start = { edition: 0, origins: origins.addresses, certificate: firstPair.path, stable: stable.path };
  const penstock = await runProbedPenstock('soak', () => soakConfig(start));
  const reloads = reloader(penstock, origins, stable, firstPair);
  const filesBefore = openFiles(penstock.pid);
  const traffic = await startTraffic(penstock.ports, calm);
  const fromMs = performance.now();
  const isOver = () => penstock.isOver() || performance.now() - fromMs >= durationMs;
  const samples = [];
  const sample = async () => void samples.push(await takeSample(penstock, traffic, { fromMs, reloads }));
  await Promise.all([
    repeat(RELOAD_EVERY_MS * calm, isOver, () => reloads.next()),
    sleep(CHURN_FROM_MS).then(() => repeat(CHURN_EVERY_MS * calm, isOver, () => origins.churn())),
    repeat(CROWD_EVERY_MS * calm, isOver, () => traffic.renewCrowd()),
    repeat(Math.max(MIN_SAMPLE_MS * calm, durationMs / SAMPLES), isOver, sample),
  ]);
  if (penstock.isOver()) {
    problem('penstock ended');
    console.log(penstock.log().slice(-4_000));
    return samples;
  }
  await sample();
  await end(penstock, traffic, filesBefore);
  return samples;
}

try {
  const samples = await soak();
  if (samples.length < MIN_SAMPLES) problem(`${samples.length} samples are too few to tell what memory does`);
  else {
    console.log(`\n${tableOf(samples)}\n`);
    const growth = growthMiB(samples);
    console.log(`memory over the last two thirds: ${growth.toFixed(1)} MiB, at most ${MAX_GROWTH_MIB}`);
    if (minutes < MEMORY_MINUTES) console.log(`not judged: that takes ${MEMORY_MINUTES} minutes`);
    else if (!(growth <= MAX_GROWTH_MIB))
      problem(`memory grew by ${growth.toFixed(1)} MiB over the last two thirds`);
  }
  console.log(problems.length === 0 ? 'every bound holds' : `\nbroken:\n- ${problems.join('\n- ')}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  await stopHelpers();
  await closeLab();
}
