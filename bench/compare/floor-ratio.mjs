/**
 * What penstock costs a request in units of the floor (native-bench/floor: bytes forwarded without being looked at, the least that any proxy on
 * this kernel can cost): CPU time per request, a browser's request, one worker each, on the node engine and on uws. Rounds go around all three. A guard
 * of `npm test` reads it (test/e2e/load-floor.test.ts); the whole comparison is compare.mjs.
 *
 *   node bench/compare/floor-ratio.mjs [--rounds 5]     prints one line of JSON: for each engine the ratio of each round, and requests
 *
 * Needs wrk, make and a C compiler. Loopback only; about 25 seconds.
 */

import { parseArgs } from 'node:util';
import { closeLab, labFolder, makeCertificate } from '../kit/lab.mjs';
import { buildNative, startNativeOrigin } from '../kit/origin.mjs';
import { cpuSeconds } from '../kit/process-figures.mjs';
import { CASES } from './cases.mjs';
import { saturate } from './load.mjs';
import { peersHere, penstockWith, startPeer } from './peers.mjs';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const LOAD = { seconds: 1, connections: 64, cpus: '' };
const WARM_UP_ROUNDS = 2;

const browser = CASES.find(({ key }) => key === 'browser');
const floor = peersHere().find(({ name }) => name === 'floor');

/** Microseconds of CPU per request. */
async function cost({ pid, http }) {
  const before = cpuSeconds(pid);
  const { requests, bad } = await saturate(`http://127.0.0.1:${http}${browser.path}`, browser, LOAD);
  if (bad > 0) throw new Error(`${bad} of ${requests} requests went wrong`);
  return { micros: ((cpuSeconds(pid) - before) / requests) * 1e6, requests };
}

const running = [];
let origin = null;
try {
  buildNative();
  await makeCertificate();
  origin = await startNativeOrigin();
  const place = { folder: labFolder, origin: origin.port, workers: 1, cpus: '', path: browser.path };
  for (const peer of [floor, penstockWith('node'), penstockWith('uws')])
    running.push(await startPeer(peer, browser.setup, place));
  for (let round = 0; round < WARM_UP_ROUNDS; round++) for (const peer of running) await cost(peer);
  const ratios = { node: [], uws: [] };
  let requests = 0;
  for (let round = 0; round < Number(values.rounds); round++) {
    const [least, node, uws] = [await cost(running[0]), await cost(running[1]), await cost(running[2])];
    ratios.node.push(node.micros / least.micros);
    ratios.uws.push(uws.micros / least.micros);
    requests += node.requests + uws.requests;
  }
  console.log(JSON.stringify({ ratios, requests }));
} finally {
  for (const peer of running) await peer.stop();
  origin?.stop();
  await closeLab();
}
