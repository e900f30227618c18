/**
 * Automatic certificates of a running penstock: says which names are wanted once a configuration serves, and brings what comes into a new
 * snapshot without reading the configuration again, so that a file that is broken by now holds no renewal up. Primary thread.
 */

import type { ChallengeToken } from '../bridge/messages.ts';
import type { SnapshotContent } from '../bridge/snapshot/content.ts';
import type { Certificate, Listener } from '../bridge/snapshot/model.ts';
import type { Clock } from '../kit/clock.ts';
import type { AcmeDraft } from './certs/acme/acme-draft.ts';
import type { WantedName } from './certs/acme/wanted-names.ts';
import type { ConfigDraft } from './draft.ts';
import type { Compiled } from './pipeline.ts';

type Certificates = ReadonlyMap<string, Certificate>;

/** Whoever obtains and renews certificates (`certs/acme/manager.ts`). None of it throws or rejects. */
export interface CertificateIssuer {
  /** What is at hand, by name; expired ones too. */
  readonly certificates: Certificates;
  /** Has those of these names at hand that are stored in the state directory. */
  load(names: readonly WantedName[], acme: AcmeDraft, stateDir: string): Promise<void>;
  /** Begins, goes on, or stops what is no longer wanted. */
  want(names: readonly WantedName[], acme: AcmeDraft): void;
  close(): Promise<void>;
}

/** What an issuer has of the penstock that it works for. */
export interface IssuerGround {
  /** `certificates` changed. As often as it likes: what comes together goes into one snapshot. */
  onChange(): void;
  /** See `Fleet.setChallenges`. */
  setChallenges(tokens: readonly ChallengeToken[]): Promise<void>;
  /** Where plain HTTP is served now. */
  plainListeners(): readonly Listener[];
}

export type MakeIssuer = (ground: IssuerGround) => CertificateIssuer;

/** What the primary does for it. */
export interface AutomaticGround extends Omit<IssuerGround, 'onChange'> {
  readonly clock: Pick<Clock, 'nowMs'>;
  /**
   * Hands a content to the workers, in turn with reloads; `make` is called when it is its turn, and gives null where there is nothing to do. Resolves
   * with whether it serves; never rejects.
   */
  refresh(make: () => Promise<SnapshotContent> | null): Promise<boolean>;
}

/** Certificates that come together go together. */
const GATHER_MS = 50;
/** After a snapshot that the workers did not take. */
const RETRY_MS = 30_000;
const NONE: Certificates = new Map();

export class AutomaticCertificates {
  readonly #issuer: CertificateIssuer | null;
  readonly #ground: AutomaticGround;
  /** Of the configuration that serves, where it wants any. */
  #withAutomatic: Compiled['withAutomatic'] | null = null;
  /** The last section that there was: what is stopped is stopped under it. */
  #acme: AcmeDraft | null = null;
  /** A refresh waits for its turn; it will have what changes until then. */
  #pending = false;
  #timer: NodeJS.Timeout | null = null;
  /** The next refresh comes as long after the last one as that took: a thousand first certificates must not keep the primary from all else. */
  #restUntilMs = 0;
  #closing: Promise<void> | null = null;

  /** `make`: null where no certificates are obtained. */
  constructor(make: MakeIssuer | null, ground: AutomaticGround) {
    this.#ground = ground;
    const issuerGround: IssuerGround = {
      onChange: () => this.#gather(),
      setChallenges: (tokens) => ground.setChallenges(tokens),
      plainListeners: () => ground.plainListeners(),
    };
    this.#issuer = make === null ? null : make(issuerGround);
  }

  /** For a configuration that is being compiled. */
  async known(
    names: readonly WantedName[],
    acme: AcmeDraft,
    { stateDir }: Pick<ConfigDraft, 'stateDir'>,
  ): Promise<Certificates> {
    await this.#issuer?.load(names, acme, stateDir);
    return this.#issuer?.certificates ?? NONE;
  }

  /** A configuration serves now. */
  settle({ acme, wanted, withAutomatic }: Pick<Compiled, 'acme' | 'wanted' | 'withAutomatic'>): void {
    this.#withAutomatic = wanted.length > 0 ? withAutomatic : null;
    this.#acme = acme ?? this.#acme;
    if (this.#acme !== null) this.#issuer?.want(wanted, this.#acme);
  }

  /** Any number of times. */
  async close(): Promise<void> {
    this.#schedule(null, 0);
    this.#closing ??= this.#issuer?.close() ?? Promise.resolve();
    await this.#closing;
  }

  #gather(): void {
    if (this.#closing !== null || this.#pending) return;
    this.#pending = true;
    const restMs = this.#restUntilMs - this.#ground.clock.nowMs();
    this.#schedule(() => void this.#bring(), Math.max(GATHER_MS, restMs));
  }

  async #bring(): Promise<void> {
    const { clock } = this.#ground;
    let startedMs = clock.nowMs();
    const serves = await this.#ground.refresh(() => {
      this.#pending = false;
      startedMs = clock.nowMs();
      return this.#withAutomatic?.(this.#issuer?.certificates ?? NONE) ?? null;
    });
    const endedMs = clock.nowMs();
    this.#restUntilMs = endedMs + (endedMs - startedMs);
    if (!serves && this.#closing === null && !this.#pending) this.#schedule(() => this.#gather(), RETRY_MS);
  }

  /** In place of what was to be done before. */
  #schedule(act: (() => void) | null, delayMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = act === null ? null : setTimeout(act, delayMs).unref();
  }
}
