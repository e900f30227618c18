/**
 * One data-plane worker: owns its engine, listeners, pools and exchanges, and swaps the snapshot they serve. Worker thread.
 * `main.ts` connects it to the primary's messages.
 */

import { ConnectionTable } from '../bridge/memory/connection-table.ts';
import { EndpointTable } from '../bridge/memory/endpoint-table.ts';
import { RequestKind, WorkerGauges } from '../bridge/memory/gauges.ts';
import { RetryBudgets } from '../bridge/memory/retry-budgets.ts';
import type { ChallengesMessage, FromWorker, SnapshotMessage, WorkerData } from '../bridge/messages.ts';
import { decodeSnapshot } from '../bridge/snapshot/codec.ts';
import type { Snapshot } from '../bridge/snapshot/model.ts';
import { systemClock, systemRandom, systemSharedClock } from '../kit/clock.ts';
import { messageOf } from '../kit/errors.ts';
import { Balancer } from './balancer/balancer.ts';
import { Outliers } from './balancer/outliers.ts';
import { AccessLog } from './exchange/access-log.ts';
import { Exchange } from './exchange/exchange.ts';
import type { ExchangeContext } from './exchange/exchange-context.ts';
import { type ClientSide, Engine, Protocol } from './listener/client-side.ts';
import { ConnectionLimits } from './listener/door/connection-limits.ts';
import { Door } from './listener/door/door.ts';
import type { DoorContext } from './listener/door/door-context.ts';
import type { EngineListener } from './listener/engine-listener.ts';
import { EngineGround, type EngineSettings } from './listener/node/engine-ground.ts';
import { UwsEngine } from './listener/uws/uws-engine.ts';
import { Listeners } from './listeners.ts';
import { ResponseFields } from './response/response-fields.ts';
import { makeServing, type Serving } from './serving.ts';
import { Sweeper } from './sweeper.ts';
import { findLeft } from './tidy.ts';
import { UpstreamPools } from './upstream/upstream-pools.ts';

export type Post = (message: FromWorker) => void;

/** What the kernel hands over at once, for all clients' sockets of the worker. */
const READ_MEMORY_BYTES = 65_536;
const HEARTBEAT_MS = 500;
/** How often a draining worker looks whether it is done. */
const DRAIN_LOOK_MS = 20;

export class DataPlaneWorker {
  readonly #id: number;
  readonly #post: Post;
  readonly #context: ExchangeContext;
  readonly #endpoints: EndpointTable;
  readonly #ground: EngineGround;
  readonly #listeners: Listeners;
  /** Snapshots that came while another was being adopted. */
  readonly #waiting: SnapshotMessage[] = [];
  #adopting = false;
  #ended = false;

