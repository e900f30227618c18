/** What the admin endpoints, the signals and the library API ask of a running penstock. Implemented by `main.ts`. */

import type { LimitedRequest } from '../bridge/memory/limit-key.ts';
import type { RetryBudgetView } from '../bridge/memory/retry-budgets.ts';
import type { SnapshotContent } from '../bridge/snapshot/content.ts';
import type { Endpoint, RateLimit, Service, Snapshot } from '../bridge/snapshot/model.ts';
import type { Problem } from '../kit/problem.ts';
import type { CertificateStatus } from './certs/acme/diagnosis/certificate-status.ts';
import type { RenewAnswer } from './certs/acme/manager.ts';
import type { DomainRegistry } from './domain.ts';
import type { EventFeed } from './event.ts';
import type { LatencyStatus } from './latency-status.ts';
import type { ConnectionsStatus, ListenerStatus } from './listener-status.ts';

export type { CertificateStatus };

export type ReloadTrigger = 'start' | 'file' | 'signal' | 'command' | 'api';

export interface ReloadResult {
  /** `unchanged`: the new configuration has the digest of the one that serves. */
  readonly outcome: 'applied' | 'unchanged' | 'rejected' | 'failed';
  readonly trigger: ReloadTrigger;
  /** The snapshot that serves after the reload. */
  readonly version: number;
  readonly digest: string;
  /** What is wrong with the configuration, where the outcome is `rejected`. */
  readonly problems: readonly Problem[];
  /** One sentence: what happened. */
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly durationMs: number;
}

export interface UpgradeResult {
  readonly outcome: 'handed_over' | 'failed';
  /** Of the process that serves from now on; null where this one goes on. */
  readonly pid: number | null;
  /** One sentence: what happened. */
  readonly message: string;
  readonly durationMs: number;
}

export interface WorkerStatus {
  readonly id: number;
  readonly state: 'starting' | 'serving' | 'draining' | 'dead';
  /** The snapshot that it serves; 0 before the first. */
  readonly snapshotVersion: number;
  /** Open client connections. */
  readonly connections: number;
  readonly requestsInFlight: number;
  /** How often this worker's place was filled anew. */
  readonly restarts: number;
}

export interface Status {
  readonly version: string;
  readonly pid: number;
  readonly node: string;
  /** Seconds. */
  readonly uptimeSeconds: number;
  readonly configFile: string;
  readonly snapshot: { readonly version: number; readonly digest: string };
  readonly listeners: readonly ListenerStatus[];
  readonly connections: ConnectionsStatus;
  readonly workers: readonly WorkerStatus[];
  readonly lastReload: ReloadResult | null;
  /** True once every worker serves the current snapshot. */
  readonly ready: boolean;
}

/** What `GET /v1/status` answers. */
export interface StatusReport extends Status {
  readonly latency: LatencyStatus;
}

/** The health of one endpoint. */
export interface HealthView {
  /** It takes part in balancing. */
  readonly healthy: boolean;
  /** What its active checks say. `none`: there is none; `unknown`: it has no result yet. */
  readonly check: 'none' | 'unknown' | 'passing' | 'failing';
  /** Milliseconds that its ejection still lasts; 0: not ejected. */
  readonly ejectedForMs: number;
  /** Less than 100 in a slow start. */
  readonly weightPercent: number;
  /** Why it is as it is, `atMs` since the epoch. Null: nothing changed since it is known. */
  readonly lastChange: { readonly atMs: number; readonly reason: string } | null;
}

/** One bucket of a rate limit. */
export interface BucketView {
  /** Requests that may pass at once. */
  readonly left: number;
  /** Milliseconds until one may; 0: now. */
  readonly waitMs: number;
}

/** What only a running penstock knows of the things in its snapshot. */
export interface LiveFacts {
  /** Requests under way at an endpoint, over all workers. */
  requestsAt(endpoint: Pick<Endpoint, 'slot'>): number;
  /** Whether an endpoint takes part in balancing, and why. */
  healthAt(endpoint: Pick<Endpoint, 'key'>): HealthView;
  /** What a request of the client at `address` would find; it is not counted. */
  bucketAt(limit: RateLimit, address: string, request: LimitedRequest): BucketView;
  retryBudgetOf(service: Pick<Service, 'counterSlot' | 'retries'>): RetryBudgetView;
}

/** Server name to index into `certificates`; null: there is no default. */
export type ServedCertificates = Pick<SnapshotContent, 'certificates' | 'serverNames' | 'defaultCertificate'>;

/** Names that automatic certificates are obtained for. */
export interface AutomaticView {
  status(): readonly CertificateStatus[];
  /** A new certificate now; without `force` only where none is there yet or it is due. */
  renew(host: string, force: boolean): RenewAnswer;
}

export interface Control {
  status(): Status;
  /** Reads a row for each route: apart from `status`, which probes ask for. */
  latency(): LatencyStatus;
  /** Never rejects: what went wrong is in the result. Concurrent calls are served one after the other. */
  reload(trigger: ReloadTrigger): Promise<ReloadResult>;
  /**
   * Starts this program anew, as it lies on the disk, on the same sockets; once the new process serves, this one drains and ends. Never rejects: where the
   * new one does not come to serve, this one goes on and the result says why.
   */
  upgrade(): Promise<UpgradeResult>;
  /** The snapshot that serves now. */
  snapshot(): Snapshot;
  /** What that snapshot serves server names by; with private keys. */
  certificates(): ServedCertificates;
  readonly automatic: AutomaticView;
  /** Of that snapshot's endpoints, limits and services. */
  readonly facts: LiveFacts;
  /** Its bytes on the wire, private keys and secret values taken out, and the same as plain JSON data. */
  printableSnapshot(): { readonly protobuf: Uint8Array; readonly json: unknown };
  /** Prometheus text format. */
  metrics(): Promise<string>;
  readonly events: EventFeed;
  readonly domains: DomainRegistry;
}
