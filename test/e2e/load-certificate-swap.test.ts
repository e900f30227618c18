/**
 * Two thousand TLS keep-alive connections and 200 sessions of HTTP/2 with streams, opened under a certificate that is then
 * replaced twice, on either engine. In uWebSockets.js a certificate that is taken away under a living connection is a use after
 * free, so this is the test of the generations.
 */

import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeCertificate } from '../support/cert-maker.ts';
import { ask } from '../support/http-ask.ts';
import { openFiles, rssMiB } from '../support/process-figures.ts';
import { type Load, type LoadGroup, runLoad } from '../support/run-load.ts';
import { runLoadOrigins } from '../support/run-load-origins.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor } from '../support/wait-for.ts';

const CONNECTIONS = 2_000;
const SESSIONS = 200;
const STREAMS = 4;
const HANDSHAKES = CONNECTIONS + SESSIONS;
const ENGINES = ['node', 'uws'] as const;
const HOST = 'www.swap.test';
/** Below the 10 s after which uWebSockets.js closes an idle connection, and below the 5 s that the issue asks for. */
const THINK_MS = 4_000;
/** Idle connections to the origin in each of the two workers. */
const UPSTREAMS_KEPT = 8;
/** Those, and what the look at the certificate holds for a moment. */
const FILES_LEFT = 2 * UPSTREAMS_KEPT + 4;

interface Pair {
  readonly certPem: string;
  readonly keyPem: string;
  readonly fingerprint: string;
}

async function makePair(): Promise<Pair> {
  const { certPem, keyPem, leafPem } = await makeCertificate({ hosts: [HOST] });
  return { certPem, keyPem, fingerprint: new X509Certificate(leafPem).fingerprint256 };
}

/** Certificate and key cannot change at the same instant; a reload in between would find that they do not fit, and say so. */
async function replaceCertificate(penstock: RunningPenstock, pair: Pair): Promise<void> {
  penstock.writeFile('a.key', pair.keyPem);
  penstock.writeFile('a.pem', pair.certPem);
  await waitFor(async () => (await servedFingerprint(penstock)) === pair.fingerprint, {
    what: 'the new certificate in a new handshake',
  });
}

async function servedFingerprint(penstock: RunningPenstock): Promise<string> {
  return (await ask(penstock.ports.https, { tls: true, host: HOST, path: '/?n=look' })).fingerprint;
}

/** Every connection, and every session on each of its streams, has answered at least once more since now. */
async function allGoOn(load: Load): Promise<void> {
  const before = (await load.report()).groups;
  // Each sends once in THINK_MS, so a full round has passed when twice as many answers came as there are of them.
  const rounds = { kept: 2 * CONNECTIONS, sessions: 2 * SESSIONS * STREAMS };
  await waitFor(
    async () => {
      const { groups, failures, notes } = await load.report();
      expect({ failures, notes }).toEqual({ failures: 0, notes: [] });
      return Object.entries(rounds).every(
        ([name, more]) => (groups[name] ?? 0) >= (before[name] ?? 0) + more,
      );
    },
    { what: 'two rounds of requests', timeoutMs: 8 * THINK_MS, intervalMs: 250 },
  );
}

describe(`${CONNECTIONS} TLS connections and ${SESSIONS} sessions under a certificate that is replaced twice`, () => {
  it.each(ENGINES)(
    'all go on, new handshakes get the new one, and what is old goes with its last connection, engine %s',
    async (engine) => {
      const [origin = ''] = await runLoadOrigins(['only']);
      const pairs = await Promise.all([makePair(), makePair(), makePair()]);
      const [first, second, third] = pairs as [Pair, Pair, Pair];
      const penstock = await runPenstock({
        files: { 'a.pem': first.certPem, 'a.key': first.keyPem },
        config: (ports) => ({
          listen: {
            http: `127.0.0.1:${ports.http}`,
            https: `127.0.0.1:${ports.https}`,
            admin: `127.0.0.1:${ports.admin}`,
            engine,
          },
          workers: 2,
          services: { only: { endpoints: [origin], keepalive: { max_idle: UPSTREAMS_KEPT } } },
          routes: [{ name: 'all', host: HOST, path: '/', service: 'only', tls: 'manual' }],
          certificates: [{ cert_file: 'a.pem', key_file: 'a.key' }],
        }),
      });
      expect(await servedFingerprint(penstock)).toBe(first.fingerprint);
      const idleFiles = openFiles(penstock.pid);
      const idleRss = rssMiB(penstock.pid);

      const kept: LoadGroup = {
        name: 'kept',
        port: penstock.ports.https,
        tls: true,
        servername: HOST,
        host: HOST,
        path: '/kept',
        connections: CONNECTIONS,
        requests: 0,
        thinkMs: THINK_MS,
        spreadMs: 2,
      };
      const load = runLoad([
        kept,
        { ...kept, name: 'sessions', connections: SESSIONS, streams: STREAMS, spreadMs: 20 },
      ]);
      await waitFor(async () => ((await load.report()).fingerprints[first.fingerprint] ?? 0) === HANDSHAKES, {
        what: 'all handshakes',
        timeoutMs: 60_000,
        intervalMs: 250,
      });
      for (const pair of [second, third]) {
        await replaceCertificate(penstock, pair);
        await allGoOn(load);
      }
      const fullFiles = openFiles(penstock.pid);
      const fullRss = rssMiB(penstock.pid);
      const { workers } = (await penstock.admin('/v1/status')).json as {
        workers: { connections: number; restarts: number }[];
      };
      expect(workers.reduce((sum, { connections }) => sum + connections, 0)).toBeGreaterThanOrEqual(
        HANDSHAKES,
      );
      expect(workers.map(({ restarts }) => restarts)).toEqual([0, 0]);

      const report = await load.stop();
      expect({ failures: report.failures, notes: report.notes }).toEqual({ failures: 0, notes: [] });
      // Not one was opened anew: the first certificate is all that these connections ever saw.
      expect(report.fingerprints).toEqual({ [first.fingerprint]: HANDSHAKES });
      expect(report.connections).toBe(HANDSHAKES);

      await waitFor(() => openFiles(penstock.pid) < idleFiles + FILES_LEFT, {
        what: 'the old connections to be gone',
      });
      expect(await servedFingerprint(penstock)).toBe(third.fingerprint);
      console.log(
        `${engine}: files ${idleFiles} → ${fullFiles} → ${openFiles(penstock.pid)}, ` +
          `RSS ${idleRss.toFixed(0)} → ${fullRss.toFixed(0)} → ${rssMiB(penstock.pid).toFixed(0)} MiB`,
      );
      expect(fullFiles).toBeGreaterThan(HANDSHAKES);
      expect(await penstock.stop()).toEqual({ code: 0, signal: null });
    },
  );
});
