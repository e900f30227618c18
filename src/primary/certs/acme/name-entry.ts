/**
 * What is known of one name while penstock runs: its record and certificate as stored, whether it is wanted, and what is done about it now. Primary
 * thread. The record in the store is written under the lock of the name alone, since another penstock may hold it; what happens without the lock is
 * queued, and applied to whatever the record is by then.
 */

import type { Random } from '../../../kit/clock.ts';
import type { Attempt } from './diagnosis/certificate-status.ts';
import { actionOf, type Issuance, type IssuanceEvent, type LifecycleFacts, step } from './lifecycle.ts';
import type { KeptCertificate, NameFiles } from './name-files.ts';
import { type NameRecord, NEW_RECORD, withAttempt } from './name-record.ts';
import { advisedTime, LATEST_ASK_MS, renewalTime } from './renewal.ts';
import type { WantedName } from './wanted-names.ts';

/** What is due for a name, and since when. Milliseconds since the epoch. */
export interface Due {
  readonly kind: 'issue' | 'advise';
  readonly atMs: number;
}

/** Until the next look at a name that another penstock is at, or whose record cannot be kept. */
const BUSY_MS = 15_000;
/** Clocks are put right by some seconds all the time. */
const SET_BACK_MS = 5 * 60_000;

export class NameEntry {
  readonly host: string;
  /** Null: no configuration wants it any more. */
  wanted: WantedName | null = null;
  /** With what is queued. */
  record: NameRecord;
  kept: KeptCertificate | null;
  /** Ends what is done about the name now; null: nothing is. */
  job: AbortController | null = null;
  /** Another penstock is at it, or the store cannot be used. Milliseconds since the epoch. */
  #busyUntilMs = 0;
  readonly #queued: IssuanceEvent[] = [];

  constructor(host: string, record: NameRecord | null, kept: KeptCertificate | null, facts: LifecycleFacts) {
    this.host = host;
    this.record = record ?? NEW_RECORD;
    this.kept = kept;
    this.reread(record, kept, facts);
  }

  /** Puts in what the store has now, and on it what is queued. */
  reread(record: NameRecord | null, kept: KeptCertificate | null, facts: LifecycleFacts): void {
    this.kept = kept;
    this.record = reconciled(record ?? this.record, kept, facts);
    for (const event of this.#queued) this.#apply(event, facts);
  }

  /** Another penstock is at it, or the store cannot be used: it is looked at again in a while. */
  busy({ nowMs }: Pick<LifecycleFacts, 'nowMs'>): void {
    this.#busyUntilMs = nowMs + BUSY_MS;
  }

  /** Somebody wants it to be looked at now. */
  notBusy(): void {
    this.#busyUntilMs = 0;
  }

  /** Ends waits that a clock began which was set back since: they would last until it is there again, be it a year. */
  heedClock(facts: LifecycleFacts): void {
    const { nowMs } = facts;
    if (this.#busyUntilMs > nowMs + BUSY_MS) this.notBusy();
    if (this.record.nextAskMs > nowMs + LATEST_ASK_MS) this.record = { ...this.record, nextAskMs: nowMs };
    const { attempts, issuance } = this.record;
    const beganMs = attempts.at(-1)?.atMs ?? 0;
    if (issuance.notBeforeMs > nowMs && beganMs > nowMs + SET_BACK_MS)
      this.queue({ kind: 'set_back' }, facts);
  }

  /** For what happens without the lock. */
  queue(event: IssuanceEvent, facts: LifecycleFacts): void {
    this.#queued.push(event);
    this.#apply(event, facts);
  }

  /** Under the lock. */
  step(event: IssuanceEvent, facts: LifecycleFacts): void {
    this.record = { ...this.record, issuance: step(this.record.issuance, event, facts) };
  }

  /** An attempt has ended. */
  note(attempt: Attempt): void {
    this.record = { ...this.record, attempts: withAttempt(this.record.attempts, attempt) };
  }

  /** Under the lock. Rejects with a PenstockError. */
  async store(files: NameFiles): Promise<void> {
    const { length } = this.#queued;
    await files.putRecord(this.host, this.record);
    // What came meanwhile is not in it.
    this.#queued.splice(0, length);
  }

  /** Plans the renewal anew where `renew_before` is another than it was planned with. */
  planFor(renewBeforeMs: number, facts: LifecycleFacts): void {
    const { kept, record } = this;
    if (kept === null || record.renewBeforeMs === renewBeforeMs) return;
    this.record = { ...record, renewBeforeMs };
    this.queue({ kind: 'planned', renewAtMs: this.plannedTime(kept, renewBeforeMs, facts.random) }, facts);
  }

  /** When a certificate is to be renewed: as its authority suggests, else as configured. */
  plannedTime(
    { certificate: { notAfterMs }, notBeforeMs, obtainedMs }: KeptCertificate,
    renewBeforeMs: number,
    random: Random,
  ): number {
    const span = { notBeforeMs, notAfterMs };
    const { advice } = this.record;
    return advice === null
      ? renewalTime(span, renewBeforeMs, obtainedMs, random)
      : advisedTime(span, advice, obtainedMs);
  }

  /** What comes next. `asks`: the directory whose certificates are asked about, and from when on. */
  due(facts: LifecycleFacts, asks: { readonly directory: string; readonly fromMs: number }): Due {
    const action = actionOf(this.record.issuance, facts);
    const issueMs = Math.max(
      action.kind === 'wait' ? action.untilMs : dueSince(this.record.issuance),
      this.#busyUntilMs,
    );
    const isAsked = this.record.issuance.phase === 'issued' && this.kept?.directory === asks.directory;
    const askMs = isAsked
      ? Math.max(this.record.nextAskMs, asks.fromMs, this.#busyUntilMs)
      : Number.POSITIVE_INFINITY;
    return askMs < issueMs ? { kind: 'advise', atMs: askMs } : { kind: 'issue', atMs: issueMs };
  }

  #apply(event: IssuanceEvent, facts: LifecycleFacts): void {
    // A certificate that another penstock has brought meanwhile is not lost.
    if (event.kind === 'lost' && this.kept !== null) return;
    this.step(event, facts);
  }
}

/** Since when something could have been done. Who waits longest comes first. */
function dueSince({ phase, notBeforeMs, certificate }: Issuance): number {
  return phase === 'issued' && certificate !== null
    ? Math.max(certificate.renewAtMs, notBeforeMs)
    : notBeforeMs;
}

/** A crash between the two, or a damaged file, leaves a record and a certificate that do not fit: the certificate is what counts. */
function reconciled(record: NameRecord, kept: KeptCertificate | null, facts: LifecycleFacts): NameRecord {
  const { issuance } = record;
  if (kept === null) {
    return { ...record, issuance: step(issuance, { kind: 'lost' }, facts), advice: null };
  }
  const { phase, certificate, order } = issuance;
  // What is under way brings the same certificate again, or the next one.
  if (certificate !== null || (phase === 'production' && order !== null)) return record;
  const { notBeforeMs, certificate: stored } = kept;
  const { notAfterMs } = stored;
  // With no `renew_before`, so that it is planned as soon as the configuration is known.
  return {
    ...record,
    issuance: {
      ...issuance,
      phase: 'issued',
      order: null,
      certificate: { notBeforeMs, notAfterMs, renewAtMs: notAfterMs },
    },
    renewBeforeMs: 0,
  };
}
