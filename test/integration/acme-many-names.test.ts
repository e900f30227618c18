/** A manager over the stored certificates of many names: how it begins, what it asks the authority, and that none of it holds the thread. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ChallengeSolver } from '../../src/primary/certs/acme/challenge/solver.ts';
import { NEW_ISSUANCE } from '../../src/primary/certs/acme/lifecycle.ts';
import { NameFiles } from '../../src/primary/certs/acme/name-files.ts';
import { NEW_RECORD } from '../../src/primary/certs/acme/name-record.ts';
import { type CertificatePair, makePair } from '../../src/primary/certs/certificate-pair.ts';
import type { Store } from '../../src/primary/store/store.ts';
import { type AcmeBed, draftFor, newFolder, openBed, wanted } from '../support/acme-bed.ts';
import { makeAuthority, makeCertificate } from '../support/cert-maker.ts';
import { type PlainAuthority, startPlainAuthority } from '../support/plain-authority.ts';
import { waitFor } from '../support/wait-for.ts';

const DAY = 86_400_000;
const HOST = 'n0.many.example.com';
const SOLVER: ChallengeSolver = { type: 'http-01', present: async () => {}, cleanUp: async () => {} };

describe('the stored certificates of many names', () => {
  let authority: PlainAuthority;
  let pair: CertificatePair;
  let beds: AcmeBed[] = [];

  beforeAll(async () => {
    authority = await startPlainAuthority();
    const issuer = await makeAuthority();
    const { certPem, keyPem } = await makeCertificate({ hosts: ['*.many.example.com'], issuer });
    const made = makePair(certPem, keyPem, { certFile: '', keyFile: '' }, () => {});
    if (made === null) throw new Error('no pair');
    pair = made;
  });

  beforeEach(async () => {
    for (const { manager } of beds) await manager.close();
    beds = [];
    Object.assign(authority, { asked: [], fields: {}, window: null, until: Promise.resolve() });
  });

  afterAll(async () => {
    for (const { manager } of beds) await manager.close();
    await authority.close();
  });

  const hostsOf = (count: number) => Array.from({ length: count }, (_, n) => `n${n}.many.example.com`);

  /** As if `count` names had been issued; none of the syncs that a store of its own would do. */
  const stored = async (count: number): Promise<string> => {
    const folder = await newFolder();
    for (const room of ['certificates', 'issuance']) mkdirSync(join(folder, room));
    const put = async (key: string, bytes: Uint8Array) => writeFileSync(join(folder, key), bytes);
    const files = new NameFiles({ put } as Store, pino({ level: 'silent' }));
    const { notBeforeMs, notAfterMs } = pair;
    const certificate = { notBeforeMs, notAfterMs, renewAtMs: Date.now() + 9 * DAY };
    const issuance = { ...NEW_ISSUANCE, phase: 'issued', certificate } as const;
    for (const host of hostsOf(count)) {
      await files.putCertificate(host, pair, authority.directoryUrl, Date.now());
      await files.putRecord(host, { ...NEW_RECORD, issuance, renewBeforeMs: 30 * DAY });
    }
    return folder;
  };

  const opened = async (folder: string): Promise<AcmeBed> => {
    const bed = await openBed({ solver: SOLVER, folder });
    beds.push(bed);
    return bed;
  };
  const draft = () => ({ ...draftFor(authority.directoryUrl, ''), caPem: null });

  it('a renewal that is asked for while the authority is asked for advice is not lost', async () => {
    const bed = await opened(await stored(1));
    let resolve = (): void => {};
    const held = new Promise<void>((go) => {
      resolve = go;
    });
    const until = (days: number) => new Date(Date.now() + days * DAY).toISOString();
    Object.assign(authority, { window: { start: until(30), end: until(31) }, until: held });
    bed.manager.want(wanted(HOST), draft());
    await waitFor(() => authority.asked.some((path) => path.startsWith('/renewal-info/')), {
      what: 'a question for advice',
    });
    expect(bed.manager.renew(HOST, true)).toEqual({ kind: 'started' });
    resolve();
    expect(await bed.attempted(HOST)).toMatchObject({ phase: 'production', failures: 1 });
  });

  it('a thousand names are there well within a second, and the thread is never held for long', async () => {
    const folder = await stored(1_000);
    const startedMs = performance.now();
    const bed = await opened(folder);
    bed.manager.want(wanted(...hostsOf(1_000)), draft());
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect(bed.manager.certificates.size).toBe(1_000);

    // The authority offers no advice: that is found out once, and not name by name.
    const worstMs = await longestTurn(async () => {
      await waitFor(() => authority.asked.length > 0, { what: 'a question for advice' });
      expect(bed.manager.status().every(({ next }) => next.kind === 'renew')).toBe(true);
      await waitFor(() => bed.manager.status().every(({ next }) => next.kind === 'renew'), { what: 'rest' });
    });
    expect(worstMs).toBeLessThan(100);
    expect(authority.asked).toEqual(['/directory']);
  });

  it('files that are no values, and one that cannot be read, cost the others nothing', async () => {
    const folder = await stored(3);
    const [first = '', second = '', third = ''] = hostsOf(3);
    writeFileSync(join(folder, 'certificates', `${first}~`), 'the copy of an editor');
    writeFileSync(join(folder, 'issuance', 'Read Me.txt'), '');
    rmSync(join(folder, 'issuance', second));
    mkdirSync(join(folder, 'issuance', second));
    rmSync(join(folder, 'certificates', third));
    mkdirSync(join(folder, 'certificates', third));
    const bed = await opened(folder);
    expect([...bed.manager.certificates.keys()]).toEqual([first, second]);
    bed.manager.want(wanted(first, second, third), draft());
    const { attempts } = await bed.attempted(third);
    expect(attempts.at(-1)?.cause).toMatchObject({
      code: 'store_unwritable',
      message: expect.stringMatching(/EISDIR/),
    });
    expect(authority.asked).not.toContain('/nonce');
  });
});

/** Milliseconds: how long anything else had to wait for its turn meanwhile. */
async function longestTurn(work: () => Promise<void>): Promise<number> {
  const turns = monitorEventLoopDelay({ resolution: 5 });
  turns.enable();
  await work();
  turns.disable();
  return turns.max / 1e6;
}
