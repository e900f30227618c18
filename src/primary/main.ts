/**
 * The primary thread of a running penstock: owns the configuration that serves, the fleet, the admin server and the watch on
 * the files. Implements `Control`. The way of a configuration is `pipeline.ts`; the way of a request is in the workers.
 */

import type { SnapshotContent } from '../bridge/snapshot/content.ts';
import type { Service, Snapshot } from '../bridge/snapshot/model.ts';
import { type Clock, systemClock } from '../kit/clock.ts';
import { messageOf, PenstockError } from '../kit/errors.ts';
import { LogField } from '../kit/names.ts';
import type { Admin } from './admin/server.ts';
import { AdminDoor } from './admin-door.ts';
import { AutomaticCertificates } from './automatic-certificates.ts';
import { ExpiryWatch } from './certs/expiry-watch.ts';
import { TicketKeyRotation } from './certs/ticket-key-rotation.ts';
import { compiledOf } from './compiled-of.ts';
import type {
  AutomaticView,
  Control,
  LiveFacts,
  ReloadResult,
  ReloadTrigger,
  ServedCertificates,
  Status,
  UpgradeResult,
} from './control.ts';
import { type Current, contentOf, currentOf, unresolved } from './current.ts';
import { deliver } from './deliver.ts';
import type { DomainRegistry } from './domain.ts';
import type { ConfigDraft } from './draft.ts';
import { Engines } from './engines.ts';
import type { EventFeed, EventSink } from './event.ts';
import type { Fleet } from './fleet/fleet.ts';
import { MemoryPlan } from './fleet/memory-plan.ts';
import type { HealthMonitor } from './health/monitor.ts';
import { keepLastGood } from './keep-last-good.ts';
import { type LatencyStatus, latencyStatus } from './latency-status.ts';
import { Addresses } from './listen/addresses.ts';
import { liveFacts } from './live-facts.ts';
import type { Log } from './log.ts';
import { makeFleet } from './make-fleet.ts';
import { metricsText } from './metrics-text.ts';
import { type Compiled, nothingKnown, runPipeline } from './pipeline.ts';
import type { PrimaryOptions } from './primary-options.ts';
import { type PrintableSnapshot, printableSnapshot } from './publish/printable.ts';
import { makePublication, messageFor, type Publication } from './publish/publication.ts';
import { Records } from './records.ts';
import { type ReloadOutcome, Reloads } from './reloads.ts';
import { restartProblems, sizeOf } from './restart-problems.ts';
import { runningStatus } from './running-status.ts';
import { SelfSignedStores } from './self-signed-stores.ts';
import { ServiceNames } from './service-names.ts';
import { type FileWatch, watchFiles } from './source/watch-files.ts';
import { Upgrade } from './upgrade.ts';
import { watchHealth } from './watch-health.ts';
import { workersThatRun } from './worker-count.ts';

export class Primary implements Control {
  readonly facts: LiveFacts;
  readonly #options: PrimaryOptions;
  readonly #clock: Clock = systemClock;
  readonly #startedMs: number = systemClock.nowMs();
  readonly #addresses: Addresses;
  readonly #engines: Engines;
  readonly #ticketKeys = new TicketKeyRotation(systemClock);
  readonly #known = nothingKnown();
  readonly #selfSigned: SelfSignedStores;
  readonly #reloads: Reloads;
  readonly #watch: FileWatch;
  #fleet: Fleet | null = null;
  #memory = new MemoryPlan(1);
  readonly #health: HealthMonitor;
  /** The number of workers that was asked for. */
  #size = 0;
  #current: Current | null = null;
  readonly #admin: AdminDoor;
  readonly #names: ServiceNames;
  readonly #automatic: AutomaticCertificates;
  readonly #expiry: ExpiryWatch;
  readonly #upgrade: Upgrade;
  /** Null before the state directory is known. */
  #records: Records | null = null;
  #version = 0;
  /** Reloads are served one after the other. */
  #queue: Promise<unknown> = Promise.resolve();
  #closing = false;

