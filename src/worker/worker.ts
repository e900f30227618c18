/**
 * One data-plane worker: owns its engine, listeners, pools and exchanges, and swaps the snapshot they serve. Worker thread.
 * `main.ts` connects it to the primary's messages.
 */

import { WorkerGauges } from '../bridge/memory/gauges.ts';
import type { FromWorker, SnapshotMessage, WorkerData } from '../bridge/messages.ts';
import { decodeSnapshot } from '../bridge/snapshot/codec.ts';
import { systemClock, systemRandom } from '../kit/clock.ts';
import { messageOf } from '../kit/errors.ts';
import { Balancer } from './balancer/balancer.ts';
import { AccessLog } from './exchange/access-log.ts';
import { Exchange } from './exchange/exchange.ts';
import type { ExchangeContext } from './exchange/exchange-context.ts';
import { UwsEngine } from './listener/uws/uws-engine.ts';
import { Listeners } from './listeners.ts';
import { ResponseFields } from './response/response-fields.ts';
import { makeServing } from './serving.ts';
import { Sweeper } from './sweeper.ts';
import { collectIdentities } from './tidy.ts';
import { UpstreamPools } from './upstream/upstream-pools.ts';

export type Post = (message: FromWorker) => void;

const HEARTBEAT_MS = 500;
/** How often a draining worker looks whether it is done. */
const DRAIN_LOOK_MS = 20;

export class DataPlaneWorker {
  readonly #post: Post;
  readonly #context: ExchangeContext;
  readonly #listeners: Listeners;
  #ended = false;

  constructor(data: WorkerData, post: Post) {
    this.#post = post;
    const gauges = new WorkerGauges(data.gauges);
    const accessLog = new AccessLog((message) => this.#log('warn', message));
    const snapshot = decodeSnapshot(new Uint8Array(data.snapshot.bytes));
    const context: ExchangeContext = {
      serving: makeServing(snapshot, data.snapshot.counters),
      stopping: false,
      clock: systemClock,
      balancer: new Balancer(data.id, systemRandom),
      pools: new UpstreamPools(systemClock),
      responseFields: new ResponseFields(),
      sweeper: new Sweeper(systemClock),
      gauges,
      accessLog,
    };
    this.#context = context;
    const engine = new UwsEngine(
      (client) => new Exchange(context, client).run(),
      (tls, change) => gauges.addConnections(tls, change),
      (message) => this.#log('warn', message),
    );
    this.#listeners = new Listeners(engine);
    this.#beat();
  }

  /** Listens and serves; or says why not, and what was served before still is. */
  adopt(message: SnapshotMessage): void {
    if (this.#ended || this.#context.stopping) return;
    const { version, digest } = message;
    try {
      const snapshot = decodeSnapshot(new Uint8Array(message.bytes));
      const listeners = this.#listeners.prepare(snapshot);
      if (typeof listeners === 'string') {
        this.#post({ type: 'nack', version, reason: listeners });
        return;
      }
      const serving = makeServing(snapshot, message.counters);
      // A worker that missed a version, or holds one that was taken back, has to look for itself.
      const { certificates } = message;
      const isNext = certificates.since === this.#context.serving.snapshot.version;
      this.#listeners.adopt(listeners, snapshot, isNext ? certificates : null);
      this.#context.serving = serving;
      this.#context.accessLog.use(snapshot.accessLog);
      this.#post({ type: 'ack', version, digest });
      collectIdentities(
        snapshot,
        () => this.#context.serving === serving,
        ({ endpointKeys, serviceNames }) => {
          this.#context.pools.retain(endpointKeys);
          this.#context.balancer.retain(serviceNames);
        },
      );
    } catch (error) {
      this.#post({ type: 'nack', version, reason: messageOf(error) });
    }
  }

  reopenLog(): void {
    this.#context.accessLog.reopen();
  }

  /** Stops accepting; ends once every exchange has, or after `deadlineMs`. */
  drain(deadlineMs: number): void {
    if (this.#context.stopping) return;
    this.#context.stopping = true;
    this.#listeners.stopAccepting();
    const endMs = this.#context.clock.nowMs() + deadlineMs;
    const look = setInterval(() => {
      const left = this.#context.gauges.inFlight;
      const late = this.#context.clock.nowMs() >= endMs;
      if (left > 0 && !late) return;
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
    }, HEARTBEAT_MS).unref();
  }

  #log(level: 'warn' | 'info', message: string): void {
    this.#post({ type: 'log', level, message, fields: {} });
  }
}
