/**
 * Does what is due for one name: attempts at its certificate, or a question about its renewal. Primary thread. Each runs under the lock of the name,
 * with the record as the store has it by then. Nothing is thrown out of here.
 */

import { X509Certificate } from 'node:crypto';
import { messageOf } from '../../../kit/errors.ts';
import type { Lease, Store } from '../../store/store.ts';
import { Attempt, type AttemptOptions, type WorkSetting } from './attempt.ts';
import { retryAfterOf } from './authority-error.ts';
import { certificateAriId } from './certificate-ari-id.ts';
import { actionOf, type LifecycleFacts } from './lifecycle.ts';
import type { NameEntry } from './name-entry.ts';
import type { KeptCertificate } from './name-files.ts';
import type { NameRecord } from './name-record.ts';
import { adviceOf, nextAsk, nextAskAfterFailure } from './renewal.ts';

export interface NameWorkOptions extends AttemptOptions {
  readonly store: Store;
}

/** Longer than anything holds this thread. After a crash, its names wait for so long. */
const LEASE_MS = 45_000;
const RENEW_LEASE_MS = 10_000;

export class NameWork {
  readonly #options: NameWorkOptions;

  constructor(options: NameWorkOptions) {
    this.#options = options;
  }

  /** Attempts until there is something to wait for: production follows on staging at once. */
  async issue(entry: NameEntry, setting: WorkSetting, job: AbortController): Promise<void> {
    await this.#locked(entry, setting, job, async () => {
      while (!job.signal.aborted) {
        const action = actionOf(entry.record.issuance, this.#facts(setting));
        if (action.kind === 'wait') return;
        await new Attempt(this.#options, entry, setting, action, job.signal).run();
      }
    });
  }

  /**
   * Asks the authority when the certificate is to be renewed (RFC 9773 section 4). Gives the time before which no name need be asked about; 0: the authority
   * does say such things. Milliseconds since the epoch.
   */
  async advise(entry: NameEntry, setting: WorkSetting, job: AbortController): Promise<number> {
    const fromMs = await this.#advisesFrom(setting);
    if (fromMs > 0) return fromMs;
    await this.#locked(entry, setting, job, async () => {
      const { files, random } = this.#options;
      const { kept, record } = entry;
      if (kept === null || record.issuance.phase !== 'issued') return;
      const before = record.advice?.chosenMs;
      const asked = await this.#askForAdvice(kept, record, setting);
      // As it is by now: what was queued meanwhile is in it.
      entry.record = { ...entry.record, ...asked };
      if (entry.record.advice?.chosenMs !== before) {
        const renewAtMs = entry.plannedTime(kept, setting.draft.renewBeforeMs, random);
        entry.step({ kind: 'planned', renewAtMs }, this.#facts(setting));
      }
      await entry.store(files);
    });
    return 0;
  }

  async #locked(
    entry: NameEntry,
    setting: WorkSetting,
    job: AbortController,
    work: () => Promise<void>,
  ): Promise<void> {
    const { store, log } = this.#options;
    const { host } = entry;
    try {
      const lease = await store.lock(`issuance/${host}`, LEASE_MS);
      if (lease === null) {
        entry.busy(this.#facts(setting));
        log.debug({ host }, 'another penstock is at this name');
        return;
      }
      const renewing = setInterval(() => void this.#renew(lease, host, job), RENEW_LEASE_MS).unref();
      try {
        await this.#reread(entry, setting);
        await work();
      } finally {
        clearInterval(renewing);
        await lease.release();
      }
    } catch (error) {
      entry.busy(this.#facts(setting));
      log.error({ host, err: messageOf(error) }, 'the state of a certificate cannot be kept');
      this.#noteUnwritable(entry, setting, error);
    }
  }

  async #renew(lease: Lease, host: string, job: AbortController): Promise<void> {
    const { log } = this.#options;
    try {
      if (await lease.renew()) return;
      log.warn({ host }, 'another penstock took over this name');
    } catch (error) {
      log.error({ host, err: messageOf(error) }, 'the lock of a name cannot be renewed');
    }
    job.abort();
  }

  /** Another penstock may have come further meanwhile. */
  async #reread(entry: NameEntry, setting: WorkSetting): Promise<void> {
    const { files, onCertificate } = this.#options;
    const before = entry.kept?.certificate.id;
    const record = await files.record(entry.host);
    entry.reread(record, await files.certificate(entry.host), this.#facts(setting));
    if (entry.kept?.certificate.id !== before) onCertificate(entry);
  }

  /** See `advise`. What all names share is asked for once, and stored with none. */
  async #advisesFrom({ draft, authorityOf }: WorkSetting): Promise<number> {
    const nowMs = this.#options.clock.epochMs();
    try {
      const { renewalInfo } = await authorityOf(draft.directory).directory();
      return renewalInfo === null ? nextAsk(nowMs, 0) : 0;
    } catch (error) {
      return nextAskAfterFailure(nowMs, retryAfterOf(error));
    }
  }

  async #askForAdvice(
    { certificate, directory }: KeptCertificate,
    { advice }: NameRecord,
    { authorityOf }: WorkSetting,
  ): Promise<Pick<NameRecord, 'advice' | 'nextAskMs'>> {
    const { clock, random, log } = this.#options;
    const nowMs = clock.epochMs();
    const id = certificateAriId(new X509Certificate(certificate.chainPem));
    try {
      const answer = id === null ? null : await authorityOf(directory).renewalWindow(id);
      if (answer === null) return { advice: null, nextAskMs: nextAsk(nowMs, 0) };
      return {
        advice: adviceOf(answer.value, advice, random),
        nextAskMs: nextAsk(nowMs, answer.retryAfterMs),
      };
    } catch (error) {
      log.debug(
        { hosts: certificate.hosts, err: messageOf(error) },
        'the authority gives no renewal information now',
      );
      return { advice, nextAskMs: nextAskAfterFailure(nowMs, retryAfterOf(error)) };
    }
  }

  /** In memory alone, and once: the history before it is worth more than a row of the same. */
  #noteUnwritable(entry: NameEntry, setting: WorkSetting, error: unknown): void {
    const { hooks } = this.#options;
    const { nowMs } = this.#facts(setting);
    const { phase } = entry.record.issuance;
    const environment = phase === 'none' || phase === 'staging' ? 'staging' : 'production';
    const where = { host: entry.host, authority: setting.draft.directory, stage: 'store' } as const;
    const cause = hooks.diagnosis.classify({ ...where, error, clockSkewMs: null, nowMs, warnings: [] });
    if (entry.record.attempts.at(-1)?.cause?.code !== cause.code)
      entry.note({ atMs: nowMs, environment, cause });
  }

  #facts({ draft }: WorkSetting): LifecycleFacts {
    const { clock, random } = this.#options;
    return { nowMs: clock.epochMs(), stagingFirst: draft.stagingFirst, random };
  }
}