  /**
   * Reads, checks, starts the workers and the admin server.
   * @throws PenstockError PENSTOCK_CONFIG_INVALID with the problems in `detail`, or what kept it from starting
   */
  static async start(options: PrimaryOptions): Promise<Primary> {
    const primary = new Primary(options);
    const started = primary.#start();
    // A file that changes meanwhile is read once there is something to replace.
    primary.#queue = started.catch(() => {});
    try {
      await started;
      return primary;
    } catch (error) {
      primary.#closing = true;
      await primary.#release();
      throw error;
    }
  }

  private constructor(options: PrimaryOptions) {
    this.#options = options;
    this.#addresses = new Addresses(options.inherited.left);
    this.#engines = new Engines(options.env);
    this.#selfSigned = new SelfSignedStores(this.#clock, options.log.logger);
    this.#reloads = new Reloads(this.#clock, options.log.logger);
    this.#admin = new AdminDoor(this, options.log, options.inherited);
    this.#upgrade = new Upgrade(options, this.#clock, async () => [
      ...((await this.#fleet?.shareSockets()) ?? []),
      ...this.#admin.share(),
    ]);
    const onAddresses = (): void => void this.#refresh('the new addresses of a name', unresolved);
    this.#names = new ServiceNames(options.log.logger, onAddresses);
    const events: EventSink = { emit: (event) => this.#records?.events.emit(event) };
    this.#automatic = new AutomaticCertificates(options.makeIssuer ?? null, {
      clock: this.#clock,
      events,
      isVerified: (host) => this.#records?.domains.isVerified(host) ?? false,
      refresh: (make) => this.#refresh('new certificates', make),
      setChallenges: async (tokens) => await this.#fleet?.setChallenges(tokens),
      plainListeners: () => this.#current?.content.listeners.filter(({ tls }) => !tls) ?? [],
    });
    this.#expiry = new ExpiryWatch({ clock: this.#clock, log: options.log.logger, events });
    this.#health = watchHealth(options.log.logger, () => this.#memory.endpoints);
    this.facts = liveFacts(() => this.#memory, this.#health);
    // Rejects only where the start failed meanwhile, and that is told already.
    this.#watch = watchFiles(this.#clock, () => void this.reload('file').catch(() => {}));
  }

