/**
 * Obtains and renews the automatic certificates of a running penstock: opens the manager of all names over the state directory, and gives it what it
 * asks for: solvers of challenges, the budget, the diagnosis. Primary thread. Nothing is thrown or rejected out of here: a state directory that cannot
 * be read means no certificates for now, and another try with the next configuration.
 */

import type { Logger } from 'pino';
import type { Certificate } from '../bridge/snapshot/model.ts';
import { type Clock, systemRandom } from '../kit/clock.ts';
import { messageOf } from '../kit/errors.ts';
import { isPublicDirectory } from '../kit/issuable-name.ts';
import { KEY_WORKER_ENTRY } from '../kit/program-files.ts';
import type { CertificateIssuer, IssuerGround } from './automatic-certificates.ts';
import type { AcmeDraft } from './certs/acme/acme-draft.ts';
import { Ledger } from './certs/acme/budget/ledger.ts';
import { makeDnsSolver } from './certs/acme/challenge/dns-solver.ts';
import { HttpSolver } from './certs/acme/challenge/http-solver.ts';
import type { ChallengeSolver } from './certs/acme/challenge/solver.ts';
import { causeOf } from './certs/acme/diagnosis/causes.ts';
import type { CertificateStatus } from './certs/acme/diagnosis/certificate-status.ts';
import { createDiagnosis, type Diagnosis, type DiagnosisMeans } from './certs/acme/diagnosis/diagnosis.ts';
import { ownAddresses } from './certs/acme/diagnosis/own-addresses.ts';
import { KeyPool } from './certs/acme/keys.ts';
import { CertificateManager, type RenewAnswer } from './certs/acme/manager.ts';
import type { WantedName } from './certs/acme/wanted-names.ts';
import { DnsClient } from './dns/dns-client.ts';
import { FileStore } from './store/file-store.ts';

/** Where authorities ask (RFC 8555 8.3), and where a redirect to HTTPS leads them. */
const HTTP_PORT = 80;
const HTTPS_PORT = 443;
const NONE: ReadonlyMap<string, Certificate> = new Map();

export class AcmeIssuer implements CertificateIssuer {
  readonly #ground: IssuerGround;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #httpSolver: HttpSolver;
  readonly #diagnosis: Diagnosis;
  #stateDir = '';
  #manager: CertificateManager | null = null;
  #draft: AcmeDraft | null = null;
  /** Of `acme.dns` as it is now: it knows which records it has written. */
  #dnsSolver: { readonly section: string; readonly solver: ChallengeSolver } | null = null;

  constructor(ground: IssuerGround, clock: Clock, log: Logger) {
    this.#ground = ground;
    this.#clock = clock;
    this.#log = log;
    this.#httpSolver = new HttpSolver(ground);
    this.#diagnosis = createDiagnosis(() => this.#means());
  }

  get certificates(): ReadonlyMap<string, Certificate> {
    return this.#manager?.certificates ?? NONE;
  }

  /** Once: certificates stay with the state directory that penstock started with, as its other records do. */
  async load(stateDir: string): Promise<void> {
    if (this.#manager !== null) {
      if (stateDir !== this.#stateDir)
        this.#log.warn(
          { stateDir: this.#stateDir },
          'certificates stay in the state directory of before until a restart',
        );
      return;
    }
    try {
      this.#manager = await this.#open(stateDir);
      this.#stateDir = stateDir;
    } catch (error) {
      this.#log.error(
        { err: messageOf(error) },
        'the stored certificates cannot be read: none is served or obtained',
      );
    }
  }

  want(names: readonly WantedName[], draft: AcmeDraft): void {
    this.#draft = draft;
    this.#manager?.want(names, draft);
  }

  status(): readonly CertificateStatus[] {
    return this.#manager?.status() ?? [];
  }

  renew(host: string, force: boolean): RenewAnswer {
    return this.#manager?.renew(host, force) ?? { kind: 'unknown' };
  }

  async close(): Promise<void> {
    await this.#manager?.close();
  }

  async #open(stateDir: string): Promise<CertificateManager> {
    const clock = this.#clock;
    const store = new FileStore(stateDir, clock);
    const budget = new Ledger({
      store,
      clock,
      onDamage: (where) =>
        this.#log.error(
          { file: where },
          'the book of what was asked of an authority was damaged: it was set aside',
        ),
    });
    return await CertificateManager.open({
      store,
      clock,
      random: systemRandom,
      log: this.#log,
      keys: new KeyPool(KEY_WORKER_ENTRY),
      hooks: { budget, diagnosis: this.#gated(), emit: (event) => this.#ground.events.emit(event) },
      onChange: () => this.#ground.onChange(),
      solver: (draft) => this.#solverOf(draft),
    });
  }

  /** The diagnosis, behind the question whether the domain has to be verified. */
  #gated(): Diagnosis {
    const { preCheck, classify, waitScopeOf } = this.#diagnosis;
    return {
      classify,
      waitScopeOf,
      preCheck: async (host, facts, signal) => {
        if (this.#draft?.requireVerified === true && !this.#ground.isVerified(host))
          return { stop: causeOf('not_verified', { host }), warnings: [] };
        return await preCheck(host, facts, signal);
      },
    };
  }

  #means(): DiagnosisMeans {
    const resolvers = this.#draft?.dns?.resolvers ?? [];
    return {
      dns: new DnsClient(resolvers),
      resolversAreGiven: resolvers.length > 0,
      isPublic:
        this.#draft !== null && this.#draft.caPem === null && isPublicDirectory(this.#draft.directory),
      solver: this.#httpSolver,
      ownAddresses,
      httpPort: HTTP_PORT,
      httpsPort: HTTPS_PORT,
      epochMs: () => this.#clock.epochMs(),
    };
  }

  #solverOf({ challenge, dns }: AcmeDraft): ChallengeSolver {
    if (challenge === 'http-01' || dns === null) return this.#httpSolver;
    const section = JSON.stringify(dns);
    if (this.#dnsSolver?.section !== section)
      this.#dnsSolver = { section, solver: makeDnsSolver(dns, this.#clock) };
    return this.#dnsSolver.solver;
  }
}
