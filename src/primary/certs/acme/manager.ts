/**
 * All automatic certificates: what the configuration wants is obtained, kept, and renewed for ever. Primary thread. Names wait for their time, and work
 * of some of them goes on side by side; one timer wakes whatever is next. Nothing is thrown out of here, and nothing that fails makes a name serve
 * worse than before: a certificate stays until there is another one.
 */

import { setImmediate as turn } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Clock, Random } from '../../../kit/clock.ts';
import { messageOf } from '../../../kit/errors.ts';
import type { Store, Watch } from '../../store/store.ts';
import { Accounts } from './accounts.ts';
import type { AcmeDraft } from './acme-draft.ts';
import type { WorkSetting } from './attempt.ts';
import { Authority } from './authority.ts';
import type { ChallengeSolver } from './challenge/solver.ts';
import type { CertificateStatus } from './diagnosis/certificate-status.ts';
import type { IssueHooks } from './issue-hooks.ts';
import type { KeyMaker } from './keys.ts';
import type { LifecycleFacts } from './lifecycle.ts';
import { type Due, NameEntry } from './name-entry.ts';
import { type AutomaticCertificate, CERTIFICATES, ISSUANCE, NameFiles } from './name-files.ts';
import { statusOf } from './name-status.ts';
import { NameWork } from './name-work.ts';
import { LATEST_ASK_MS } from './renewal.ts';
import type { WantedName } from './wanted-names.ts';

export interface ManagerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly keys: KeyMaker;
  readonly hooks: IssueHooks;
  /** `certificates` has changed. Never throws. */
  readonly onChange: () => void;
  /** Called once for each draft. */
  readonly solver: (draft: AcmeDraft) => ChallengeSolver;
}

export type RenewAnswer =
  /** It is under way, or begins now. */
  | { readonly kind: 'started' }
  /** No route wants an automatic certificate for this name. */
  | { readonly kind: 'unknown' }
  /** The certificate is to be renewed then; `force` does it now. Milliseconds since the epoch. */
  | { readonly kind: 'not_due'; readonly dueMs: number };

/** Attempts at once. Authorities allow some ten requests a second and account, and an attempt needs about ten in some seconds. */
const MAX_ATTEMPTS = 10;
/** Questions about renewals at once: one request each. */
const MAX_QUESTIONS = 5;
/** The clock may be set, and the machine may sleep: timers know nothing of that. */
const LONGEST_SLEEP_MS = 60_000;
/** Names that are read before others get a turn. */
const READ_AT_ONCE = 20;
/** For what is under way to take its answers to challenges away. */
const CLOSE_MS = 5_000;

export class CertificateManager {
  readonly #options: ManagerOptions;
  readonly #files: NameFiles;
  readonly #work: NameWork;
  readonly #entries = new Map<string, NameEntry>();
  readonly #certificates = new Map<string, AutomaticCertificate>();
  readonly #jobs = new Map<NameEntry, Promise<void>>();
  #setting: WorkSetting | null = null;
  #authorities = new Map<string, Authority>();
  #watch: Watch | null = null;
  #timer: NodeJS.Timeout | undefined;
  /** The authority gives no advice, or none now: no name is asked about before. Milliseconds since the epoch. */
  #askFromMs = 0;
  #attempts = 0;
  #questions = 0;
  #closed = false;

