/**
 * Automatic certificates of a running penstock: says which names are wanted once a configuration serves, and brings what comes into a new
 * snapshot without reading the configuration again, so that a file that is broken by now holds no renewal up. Primary thread.
 */

import type { ChallengeToken } from '../bridge/messages.ts';
import type { SnapshotContent } from '../bridge/snapshot/content.ts';
import type { Certificate, Listener } from '../bridge/snapshot/model.ts';
import type { Clock } from '../kit/clock.ts';
import type { AcmeDraft } from './certs/acme/acme-draft.ts';
import type { CertificateStatus } from './certs/acme/diagnosis/certificate-status.ts';
import type { RenewAnswer } from './certs/acme/manager.ts';
import type { WantedName } from './certs/acme/wanted-names.ts';
import type { AutomaticView } from './control.ts';
import type { ConfigDraft } from './draft.ts';
import type { EventSink } from './event.ts';
import type { Compiled } from './pipeline.ts';

type Certificates = ReadonlyMap<string, Certificate>;

/** Whoever obtains and renews certificates (`acme-issuer.ts`). None of it throws or rejects. */
export interface CertificateIssuer extends AutomaticView {
  /** What is at hand, by name; expired ones too. */
  readonly certificates: Certificates;
  /** Has at hand what is stored in the state directory. */
  load(stateDir: string): Promise<void>;
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
  /** DNS has shown that its domain is ours (`domains/`). */
  isVerified(host: string): boolean;
  readonly events: EventSink;
}

/** Called once, when a configuration first has a section `acme`: what it brings is loaded then. */
export type MakeIssuer = (ground: IssuerGround) => Promise<CertificateIssuer>;

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

export class AutomaticCertificates implements AutomaticView {
  readonly #makeIssuer: () => Promise<CertificateIssuer> | null;
  readonly #ground: AutomaticGround;
  #issuer: CertificateIssuer | null = null;
  /** Of the configuration that serves, where it wants any. */
  #withAutomatic: Compiled['withAutomatic'] | null = null;
  #wanted: readonly WantedName[] = [];
  /** What the last configuration was compiled with. */
  #compiledWith: Certificates = NONE;
  /** By host, the id of what every worker serves. */
  #served: ReadonlyMap<string, string> = new Map();
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
      isVerified: (host) => ground.isVerified(host),
      events: ground.events,
    };
    this.#makeIssuer = () => make?.(issuerGround) ?? null;
  }

  /** For a configuration that is being compiled. */
  async known({ stateDir, acme }: Pick<ConfigDraft, 'stateDir' | 'acme'>): Promise<Certificates> {
    if (acme !== null) this.#issuer ??= await this.#makeIssuer();
    await this.#issuer?.load(stateDir);
    this.#compiledWith = this.#atHand();
    return this.#compiledWith;
  }

  status(): readonly CertificateStatus[] {
    return this.#issuer?.status() ?? [];
  }

  renew(host: string, force: boolean): RenewAnswer {
    return this.#issuer?.renew(host, force) ?? { kind: 'unknown' };
  }

  /** Its domain is verified now: whoever waited for that waits no longer. */
  verified(host: string): void {
    for (const name of [host, `*.${host}`]) this.#issuer?.renew(name, false);
  }

  /** A configuration serves now. */
  settle({ acme, wanted, withAutomatic }: Pick<Compiled, 'acme' | 'wanted' | 'withAutomatic'>): void {
    this.#withAutomatic = wanted.length > 0 ? withAutomatic : null;
    this.#acme = acme ?? this.#acme;
    this.#wanted = wanted;
    this.#tellProvisioned(this.#compiledWith, true);
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
    let certificates = NONE;
    const serves = await this.#ground.refresh(() => {
      this.#pending = false;
      startedMs = clock.nowMs();
      certificates = this.#atHand();
      return this.#withAutomatic?.(certificates) ?? null;
    });
    if (serves) this.#tellProvisioned(certificates, false);
    const endedMs = clock.nowMs();
    this.#restUntilMs = endedMs + (endedMs - startedMs);
    if (!serves && this.#closing === null && !this.#pending) this.#schedule(() => this.#gather(), RETRY_MS);
  }

  /** As it is now: more may come while a snapshot is made of it. */
  #atHand(): Certificates {
    return new Map(this.#issuer?.certificates);
  }

  /** Every worker serves these. What a configuration finds in the state directory is no news. */
  #tellProvisioned(certificates: Certificates, isConfiguration: boolean): void {
    const served = new Map<string, string>();
    for (const { host } of this.#wanted) {
      const certificate = certificates.get(host);
      if (certificate === undefined) continue;
      served.set(host, certificate.id);
      const before = this.#served.get(host);
      if (before === certificate.id || (isConfiguration && before === undefined)) continue;
      const data = { notAfterMs: certificate.notAfterMs };
      this.#ground.events.emit({ type: 'CertProvisioned', subject: host, data });
    }
    this.#served = served;
  }

  /** In place of what was to be done before. */
  #schedule(act: (() => void) | null, delayMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = act === null ? null : setTimeout(act, delayMs).unref();
  }
}
