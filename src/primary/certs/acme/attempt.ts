/**
 * One attempt of one name at one authority: everything around an order (`issue.ts`) that the life cycle has to know, stored before and after
 * (LIFECYCLE.md). Primary thread; under the lock of the name.
 */

import type { Logger } from 'pino';
import type { Clock, Random } from '../../../kit/clock.ts';
import { timeText } from '../../../kit/time-text.ts';
import type { CertificatePair } from '../certificate-pair.ts';
import type { Accounts, AccountWish } from './accounts.ts';
import type { AcmeDraft } from './acme-draft.ts';
import type { Authority } from './authority.ts';
import { retryAfterOf } from './authority-error.ts';
import type { ChallengeSolver } from './challenge/solver.ts';
import type { Cause } from './diagnosis/cause.ts';
import { issue, type OrderKeeper } from './issue.ts';
import { IssueFailure } from './issue-failure.ts';
import { FoundBefore, type IssueHooks } from './issue-hooks.ts';
import type { KeyMaker } from './keys.ts';
import type { Environment, IssuanceAction, IssuanceEvent, LifecycleFacts } from './lifecycle.ts';
import type { NameEntry } from './name-entry.ts';
import type { NameFiles } from './name-files.ts';
import { OrderPlacer } from './place-order.ts';

export interface AttemptOptions {
  readonly files: NameFiles;
  readonly accounts: Accounts;
  readonly keys: KeyMaker;
  readonly hooks: IssueHooks;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** `kept` of the entry is another one than before. */
  readonly onCertificate: (entry: NameEntry) => void;
}

/** What the configuration in force says about the work. */
export interface WorkSetting {
  readonly draft: AcmeDraft;
  readonly solver: ChallengeSolver;
  readonly authorityOf: (directoryUrl: string) => Authority;
}

export type IssueAction = Extract<IssuanceAction, { kind: 'issue' }>;

export class Attempt {
  readonly #options: AttemptOptions;
  readonly #entry: NameEntry;
  readonly #setting: WorkSetting;
  readonly #environment: Environment;
  readonly #takeUp: string | null;
  readonly #authority: Authority;
  readonly #signal: AbortSignal;
  #placer: OrderPlacer | null = null;

  constructor(
    options: AttemptOptions,
    entry: NameEntry,
    setting: WorkSetting,
    action: IssueAction,
    signal: AbortSignal,
  ) {
    const { draft, authorityOf } = setting;
    const { environment, takeUp } = action;
    this.#options = options;
    this.#entry = entry;
    this.#setting = setting;
    this.#environment = environment;
    this.#authority = authorityOf(environment === 'staging' ? draft.stagingDirectory : draft.directory);
    // An order at a directory that the configuration named before means nothing to this one.
    this.#takeUp = entry.record.orderDirectory === this.#authority.directoryUrl ? takeUp : null;
    this.#signal = signal;
  }