  async #start(): Promise<void> {
    const compiled = await this.#pipeline(false);
    const { draft } = compiled;
    const { configFile, log, inherited } = this.#options;
    const onVerified = (host: string): void => this.#automatic.verified(host);
    const records = await Records.open(draft, { configFile, clock: this.#clock, log, onVerified });
    this.#records = records;
    this.#engines.prepare(draft);
    this.#size = sizeOf(draft);
    const size = workersThatRun(this.#size, this.#log);
    this.#memory = new MemoryPlan(size);
    const content = this.#place(compiled.content, await this.#names.know(compiled.content.services));
    const publication = this.#number(content);
    const { memory: ticketKeys } = this.#ticketKeys;
    const ground = { stateDir: draft.stateDir, log: log.logger, health: this.#health, ticketKeys };
    const fleet = makeFleet(size, this.#clock, ground, this.#memory.endpoints.segments);
    this.#fleet = fleet;
    const taken = inherited.take(content.listeners);
    const { version, digest } = publication;
    await fleet.start(version, (worker) => messageFor(publication, this.#memory.buffers(worker)), taken);
    this.#settle(currentOf(draft, compiled.content.services, content, publication), content);
    records.use(draft);
    await this.#admin.use(draft, await this.#admin.open(draft));
    inherited.closeLeft();
    this.#automatic.settle(compiled);
    records.reloaded({ outcome: 'applied', trigger: 'start', version, digest, message: '', problems: [] });
    const fields = { [LogField.SNAPSHOT]: version, [LogField.DIGEST]: digest, routes: content.routes.length };
    this.#log.info(fields, 'serving');
  }

  get #log(): Log['logger'] {
    return this.#options.log.logger;
  }

  // ── Control ────────────────────────────────────────────────────────────────────────────────────────────────────────

  status(): Status {
    return runningStatus({
      configFile: this.#options.configFile,
      uptimeMs: this.#clock.nowMs() - this.#startedMs,
      publication: this.#serving().publication,
      admin: this.#admin.address,
      fleet: this.#fleet,
      lastReload: this.#reloads.last,
      closing: this.#closing,
    });
  }

  latency(): LatencyStatus {
    return latencyStatus(this.#memory.counters);
  }

  snapshot(): Snapshot {
    return this.#serving().publication.snapshot;
  }

  certificates(): ServedCertificates {
    return this.#serving().content;
  }

  printableSnapshot(): PrintableSnapshot {
    const current = this.#serving();
    return printableSnapshot(contentOf(current), current.publication.snapshot, this.#options.log.secrets);
  }

  async metrics(): Promise<string> {
    return await metricsText({
      current: this.#serving(),
      memory: this.#memory,
      facts: this.facts,
      fleet: this.#fleet,
      reloads: this.#reloads.counts,
    });
  }

  get automatic(): AutomaticView {
    return this.#automatic;
  }

  get events(): EventFeed {
    return started(this.#records).events;
  }

  get domains(): DomainRegistry {
    return started(this.#records).domains;
  }

  reload(trigger: ReloadTrigger): Promise<ReloadResult> {
    return this.#inTurn(() => this.#reload(trigger));
  }

  upgrade(): Promise<UpgradeResult> {
    return this.#inTurn(() => this.#upgrade.run());
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(act);
    this.#queue = result.catch(() => {});
    return result;
  }

  /** Stops accepting, lets requests end up to `timeouts.drain`; every thread has ended afterwards. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#upgrade.cancel();
    this.#watch.close();
    // Whoever asks from now on is to reach the process that serves.
    if (this.#upgrade.isOver) await this.#admin.close();
    // Orders that are under way take their answers away meanwhile.
    const obtaining = this.#automatic.close();
    await this.#queue;
    const drainMs = this.#current?.draft.timeouts.drainMs ?? 0;
    await Promise.all([obtaining, this.#fleet?.drain(drainMs, this.#upgrade.isOver)]);
    await this.#release();
  }

  /** Cuts everything. */
  kill(): void {
    this.#closing = true;
    void this.#fleet?.stop();
  }

  /** For fault tests. */
  failWorker(worker: number): void {
    this.#fleet?.fail(worker);
  }

  // ── Reload ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #reload(trigger: ReloadTrigger): Promise<ReloadResult> {
    const apply = (): Promise<ReloadOutcome> => this.#apply(trigger);
    const result = await this.#reloads.run(trigger, apply, () => this.#serving().publication);
    if (trigger === 'signal') this.#fleet?.reopenLogs();
    this.#records?.reloaded(result);
    return result;
  }

  async #apply(trigger: ReloadTrigger): Promise<ReloadOutcome> {
    if (this.#closing) return { outcome: 'failed', message: 'penstock is stopping', problems: [] };
    const compiled = await this.#pipeline(trigger === 'file');
    const { draft, content } = compiled;
    await this.#names.know(content.services);
    const admin = await this.#admin.open(draft);
    let serves: boolean;
    try {
      serves = await this.#serve(draft, content);
    } catch (error) {
      await admin?.close();
      throw error;
    }
    await this.#applyProcessSettings(draft, admin);
    this.#automatic.settle(compiled);
    const { version } = this.#serving().publication;
    return serves
      ? { outcome: 'applied', message: `snapshot ${version} serves`, problems: [] }
      : { outcome: 'unchanged', message: 'the configuration is the one that serves', problems: [] };
  }

  /**
   * Hands a configuration, with its names as they resolve now, to the workers. False: it is the one that serves.
   * @throws PenstockError PENSTOCK_WORKER_FAILED if a worker cannot serve it; the one before serves on
   */
  async #serve(draft: Current['draft'], compiled: SnapshotContent): Promise<boolean> {
    const current = this.#serving();
    const before = current.publication;
    const content = this.#place(compiled, this.#names.expand(compiled.services));
    const publication = this.#number(content);
    if (publication.digest === before.digest) {
      this.#version--;
      this.#current = { ...current, draft, services: compiled.services };
      return false;
    }
    const ground = { fleet: this.#fleet as Fleet, memory: this.#memory, log: this.#log };
    await deliver(publication, before, ground);
    this.#settle(currentOf(draft, compiled.services, content, publication), content);
    return true;
  }

  /** What no file says has changed: no reload, but a new snapshot. False where it does not serve; never rejects. `make` may give null. */
  #refresh(
    what: string,
    make: (current: Current) => Promise<SnapshotContent> | SnapshotContent | null,
  ): Promise<boolean> {
    return this.#inTurn(async () => {
      const current = this.#closing ? null : this.#current;
      try {
        const content = current && (await make(current));
        if (current !== null && content !== null) await this.#serve(current.draft, content);
        return true;
      } catch (error) {
        this.#log.error(`${what} do not serve: ${messageOf(error)}`);
        return false;
      }
    });
  }

  async #applyProcessSettings(draft: ConfigDraft, admin: Admin | null): Promise<void> {
    await this.#options.log.configure({ level: draft.log.level, format: draft.log.format });
    this.#records?.use(draft);
    await this.#admin.use(draft, admin);
  }

  /** @throws PenstockError PENSTOCK_CONFIG_INVALID with the problems in `detail` */
  async #pipeline(trustStamps: boolean): Promise<Compiled> {
    this.#watch.mark();
    const result = await runPipeline(this.#options.configFile, {
      clock: this.#clock,
      env: this.#options.env,
      known: this.#known,
      trustStamps,
      selfSigned: (draft) => this.#selfSigned.of(draft.stateDir),
      automatic: (draft) => this.#automatic.known(draft),
      addresses: (draft, opensHttps) => this.#addresses.look(draft, opensHttps),
      terminal: process.stderr.isTTY === true,
      checkAgainstRunning: (draft) =>
        this.#fleet === null ? [] : [...restartProblems(draft, this.#size), ...this.#engines.problems(draft)],
    });
    this.#watch.follow(result.watchedFiles, result.readStamps);
    return compiledOf(result, this.#options.configFile, this.#options.log);
  }

  #place(content: SnapshotContent, services: readonly Service[]): SnapshotContent {
    const placed = this.#memory.place({ ...content, services }, this.#clock.nowMs());
    this.#health.prepare(placed.services);
    return placed;
  }

  #number(content: SnapshotContent): Publication {
    this.#version++;
    return makePublication(content, this.#version, this.#clock.epochMs(), this.#current);
  }

  /** `content`: all that `current` was made of. */
  #settle(current: Current, content: SnapshotContent): void {
    this.#current = current;
    this.#addresses.settle(content.listeners);
    this.#memory.settle(content, this.#clock.nowMs());
    this.#names.settle(current.services);
    this.#health.adopt(content.services);
    this.#expiry.settle(content);
    keepLastGood(current.draft.stateDir, current.publication.bytes, this.#log);
  }

  #serving(): Current {
    return started(this.#current);
  }

  async #release(): Promise<void> {
    this.#watch.close();
    this.#health.close();
    this.#ticketKeys.close();
    this.#names.close();
    this.#expiry.close();
    await this.#automatic.close();
    await this.#admin.close();
    await this.#fleet?.stop();
    await this.#records?.close();
  }
}

function started<T>(part: T | null): T {
  if (part === null) throw new PenstockError('PENSTOCK_WORKER_FAILED', 'penstock has not started yet');
  return part;
}
