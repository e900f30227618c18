/**
 * Ten thousand connections that do nothing, of one kind at a time, to a penstock of their own: what the process grows by for each, garbage
 * collected. `test/floods` bounds what those cost that never ask anything, and what others notice of them.
 */

import { readFileSync } from 'node:fs';
import { startHelper, TEST_SUPPORT } from '../kit/helper-process.mjs';
import { waitUntil } from '../kit/penstock-process.mjs';
import { runProbedPenstock } from '../kit/probed-penstock.mjs';
import { openFiles } from '../kit/process-memory.mjs';
import { row } from './rows.mjs';

const ALL = 10_000;
const QUICK = 1_000;
const WARM_UP = 200;
const OPEN_MS = 120_000;
/** Descriptors that a process needs beside its connections. */
const OTHER_FILES = 500;
/** One address has 28,000 ports, each of which rests for a minute once it was closed. */
const SOURCES = Array.from({ length: 16 }, (_, i) => `127.0.0.${i + 2}`);
const REQUEST = 'GET / HTTP/1.1\r\nHost: default.test\r\n\r\n';

const config = () => `workers: 2
timeouts: { read: 10m, keepalive: 10m }
routes:
  - { host: default.test, path: /, tls: self_signed, https_redirect: false, respond: { status: 200, body: ok } }
`;

const crowd = (greeting) => ({
  helper: new URL('crowd.mjs', TEST_SUPPORT),
  order: ({ http }, connections) => {
    const octets = { greeting: Buffer.from(greeting, 'latin1').toString('base64'), opening: '' };
    return {
      type: 'open',
      groups: [{ host: '127.0.0.1', port: http, sources: SOURCES, connections, ...octets }],
    };
  },
  failed: ({ figures }) => figures.failed,
});
const tls = (protocol) => ({
  helper: new URL('./tls-clients.mjs', import.meta.url),
  order: ({ https }, connections) => ({ type: 'open', port: https, connections, protocol }),
  failed: ({ failures, notes }) => {
    if (failures > 0) console.error(notes.join('; '));
    return failures;
  },
});

const KINDS = {
  'HTTP/1.1, half of a head': crowd(REQUEST.slice(0, 20)),
  'HTTP/1.1, after an answer': crowd(REQUEST),
  'HTTP/1.1 over TLS, after an answer': tls('h1'),
  'HTTP/2 over TLS, after an answer': tls('h2'),
};

/** The most connections that one process may have here, both ends being in one each. */
function mostConnections() {
  const [, hard] = /^Max open files\s+\S+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? [];
  return Number(hard ?? Number.POSITIVE_INFINITY) - OTHER_FILES;
}

export async function connectionsPart({ quick }) {
  const wanted = quick ? QUICK : ALL;
  const connections = Math.min(wanted, mostConnections());
  if (connections < wanted)
    console.error(`${connections} connections, not ${wanted}: raise the limit of open files`);
  const rows = [];
  for (const [name, kind] of Object.entries(KINDS)) {
    const bytes = await measure(`connections-${rows.length}`, kind, connections);
    rows.push(row(`${name}: memory each`, bytes, 'B'));
  }
  return [{ title: `${connections} idle connections, two workers`, rows }];
}

async function measure(name, { helper, order, failed }, connections) {
  const penstock = await runProbedPenstock(name, config);
  const filesBefore = openFiles(penstock.pid);
  const open = async (number) => {
    const clients = startHelper(helper);
    const failures = failed(await clients.ask(order(penstock.ports, number), OPEN_MS));
    if (failures > 0) console.error(`${failures} of ${number} connections failed`);
    await waitUntil(
      'all of them to be accepted',
      () => openFiles(penstock.pid) >= filesBefore + number - failures,
    );
    return clients;
  };
  const few = await open(WARM_UP);
  await few.stop();
  await waitUntil('the first to be gone', () => openFiles(penstock.pid) <= filesBefore + WARM_UP / 10);
  const before = await penstock.settledMiB();
  const clients = await open(connections);
  const bytes = (((await penstock.settledMiB()) - before) * 2 ** 20) / connections;
  await clients.stop();
  await penstock.stop();
  return bytes;
}