  private constructor(options: ManagerOptions) {
    const { store, log, clock, keys, hooks, random } = options;
    this.#options = options;
    this.#files = new NameFiles(store, log);
    this.#work = new NameWork({
      store,
      files: this.#files,
      accounts: new Accounts({ store, log, clock, budget: hooks.budget }),
      keys,
      hooks,
      clock,
      random,
      log,
      onCertificate: (entry) => this.#show(entry),
    });
  }

  /** With every certificate that the store has, so that the first configuration finds them. Rejects with a PenstockError where the store cannot be read. */
  static async open(options: ManagerOptions): Promise<CertificateManager> {
    const manager = new CertificateManager(options);
    await manager.#readAll();
    manager.#watch = options.store.watch(
      CERTIFICATES,
      (key) => void manager.#seen(key.slice(CERTIFICATES.length)),
    );
    return manager;
  }

  /** By host: what serves, also where no configuration wants it now, and where it has ended and is not replaced yet. */
  get certificates(): ReadonlyMap<string, AutomaticCertificate> {
    return this.#certificates;
  }

  /** After a configuration serves: begins, goes on, or stops what is no longer wanted. */
  want(names: readonly WantedName[], draft: AcmeDraft): void {
    if (this.#closed) return;
    const isOther = this.#setting !== null && JSON.stringify(this.#setting.draft) !== JSON.stringify(draft);
    this.#setting = this.#settingOf(draft);
    this.#askFromMs = 0;
    const facts = this.#facts(draft);
    const wanted = new Map(names.map((name) => [name.host, name]));
    for (const entry of this.#entries.values()) {
      if (wanted.has(entry.host)) continue;
      entry.wanted = null;
      entry.job?.abort();
    }
    for (const [host, name] of wanted) {
      const entry = this.#entries.get(host) ?? new NameEntry(host, null, null, facts);
      this.#entries.set(host, entry);
      const isMended = isOther || (entry.wanted !== null && entry.wanted.email !== name.email);
      entry.wanted = name;
      entry.planFor(draft.renewBeforeMs, facts);
      replaceForeign(entry, draft, facts);
      const { phase, failures } = entry.record.issuance;
      const untilMs = entry.record.attempts.at(-1)?.cause?.untilMs ?? 0;
      // Another section, or address, may be the remedy of what failed: nobody should wait for an hour to see it.
      if (isMended && phase !== 'issued' && failures > 0 && untilMs <= facts.nowMs)
        entry.queue({ kind: 'forced' }, facts);
    }
    this.wake();
  }

  /** Of every wanted name, in the order of their names. */
  status(): CertificateStatus[] {
    const setting = this.#setting;
    if (setting === null) return [];
    const facts = this.#facts(setting.draft);
    return [...this.#entries.values()]
      .filter(({ wanted }) => wanted !== null)
      .sort((a, b) => (a.host < b.host ? -1 : 1))
      .map((entry) => statusOf(entry, facts));
  }

  /** A new certificate now. Without `force` only where none is there yet or it is due; the wait after a failure ends in any case. */
  renew(host: string, force: boolean): RenewAnswer {
    const entry = this.#entries.get(host);
    if (entry === undefined || entry.wanted === null || this.#setting === null) return { kind: 'unknown' };
    const facts = this.#facts(this.#setting.draft);
    const { phase, certificate } = entry.record.issuance;
    const dueMs = certificate?.renewAtMs ?? 0;
    if (phase === 'issued' && !force && dueMs > facts.nowMs) return { kind: 'not_due', dueMs };
    entry.queue({ kind: 'forced' }, facts);
    entry.notBusy();
    this.wake();
    return { kind: 'started' };
  }

  /** Begins what is due. By itself at its time; for a clock that was moved. */
  wake(): void {
    clearTimeout(this.#timer);
    const setting = this.#setting;
    if (this.#closed || setting === null) return;
    const facts = this.#facts(setting.draft);
    // The clock was set back since.
    if (this.#askFromMs > facts.nowMs + LATEST_ASK_MS) this.#askFromMs = 0;
    const asks = { directory: setting.draft.directory, fromMs: this.#askFromMs };
    const begin: { readonly entry: NameEntry; readonly due: Due }[] = [];
    let nextMs = facts.nowMs + LONGEST_SLEEP_MS;
    for (const entry of this.#entries.values()) {
      if (entry.wanted === null || entry.job !== null) continue;
      entry.heedClock(facts);
      const due = entry.due(facts, asks);
      if (due.atMs <= facts.nowMs) begin.push({ entry, due });
      else nextMs = Math.min(nextMs, due.atMs);
    }
    begin.sort((a, b) => a.due.atMs - b.due.atMs);
    // Whoever ends makes room, and looks again.
    for (const { entry, due } of begin) if (this.#hasRoom(due.kind)) this.#begin(entry, due.kind, setting);
    this.#wakeIn(nextMs - facts.nowMs);
  }

  /** Ends what is under way; its state stays as it is stored, and is gone on with at the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#watch?.close();
    for (const entry of this.#jobs.keys()) entry.job?.abort();
    const late = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref());
    await Promise.race([Promise.all(this.#jobs.values()), late]);
    for (const authority of this.#authorities.values()) authority.close();
    await this.#options.keys.close();
  }

  #wakeIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.wake(), ms).unref();
  }

  #hasRoom(kind: Due['kind']): boolean {
    return kind === 'issue' ? this.#attempts < MAX_ATTEMPTS : this.#questions < MAX_QUESTIONS;
  }

  #begin(entry: NameEntry, kind: Due['kind'], setting: WorkSetting): void {
    const job = new AbortController();
    entry.job = job;
    this.#count(kind, 1);
    const work =
      kind === 'issue'
        ? this.#work.issue(entry, setting, job)
        : this.#work.advise(entry, setting, job).then((askFromMs) => {
            if (setting === this.#setting) this.#askFromMs = askFromMs;
          });
    const ended = work.then(() => {
      entry.job = null;
      this.#jobs.delete(entry);
      this.#count(kind, -1);
      // The configuration may name another authority by now.
      const { draft } = this.#setting ?? setting;
      replaceForeign(entry, draft, this.#facts(draft));
      // In a turn of its own: a job that had nothing to wait for must not lead to the next one, through all names.
      if (!this.#closed) this.#wakeIn(0);
    });
    this.#jobs.set(entry, ended);
  }

  #count(kind: Due['kind'], by: number): void {
    if (kind === 'issue') this.#attempts += by;
    else this.#questions += by;
  }

  /** Null: no configuration is known yet. */
  #facts(draft: AcmeDraft | null): LifecycleFacts {
    const { clock, random } = this.#options;
    return { nowMs: clock.epochMs(), stagingFirst: draft?.stagingFirst ?? false, random };
  }

  #settingOf(draft: AcmeDraft): WorkSetting {
    const before = this.#setting?.draft;
    // Other roots: other connections. Those that are in use stay until they are done.
    if (before !== undefined && before.caPem !== draft.caPem) this.#authorities = new Map();
    const { clock, solver } = this.#options;
    const authorities = this.#authorities;
    const authorityOf = (directoryUrl: string): Authority => {
      const known = authorities.get(directoryUrl);
      if (known !== undefined) return known;
      const authority = new Authority({ directoryUrl, caPem: draft.caPem, clock });
      authorities.set(directoryUrl, authority);
      return authority;
    };
    return { draft, solver: solver(draft), authorityOf };
  }

  async #readAll(): Promise<void> {
    const { store } = this.#options;
    const keys = [...(await store.list(CERTIFICATES)), ...(await store.list(ISSUANCE))];
    const hosts = new Set(keys.map((key) => key.slice(key.indexOf('/') + 1)));
    const facts = this.#facts(null);
    let read = 0;
    for (const host of hosts) {
      if (++read % READ_AT_ONCE === 0) await turn();
      const record = await this.#unlessUnreadable(host, this.#files.record(host));
      const kept = await this.#unlessUnreadable(host, this.#files.certificate(host));
      const entry = new NameEntry(host, record, kept, facts);
      this.#entries.set(host, entry);
      if (entry.kept !== null) this.#certificates.set(host, entry.kept.certificate);
    }
  }

  /** One file that cannot be read costs one name. It is read again before anything is ordered for that. */
  async #unlessUnreadable<T>(host: string, read: Promise<T | null>): Promise<T | null> {
    try {
      return await read;
    } catch (error) {
      this.#options.log.error(
        { host, err: messageOf(error) },
        'what is stored of a name cannot be read: penstock tries again',
      );
      return null;
    }
  }

  /** Somebody has put or deleted a certificate. */
  async #seen(host: string): Promise<void> {
    const entry = this.#entries.get(host);
    // Whoever is at it puts in what it finds.
    if (this.#closed || entry === undefined || entry.job !== null) return;
    try {
      const kept = await this.#files.certificate(host);
      const record = await this.#files.record(host);
      if (entry.job !== null || kept?.certificate.id === entry.kept?.certificate.id) return;
      entry.reread(record, kept, this.#facts(this.#setting?.draft ?? null));
      this.#show(entry);
      this.wake();
    } catch (error) {
      this.#options.log.error({ host, err: messageOf(error) }, 'a certificate of the store cannot be read');
    }
  }

  #show({ host, kept }: NameEntry): void {
    if (kept === null) this.#certificates.delete(host);
    else this.#certificates.set(host, kept.certificate);
    this.#options.onChange();
  }
}

/** What another authority has issued is replaced as soon as may be: it may be one that nobody trusts. */
function replaceForeign(entry: NameEntry, { directory }: AcmeDraft, facts: LifecycleFacts): void {
  const { kept, record } = entry;
  if (kept !== null && kept.directory !== directory && record.issuance.phase === 'issued')
    entry.queue({ kind: 'forced' }, facts);
}
