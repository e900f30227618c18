/**
 * Certificates that live for seconds, renewed again and again under the eyes of clients: whatever the load, nobody sees a failure or an old certificate.
 * Pebble validates; the front signs what it has validated, since this Pebble knows no such lifetimes.
 */

import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AutomaticBed, openAutomaticBed } from '../support/automatic-bed.ts';
import { type Authority, makeAuthority, signCertificate } from '../support/cert-maker.ts';
import { startChallengeServer } from '../support/pebble.ts';
import { requireProgram } from '../support/programs.ts';
import { type TlsWatch, watchTls } from '../support/tls-watch.ts';
import { waitFor } from '../support/wait-for.ts';

/** Renewed after some ten: a third is for renewals that take long. */
const LIFETIME_MS = 16_000;
const HOUR_MS = 3_600_000;
const GENERATIONS = 3;

/** What the front has signed, in order. */
interface Signed {
  readonly serial: string;
  readonly notAfterMs: number;
  /** Since when penstock could know of it. Milliseconds since the epoch. */
  readonly atMs: number;
}

requireProgram(
  'pebble',
  'pebble-challtestsrv',
  'openssl',
  'curl',
)('certificates that live for seconds', () => {
  let authority: Authority;
  let bed: AutomaticBed;
  const signed = new Map<string, Signed[]>();

  beforeAll(async () => {
    const { dnsPort } = await startChallengeServer();
    authority = await makeAuthority('Short');
    bed = await openAutomaticBed({ dnsPort, rootPem: authority.rootPem });
    bed.front.chain = async (pem) => {
      const { publicKey, subjectAltName = '' } = new X509Certificate(pem);
      const host = subjectAltName.replace('DNS:', '');
      const nowMs = Date.now();
      const chain = await signCertificate({
        hosts: [host],
        publicKey,
        issuer: authority,
        // As Let's Encrypt does.
        notBeforeMs: host.startsWith('backdated') ? nowMs - HOUR_MS : nowMs,
        notAfterMs: nowMs + LIFETIME_MS,
      });
      const { serialNumber: serial, validTo } = new X509Certificate(chain);
      const all = signed.get(host) ?? [];
      signed.set(host, [...all, { serial, notAfterMs: Date.parse(validTo), atMs: Date.now() }]);
      return chain;
    };
  });

  afterAll(() => bed.close());

  it('are renewed under load: no handshake or request fails, and every worker has the new one within a second', async () => {
    const hosts = ['fresh.example.test', 'backdated.example.test'];
    await bed.start(hosts);
    const watches = await Promise.all(
      hosts.map(async (host) => {
        await bed.served(host);
        await waitFor(async () => (await bed.getPlain(host)).startsWith('301'), { what: 'redirects' });
        return watchOf(host);
      }),
    );
    for (let generation = 2; generation <= GENERATIONS; generation++) {
      for (const host of hosts) {
        const { serial } = await waitFor(() => signed.get(host)?.[generation - 1], {
          what: `certificate ${generation} of ${host}`,
          timeoutMs: LIFETIME_MS,
        });
        await waitFor(async () => (await bed.see(host)).serial === serial, { what: 'openssl to see it' });
      }
    }
    // Long enough for a worker to be late with the last one.
    const lastMs = Math.max(...[...signed.values()].flatMap((all) => all.map(({ atMs }) => atMs)));
    await waitFor(() => Date.now() > lastMs + 1_500, { what: 'some more handshakes' });
    for (const watch of watches) await watch.stop();

    for (const [at, host] of hosts.entries()) {
      const { failures, handshakes, answers } = watches[at] as TlsWatch;
      const generations = signed.get(host) ?? [];
      expect(failures).toEqual([]);
      expect(new Set(handshakes.map(({ serial }) => serial))).toEqual(
        new Set(generations.map(({ serial }) => serial)),
      );
      expect(generations).toHaveLength(GENERATIONS);
      // Whoever had been given it all the time would have noted that.
      expect(Date.now()).toBeGreaterThan(generations[0]?.notAfterMs ?? 0);
      const lateMs = generations.slice(1).map(({ serial, atMs }, before) => {
        const older = new Set(generations.slice(0, before + 1).map((one) => one.serial));
        const last = handshakes.findLast((one) => older.has(one.serial) && one.startMs > atMs);
        expect(handshakes.some((one) => one.serial === serial)).toBe(true);
        return last === undefined ? 0 : last.startMs - atMs;
      });
      console.log(
        `${host}: ${handshakes.length} handshakes, ${answers.kept} requests on kept connections, ${answers.plain} plain ones; the old certificate was given for ${lateMs.join(' and ')} ms more`,
      );
      // The kernel spreads connections over both workers: one that kept the old certificate would give it to every second handshake.
      for (const ms of lateMs) expect(ms).toBeLessThan(1_000);
      expect(Math.min(handshakes.length, answers.kept, answers.plain)).toBeGreaterThan(100);
      const { attempts } = await bed.status(host);
      expect(attempts.filter(({ cause }) => cause !== null)).toEqual([]);
    }
  });

  const watchOf = (host: string): TlsWatch =>
    watchTls({
      host,
      httpPort: bed.http,
      httpsPort: bed.https,
      rootPem: authority.rootPem,
      plainStatus: 301,
      body: 'hello',
      kept: 4,
      pauseMs: 50,
    });
});