  constructor(data: WorkerData, post: Post) {
    this.#id = data.id;
    this.#post = post;
    const gauges = new WorkerGauges(data.gauges);
    const accessLog = new AccessLog((message) => this.#log('warn', message));
    const snapshot = decodeSnapshot(data.snapshot.bytes);
    const endpoints = new EndpointTable(data.id, data.workers);
    endpoints.adopt(data.snapshot.memory.endpoints);
    this.#endpoints = endpoints;
    const retryBudgets = new RetryBudgets(data.id, data.workers, systemSharedClock);
    retryBudgets.adopt(data.snapshot.memory.retryBudgets);
    const context: ExchangeContext = {
      serving: makeServing(snapshot, data.snapshot.memory, data.id),
      challenges: new Map(data.challenges.tokens),
      stopping: false,
      clock: systemClock,
      balancer: new Balancer({
        workerId: data.id,
        random: systemRandom,
        table: endpoints,
        stickyKey: data.stickyKey,
      }),
      outliers: new Outliers(endpoints, ({ key }, reason) =>
        this.#post({ type: 'endpoint-failing', key, reason }),
      ),
      pools: new UpstreamPools(systemClock, (message) => this.#log('warn', message)),
      retryBudgets,
      responseFields: new ResponseFields(),
      sweeper: new Sweeper(systemClock),
      gauges,
      accessLog,
    };
    this.#context = context;
    const start = (client: ClientSide): void => {
      gauges.countRequest(requestKindOf(client));
      new Exchange(context, client).run();
    };
    const report = (message: string): void => this.#log('warn', message);
    let uws: UwsEngine | null = null;
    this.#ground = new EngineGround(systemClock, start, engineSettings(snapshot));
    const doors: DoorContext = {
      ground: this.#ground,
      memory: Buffer.allocUnsafeSlow(READ_MEMORY_BYTES),
      ticketKeys: data.ticketKeys,
      gauges,
      limits: new ConnectionLimits(new ConnectionTable(data.connections, data.id, data.workers)),
      uws: () => {
        uws ??= new UwsEngine(start, report);
        return uws;
      },
      trusts: (peer) => context.serving.trusted.trusts(peer),
      handed: [...data.handed],
      report,
    };
    this.#listeners = new Listeners((listener, wanted, done) => Door.open(listener, doors, wanted, done));
    this.#beat();
  }

  /** Listens and serves; or says why not, and what was served before still is. One after the other. */
  adopt(message: SnapshotMessage): void {
    if (this.#ended || this.#context.stopping) return;
    if (this.#adopting) {
      this.#waiting.push(message);
      return;
    }
    this.#adopting = true;
    this.#prepare(message, (refusal) => {
      this.#adopting = false;
      if (refusal !== null) this.#post({ type: 'nack', version: message.version, reason: refusal });
      const next = this.#waiting.shift();
      if (next !== undefined) this.adopt(next);
    });
  }

  /** `done` gets null once the snapshot serves, else why it does not. */
  #prepare(message: SnapshotMessage, done: (refusal: string | null) => void): void {
    try {
      const snapshot = decodeSnapshot(message.bytes);
      this.#listeners.prepare(snapshot, (next) => {
        done(typeof next === 'string' ? next : this.#switch(message, snapshot, next));
      });
    } catch (error) {
      done(messageOf(error));
    }
  }

  #switch(message: SnapshotMessage, snapshot: Snapshot, next: Map<string, EngineListener>): string | null {
    const { version, digest, certificates, memory } = message;
    try {
      const serving = makeServing(snapshot, memory, this.#id);
      this.#endpoints.adopt(memory.endpoints);
      this.#context.retryBudgets.adopt(memory.retryBudgets);
      // A worker that missed a version, or holds one that was taken back, has to look for itself.
      const isNext = certificates.since === this.#context.serving.snapshot.version;
      this.#listeners.adopt(next, snapshot, isNext ? certificates : null);
      this.#context.serving = serving;
      this.#ground.settings = engineSettings(snapshot);
      this.#context.accessLog.use(snapshot.accessLog);
      this.#post({ type: 'ack', version, digest });
      this.#tidy(serving);
      return null;
    } catch (error) {
      return messageOf(error);
    }
  }

  /** Lets go, some turns later, of what the snapshot that serves now has no more. */
  #tidy(serving: Serving): void {
    const { pools, balancer, clock } = this.#context;
    const kept = { endpointKeys: new Set(pools.keys()), serviceNames: new Set(balancer.services()) };
    const isCurrent = (): boolean => this.#context.serving === serving;
    findLeft(serving.snapshot, kept, clock, isCurrent, () => {
      pools.drop(kept.endpointKeys);
      balancer.drop(kept.serviceNames);
    });
  }

  answerChallenges({ number, tokens }: ChallengesMessage): void {
    this.#context.challenges = new Map(tokens);
    this.#post({ type: 'challenges-ack', number });
  }

  shareSockets(): void {
    this.#post({ type: 'sockets', sockets: this.#listeners.share() });
  }

  reopenLog(): void {
    this.#context.accessLog.reopen();
  }

  /** Stops accepting; ends once every exchange has, or after `deadlineMs`. */
  drain(deadlineMs: number, patient: boolean): void {
    if (this.#context.stopping) return;
    this.#context.stopping = true;
    this.#listeners.drain(patient);
    const endMs = this.#context.clock.nowMs() + deadlineMs;
    const look = setInterval(() => {
      const left = this.#context.gauges.inFlight;
      const isLeft = left > 0 || (patient && this.#listeners.connections > 0);
      if (isLeft && this.#context.clock.nowMs() < endMs) return;
      clearInterval(look);
      if (left > 0) this.#log('warn', `${left} requests were cut at the end of the drain`);
      this.end('drained', '');
    }, DRAIN_LOOK_MS);
  }

  /** Closes everything at once: an app that is open when the thread ends would abort the whole process. */
  end(cause: 'drained' | 'stopped' | 'crashed', message: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#context.stopping = true;
    this.#listeners.close();
    this.#context.pools.close();
    this.#context.accessLog.flush(() => {
      this.#post({ type: 'ended', cause, message });
      process.exit(cause === 'crashed' ? 1 : 0);
    });
  }

  #beat(): void {
    const { clock, gauges } = this.#context;
    let expectedMs = clock.nowMs() + HEARTBEAT_MS;
    setInterval(() => {
      const nowMs = clock.nowMs();
      gauges.beat(clock.epochMs(), Math.max(0, nowMs - expectedMs) / 1000);
      expectedMs = nowMs + HEARTBEAT_MS;
      this.#ground.tidy(nowMs);
    }, HEARTBEAT_MS).unref();
  }

  #log(level: 'warn' | 'info', message: string): void {
    this.#post({ type: 'log', level, message, fields: {} });
  }
}

function engineSettings({ limits, timeouts }: Snapshot): EngineSettings {
  return Object.freeze({
    headerBytes: limits.headerBytes,
    urlBytes: limits.urlBytes,
    readMs: timeouts.readMs,
    keepAliveMs: timeouts.keepAliveMs,
  });
}

function requestKindOf({ engine, protocol }: ClientSide): RequestKind {
  if (engine === Engine.UWS) return RequestKind.UWS_HTTP1_1;
  if (protocol === Protocol.HTTP2) return RequestKind.NODE_HTTP2;
  return protocol === Protocol.HTTP1_0 ? RequestKind.NODE_HTTP1_0 : RequestKind.NODE_HTTP1_1;
}