  /** Rejects only where the store cannot keep what came of it. */
  async run(): Promise<void> {
    const { files, log } = this.#options;
    const { host } = this.#entry;
    this.#step({ kind: 'begun' });
    try {
      await this.#entry.store(files);
      const facts = {
        host,
        environment: this.#environment,
        directory: this.#authority.directoryUrl,
        order: this.#takeUp,
      };
      log.info(facts, 'obtaining a certificate');
      const pair = await this.#order();
      await this.#obtained(pair);
    } catch (error) {
      // Nobody's fault: the state stays as it is, and whoever takes the name up again goes on.
      if (this.#signal.aborted) await this.#placer?.abandoned();
      else await this.#failed(error);
    }
  }

  async #order(): Promise<CertificatePair> {
    const { accounts, hooks, keys, clock, log } = this.#options;
    const { draft, solver } = this.#setting;
    const { host, kept } = this.#entry;
    const wish = await beforeOrder(this.#accountWish());
    const session = await beforeOrder(accounts.session(wish));
    const replaced = kept?.directory === wish.authority.directoryUrl ? kept : null;
    const { accountUrl } = session;
    const signal = this.#signal;
    const placer = new OrderPlacer({
      host,
      wish,
      accountUrl,
      accounts,
      hooks,
      solver,
      signal,
      log,
      replaced,
    });
    this.#placer = placer;
    const { pair } = await issue({
      host,
      keyType: draft.keyType,
      solver,
      keys,
      keeper: this.#keeper(),
      session,
      takeUp: this.#takeUp,
      placeOrder: () => placer.place(),
      signal,
      log,
      clock,
    });
    await placer.obtained();
    return pair;
  }

  /** The external account is one of the production authority; another one is told of it only if it wants one. */
  async #accountWish(): Promise<AccountWish> {
    const { eab } = this.#setting.draft;
    const wish = { authority: this.#authority, email: this.#entry.wanted?.email ?? null };
    if (eab === null || this.#environment === 'production') return { ...wish, eab };
    const { externalAccountRequired } = await this.#authority.directory();
    return { ...wish, eab: externalAccountRequired ? eab : null };
  }

  #keeper(): OrderKeeper {
    const { files } = this.#options;
    const entry = this.#entry;
    const { host } = entry;
    return {
      ordered: async (order) => {
        this.#step({ kind: 'ordered', order });
        entry.record = { ...entry.record, orderDirectory: this.#authority.directoryUrl };
        await entry.store(files);
      },
      keyOf: (order) => files.orderKey(host, order),
      storeKey: (order, keyPem) => files.putOrderKey(host, order, keyPem),
      dropKey: () => files.dropOrderKey(host),
    };
  }

  async #obtained(pair: CertificatePair): Promise<void> {
    const { files, log } = this.#options;
    const { host } = this.#entry;
    const renewal = this.#entry.kept !== null;
    const environment = this.#environment;
    if (environment === 'staging') {
      const { notBeforeMs, notAfterMs } = pair;
      this.#step({ kind: 'obtained', certificate: { notBeforeMs, notAfterMs, renewAtMs: notAfterMs } });
      log.info({ host }, 'the staging authority issues for this name; production is next');
    } else {
      await this.#keep(pair);
    }
    this.#entry.note({ atMs: this.#facts().nowMs, environment, cause: null });
    const notAfterMs = environment === 'staging' ? null : pair.notAfterMs;
    this.#options.hooks.emit({
      type: 'CertificateIssued',
      subject: host,
      data: { environment, renewal, notAfterMs },
    });
    await this.#entry.store(files);
    await files.dropOrderKey(host);
  }

  /** Stored before the record says so: in between, a restart obtains the same chain again. */
  async #keep(pair: CertificatePair): Promise<void> {
    const { files, random, log, onCertificate } = this.#options;
    const { renewBeforeMs, directory } = this.#setting.draft;
    const { nowMs } = this.#facts();
    const entry = this.#entry;
    const kept = await files.putCertificate(entry.host, pair, directory, nowMs);
    entry.kept = kept;
    entry.record = { ...entry.record, advice: null, nextAskMs: nowMs, renewBeforeMs };
    const { notBeforeMs, notAfterMs } = pair;
    const renewAtMs = entry.plannedTime(kept, renewBeforeMs, random);
    this.#step({ kind: 'obtained', certificate: { notBeforeMs, notAfterMs, renewAtMs } });
    onCertificate(entry);
    log.info(
      { host: entry.host, notAfter: timeText(notAfterMs), renewAt: timeText(renewAtMs) },
      'certificate obtained',
    );
  }

  async #failed(thrown: unknown): Promise<void> {
    const { log, hooks, files } = this.#options;
    const entry = this.#entry;
    const { host } = entry;
    const failure = asFailure(thrown, entry.record.issuance.order);
    const { nowMs } = this.#facts();
    const cause = this.#causeOf(failure, nowMs);
    const { refuted, orderOver } = failure;
    const waitMs = Math.max((cause.untilMs ?? nowMs) - nowMs, retryAfterOf(failure.cause));
    this.#step({ kind: 'failed', refuted, orderOver, waitMs });
    const environment = this.#environment;
    entry.note({ atMs: nowMs, environment, cause });
    const { notBeforeMs: nextAttemptMs, failures } = entry.record.issuance;
    const { code, stage, message, remedy } = cause;
    log.warn(
      { host, environment, code, stage, remedy, failures, nextAttempt: timeText(nextAttemptMs) },
      `no new certificate for ${host} yet: ${message}`,
    );
    hooks.emit({
      type: 'CertificateFailed',
      subject: host,
      data: { environment, stage, code, message, nextAttemptMs },
    });
    await this.#placer?.failed(failure, cause);
    await entry.store(files);
  }

  #causeOf({ cause: error, stage }: IssueFailure, nowMs: number): Cause {
    if (error instanceof FoundBefore) return error.found;
    const { directoryUrl: authority, clockSkewMs } = this.#authority;
    const warnings = this.#placer?.warnings ?? [];
    const { host } = this.#entry;
    return this.#options.hooks.diagnosis.classify({
      host,
      authority,
      stage,
      error,
      clockSkewMs,
      nowMs,
      warnings,
    });
  }

  #step(event: IssuanceEvent): void {
    this.#entry.step(event, this.#facts());
  }

  #facts(): LifecycleFacts {
    const { clock, random } = this.#options;
    return { nowMs: clock.epochMs(), stagingFirst: this.#setting.draft.stagingFirst, random };
  }
}

/** What goes wrong before an order is looked at says nothing about it. */
async function beforeOrder<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (cause) {
    throw new IssueFailure({ stage: 'before_order', refuted: false, orderOver: false, cause });
  }
}

/** What is no failure of an order is one of the store. */
function asFailure(thrown: unknown, order: string | null): IssueFailure {
  if (thrown instanceof IssueFailure) return thrown;
  return new IssueFailure({ stage: 'store', refuted: false, orderOver: order === null, cause: thrown });
}
