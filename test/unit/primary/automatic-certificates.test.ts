import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SnapshotContent } from '../../../src/bridge/snapshot/content.ts';
import type { Certificate } from '../../../src/bridge/snapshot/model.ts';
import { AutomaticCertificates, type IssuerGround } from '../../../src/primary/automatic-certificates.ts';
import type { AcmeDraft, AcmeSectionDraft } from '../../../src/primary/certs/acme/acme-draft.ts';
import type { Compiled } from '../../../src/primary/pipeline.ts';

const ACME = { enabled: true, email: null } as AcmeDraft;
const CONFIGURED = { stateDir: '/s', acme: {} as AcmeSectionDraft };
const NAME = { host: 'a.test', email: null, origin: { file: '', line: 1, column: 1 } };

describe('AutomaticCertificates', () => {
  let onChange: IssuerGround['onChange'];
  let wants: string[];
  let made: string[];
  /** Runs what stands in the queue, as the primary does once a reload is over. */
  let turns: (() => Promise<void>)[];
  let automatic: AutomaticCertificates;
  let serves: boolean;
  let closes: number;
  let issuers: number;
  let certificates: Map<string, Certificate>;
  /** Events. */
  let told: string[];
  /** How long a refresh takes, once it is its turn. */
  let tookMs: number;
  beforeEach(() => {
    vi.useFakeTimers();
    [wants, made, turns, serves, closes, issuers, tookMs] = [[], [], [], true, 0, 0, 0];
    [certificates, told] = [new Map(), []];
    automatic = new AutomaticCertificates(
      (ground) => {
        ({ onChange } = ground);
        issuers++;
        return Promise.resolve({
          certificates,
          load: (stateDir) => {
            wants.push(`load ${stateDir}`);
            return Promise.resolve();
          },
          status: () => [],
          renew: (host, force) => {
            wants.push(`renew ${host} ${force}`);
            return { kind: 'unknown' };
          },
          want: (names, acme) => wants.push(`want ${names.map(({ host }) => host)} ${acme === ACME}`),
          close: () => {
            closes++;
            return Promise.resolve();
          },
        });
      },
      {
        clock: { nowMs: () => Date.now() },
        refresh: (make) =>
          new Promise((resolve) => {
            turns.push(async () => {
              await make();
              vi.setSystemTime(Date.now() + tookMs);
              resolve(serves);
            });
          }),
        setChallenges: () => Promise.resolve(),
        plainListeners: () => [],
        isVerified: () => true,
        events: { emit: (event) => told.push(`${event.type} ${event.subject}`) },
      },
    );
  });
  afterEach(async () => {
    await automatic.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  const compiled = (
    id: string,
    names: Compiled['wanted'],
  ): Pick<Compiled, 'acme' | 'wanted' | 'withAutomatic'> => ({
    acme: names.length === 0 ? null : ACME,
    wanted: names,
    withAutomatic: () => {
      made.push(id);
      return Promise.resolve({} as SnapshotContent);
    },
  });
  const takeTurn = async (): Promise<void> => {
    await turns.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
  };

  it('loads what is stored, and wants what serves, until nothing is wanted any more', async () => {
    await automatic.known(CONFIGURED);
    automatic.settle(compiled('first', [NAME]));
    automatic.settle(compiled('none', []));
    expect(wants).toEqual(['load /s', 'want a.test true', 'want  true']);
  });

  it('tells of what every worker serves, once, and not of what a configuration finds', async () => {
    const certificate = (id: string): Certificate => ({ id, notAfterMs: 1 }) as Certificate;
    certificates.set('a.test', certificate('old'));
    await automatic.known(CONFIGURED);
    automatic.settle(compiled('first', [NAME]));
    expect(told).toEqual([]);
    const bring = async (id: string): Promise<void> => {
      certificates.set('a.test', certificate(id));
      onChange();
      await vi.advanceTimersByTimeAsync(100);
      // What comes while a snapshot is on its way is not in it.
      const turn = takeTurn();
      certificates.set('a.test', certificate('later'));
      await turn;
    };
    serves = false;
    await bring('refused');
    expect(told).toEqual([]);
    serves = true;
    await vi.advanceTimersByTimeAsync(31_000);
    await takeTurn();
    expect(told).toEqual(['CertProvisioned a.test']);
    await bring('later');
    expect(told).toHaveLength(1);
    await bring('new');
    expect(told).toHaveLength(2);
  });

  it('has an issuer from the first section on, and the same after the last one', async () => {
    const without = { stateDir: '/s', acme: null };
    await automatic.known(without);
    expect({ issuers, wants }).toEqual({ issuers: 0, wants: [] });
    await automatic.known(CONFIGURED);
    await automatic.known(without);
    expect({ issuers, wants }).toEqual({ issuers: 1, wants: ['load /s', 'load /s'] });
  });

  it('has the names of a verified domain tried again', async () => {
    await automatic.known(CONFIGURED);
    automatic.verified('a.test');
    expect(wants).toEqual(['load /s', 'renew a.test false', 'renew *.a.test false']);
  });

  it('wants nothing where there was no section', async () => {
    await automatic.known(CONFIGURED);
    automatic.settle(compiled('none', []));
    expect(wants).toEqual(['load /s']);
  });

  it('brings what changes together in one snapshot, of the configuration that serves when it is its turn', async () => {
    await automatic.known(CONFIGURED);
    automatic.settle(compiled('first', [NAME]));
    onChange();
    onChange();
    await vi.advanceTimersByTimeAsync(100);
    onChange();
    expect(turns.length).toBe(1);
    automatic.settle(compiled('second', [NAME]));
    await takeTurn();
    expect(made).toEqual(['second']);
    await vi.advanceTimersByTimeAsync(100);
    expect(turns.length).toBe(0);
    onChange();
    await vi.advanceTimersByTimeAsync(100);
    await takeTurn();
    expect(made).toEqual(['second', 'second']);
  });

  it('leaves the primary as much time as a refresh took', async () => {
    await automatic.known(CONFIGURED);
    automatic.settle(compiled('it', [NAME]));
    tookMs = 400;
    onChange();
    await vi.advanceTimersByTimeAsync(100);
    await takeTurn();
    onChange();
    await vi.advanceTimersByTimeAsync(390);
    expect(turns.length).toBe(0);
    await vi.advanceTimersByTimeAsync(20);
    expect(turns.length).toBe(1);
  });

  it('tries again after a snapshot that did not serve, and at once when there is more', async () => {
    await automatic.known(CONFIGURED);
    automatic.settle(compiled('it', [NAME]));
    serves = false;
    onChange();
    await vi.advanceTimersByTimeAsync(100);
    await takeTurn();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(turns.length).toBe(0);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(turns.length).toBe(1);
    await takeTurn();
    serves = true;
    onChange();
    await vi.advanceTimersByTimeAsync(100);
    await takeTurn();
    expect(made.length).toBe(3);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(turns.length).toBe(0);
  });

  it('does nothing more once it is closed', async () => {
    await automatic.known(CONFIGURED);
    automatic.settle(compiled('it', [NAME]));
    onChange();
    await automatic.close();
    onChange();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([turns.length, closes]).toEqual([0, 1]);
  });
});
