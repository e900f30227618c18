/** The origins and the clients of the soak, each kind in a process of its own: started, asked how it goes, and ended. */

import { startHelper, TEST_SUPPORT } from '../kit/helper-process.mjs';
import { freePort } from '../kit/lab.mjs';
import { LIMIT } from './configuration.mjs';

const support = (name) => new URL(name, TEST_SUPPORT);
const own = (name) => new URL(`./${name}`, import.meta.url);
const local = (port) => `127.0.0.1:${port}`;

const MORTALS = 3;
/** For this long an endpoint is away. */
const AWAY_MS = 4_000;
/** Connections whose heads come an octet a second. */
const SLOW_HEADS = 50;
const DRIP_MS = 1_000;
const SLOW_HEAD = Buffer.from(`GET /${'a'.repeat(64)} HTTP/1.1\r\n`, 'latin1');
const STOP_MS = 30_000;
/** So many come to every page of the limiter's table: from then on it takes no more memory. */
const FILLING_KEYS = 60_000;

const GROUP = { tls: false, path: '/', requests: 0, spreadMs: 20 };
/** GET after GET: connections that stay, that come and go, TLS with server names, HTTP/2 both ways. */
function groups({ http, https }, calm) {
  const plain = { ...GROUP, port: http, host: 'stable.test' };
  const tls = (name) => ({ ...GROUP, port: https, tls: true, servername: name, host: name });
  const all = [
    { ...plain, name: 'kept', connections: 20, thinkMs: 50 },
    { ...plain, name: 'short', connections: 5, thinkMs: 50, requests: 5 },
    { ...plain, name: 'swapped', host: 'swap.test', connections: 5, thinkMs: 50 },
    { ...plain, name: 'h2c', connections: 3, streams: 4, thinkMs: 100, requests: 100 },
    { ...tls('stable.test'), name: 'tls-kept', connections: 10, thinkMs: 100 },
    { ...tls('swap.test'), name: 'tls-short', connections: 5, thinkMs: 50, requests: 10 },
    { ...tls('stable.test'), name: 'h2', connections: 3, streams: 4, thinkMs: 100, requests: 100 },
  ];
  return all.map((group) => ({ ...group, thinkMs: group.thinkMs * calm, spreadMs: group.spreadMs * calm }));
}

export async function startOrigins() {
  const stable = startHelper(support('load-origin.mjs'), ['even', 'odd']);
  const [even, odd] = await stable.answer('its ports');
  const bodies = await startHelper(support('body-peer.mjs')).answer('its port');
  const echo = await startHelper(own('echo-origin.mjs')).answer('its port');
  const { port: grpc } = await startHelper(support('grpc-echo.mjs')).answer('its port');
  const mortals = [];
  const revive = async (index, port) => {
    const helper = startHelper(support('mortal-origin.mjs'), [`mortal-${index}`, String(port)]);
    mortals[index] = { helper, port: await helper.answer('its port') };
  };
  for (let index = 0; index < MORTALS; index++) await revive(index, await freePort());
  let next = 0;
  return {
    addresses: {
      ...{ even: local(even), odd: local(odd), bodies: local(bodies), echo: local(echo), grpc: local(grpc) },
      mortal: mortals.map(({ port }) => local(port)),
    },
    /** One endpoint ends in the middle of its work and comes back at the same port; each in its turn. */
    async churn() {
      const index = next++ % MORTALS;
      const { helper, port } = mortals[index];
      await helper.stop();
      await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
      await revive(index, port);
    },
  };
}

/** `calm`: how many times as long the clients wait between two requests. */
export async function startTraffic(ports, calm) {
  const filler = startHelper(new URL('../kit/keys-client.mjs', import.meta.url));
  await filler.ask({ port: ports.http, host: 'limited.test', keys: FILLING_KEYS }, 2 * STOP_MS);
  await filler.stop();
  const load = startHelper(support('load-client.mjs'));
  load.child.send({ type: 'run', groups: groups(ports, calm) });
  const clients = startHelper(own('clients.mjs'));
  await clients.ask({ type: 'run', http: ports.http, limit: LIMIT, calm });
  let crowd = null;
  const merge = ({ report }, others) => ({
    counts: { ...report.groups, ...others.counts },
    failures: report.failures + others.failures,
    notes: [...report.notes, ...others.notes],
  });
  return {
    /** { counts: { kind: answers }, failures, notes } of all so far. */
    report: async () => merge(await load.ask({ type: 'report' }), await clients.ask({ type: 'report' })),
    /** The slow ones of before, most of which were shown out, are replaced. */
    async renewCrowd() {
      await crowd?.stop();
      crowd = startHelper(support('crowd.mjs'));
      const group = { host: '127.0.0.1', port: ports.http, sources: ['127.0.0.2'], greeting: '' };
      const opening = SLOW_HEAD.toString('base64');
      await crowd.ask({ type: 'open', groups: [{ ...group, connections: SLOW_HEADS, opening }] });
      await crowd.ask({ type: 'drip', everyMs: DRIP_MS });
    },
    /** The last report, once all answers that were due have come. */
    async stop() {
      await crowd?.stop();
      const stopped = load.ask({ type: 'stop', timeoutMs: STOP_MS }, 2 * STOP_MS);
      const report = merge(await stopped, await clients.ask({ type: 'stop' }, 2 * STOP_MS));
      await clients.stop();
      return report;
    },
  };
}
