/** A certificate manager over a store in a folder of its own, with a clock and hooks that a test moves and sees. For tests against Pebble. */

import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Clock, systemClock } from '../../src/kit/clock.ts';
import type { AcmeDraft } from '../../src/primary/certs/acme/acme-draft.ts';
import type { ChallengeSolver } from '../../src/primary/certs/acme/challenge/solver.ts';
import type { CertificateStatus } from '../../src/primary/certs/acme/diagnosis/certificate-status.ts';
import type { CertificateEvent, IssueHooks } from '../../src/primary/certs/acme/issue-hooks.ts';
import { KeyPool } from '../../src/primary/certs/acme/keys.ts';
import { CertificateManager } from '../../src/primary/certs/acme/manager.ts';
import type { WantedName } from '../../src/primary/certs/acme/wanted-names.ts';
import { FileStore } from '../../src/primary/store/file-store.ts';
import { endBehindEachFile } from './leftovers.ts';
import { OPEN_HOOKS } from './open-hooks.ts';
import { waitFor } from './wait-for.ts';

/** Goes with the real one, and can be moved ahead. */
export class MovedClock implements Clock {
  aheadMs = 0;
  epochMs(): number {
    return systemClock.epochMs() + this.aheadMs;
  }
  nowMs(): number {
    return systemClock.nowMs();
  }
}

export interface AcmeBed {
  readonly folder: string;
  readonly store: FileStore;
  readonly clock: MovedClock;
  readonly manager: CertificateManager;
  readonly events: CertificateEvent[];
  /** Lines of the log, as text. */
  readonly lines: string[];
  /** How often `certificates` changed. */
  readonly changes: number;
  status(host: string): CertificateStatus;
  /** Until the name has a certificate, and nothing is done about it. */
  issued(host: string): Promise<CertificateStatus>;
  /** Until an attempt has ended that is not among the first `seen`. */
  attempted(host: string, seen?: number): Promise<CertificateStatus>;
}

export interface BedOptions {
  readonly solver: ChallengeSolver;
  /** That of an earlier bed, whose manager is closed or dead. */
  readonly folder?: string;
  readonly clock?: MovedClock;
  readonly hooks?: Partial<IssueHooks>;
}

/** Only the build has a file that a thread can start with. */
export const KEY_WORKER: URL = new URL('../../build/primary/key-worker.js', import.meta.url);
const managers = new Set<CertificateManager>();
const folders = new Set<string>();

endBehindEachFile(() => {
  for (const manager of managers) void manager.close();
  managers.clear();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders.clear();
});

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'penstock-acme-'));
  folders.add(folder);
  return folder;
}

export async function openBed(options: BedOptions): Promise<AcmeBed> {
  const { solver, clock = new MovedClock(), hooks = {} } = options;
  const folder = options.folder ?? (await newFolder());
  const store = new FileStore(folder, clock);
  const events: CertificateEvent[] = [];
  const lines: string[] = [];
  let changes = 0;
  const manager = await CertificateManager.open({
    store,
    clock,
    random: Math.random,
    log: pino({ level: 'debug' }, { write: (line) => void lines.push(line) }),
    keys: new KeyPool(KEY_WORKER),
    hooks: { ...OPEN_HOOKS, emit: (event) => void events.push(event), ...hooks },
    onChange: () => {
      changes += 1;
    },
    solver: () => solver,
  });
  managers.add(manager);
  const status = (host: string): CertificateStatus => {
    const found = manager.status().find((one) => one.host === host);
    if (found === undefined) throw new Error(`${host} is not wanted`);
    return found;
  };
  return {
    folder,
    store,
    clock,
    manager,
    events,
    lines,
    get changes() {
      return changes;
    },
    status,
    issued: (host) =>
      waitFor(
        () => {
          const seen = status(host);
          return seen.phase === 'issued' && seen.next.kind === 'renew' && seen;
        },
        { what: `${host} to be issued`, timeoutMs: 40_000 },
      ).catch((error: Error) => {
        throw new Error(
          `${error.message}\n${JSON.stringify(status(host), null, 1)}\n${lines.slice(-5).join('')}`,
        );
      }),
    attempted: (host, seen = 0) =>
      waitFor(
        () => {
          const now = status(host);
          return now.attempts.length > seen && now.next.kind !== 'under_way' && now;
        },
        { what: `an attempt for ${host} to end`, timeoutMs: 40_000 },
      ),
  };
}

export function wanted(...hosts: readonly string[]): WantedName[] {
  return hosts.map((host) => ({
    host,
    email: 'ops@example.com',
    origin: { file: 'penstock.yaml', line: 1, column: 1 },
  }));
}

/** Production alone, unless it is said otherwise. */
export function draftFor(directory: string, caPem: string, more: Partial<AcmeDraft> = {}): AcmeDraft {
  return {
    enabled: true,
    email: 'ops@example.com',
    directory,
    stagingDirectory: directory,
    stagingFirst: false,
    caPem,
    challenge: 'http-01',
    dns: null,
    renewBeforeMs: 30 * 86_400_000,
    keyType: 'ecdsa256',
    eab: null,
    requireVerified: false,
    ...more,
  };
}
