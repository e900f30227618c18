/** Every message between the primary thread and a worker. Plain data; big bytes travel in shared memory. */

import type { HandedSocket } from './handed-sockets.ts';

/** A view of memory that all threads share. */
export type SharedBytes = Uint8Array<SharedArrayBuffer>;

/** Given to a worker when it is made. */
export interface WorkerData {
  /** Counts from 0; a worker that takes a dead one's place gets the same. */
  readonly id: number;
  readonly workers: number;
  /** GAUGE_BUFFER_BYTES long. */
  readonly gauges: SharedArrayBuffer;
  /** The keys of session tickets, the same for all workers: see memory/ticket-keys.ts. */
  readonly ticketKeys: SharedArrayBuffer;
  /** Signs sticky cookies, the same for all workers and after a restart. Never stored or logged by a worker. */
  readonly stickyKey: Uint8Array;
  /** `connectionTableBytes(workers)` long. */
  readonly connections: SharedArrayBuffer;
  /** The one that serves now: a worker listens only once it holds a whole snapshot. */
  readonly snapshot: SnapshotMessage;
  /** The set of now. */
  readonly challenges: ChallengesMessage;
  /** Sockets of a process before this one, which the worker listens with in place of new ones. They are its own from now on. */
  readonly handed: readonly HandedSocket[];
}

/** A token that an authority asks for, and the key authorisation that answers it (RFC 8555 8.3). */
export type ChallengeToken = readonly [token: string, keyAuthorization: string];

/**
 * What is answered to an authority, always whole. Not in the snapshot: tokens come and go with every order, and change nothing that
 * is routed.
 */
export interface ChallengesMessage {
  readonly type: 'challenges';
  /** Grows with every set. */
  readonly number: number;
  readonly tokens: readonly ChallengeToken[];
}

export interface SnapshotMessage {
  readonly type: 'snapshot';
  readonly version: number;
  readonly digest: string;
  /** An encoded Envelope, shared by all workers and never written again. */
  readonly bytes: SharedBytes;
  readonly memory: MemoryBuffers;
  readonly certificates: CertificateChange;
}

/**
 * How the server names of a snapshot differ from those of the one before: found out once in the primary, since a worker that
 * looked through ten thousand certificates of two snapshots would hold its connections up for a tenth of a second.
 */
export interface CertificateChange {
  /** The version that it is compared with; 0: none. */
  readonly since: number;
  /** A name of that version has another certificate now, or none. */
  readonly replaced: boolean;
  /** Names that it did not have. */
  readonly added: readonly string[];
}

/** The tables in shared memory that a snapshot is planned into. */
export interface MemoryBuffers {
  readonly counters: CountersBuffers;
  /** Segments of the endpoint table (`memory/endpoint-table.ts`): those that a worker has, and maybe more. */
  readonly endpoints: readonly SharedArrayBuffer[];
  /** `limiterTableBytes(…)` long. Another one only once, when the first limit comes. */
  readonly limiter: SharedArrayBuffer;
  /** Segments of the retry budgets (`memory/retry-budgets.ts`): those that a worker has, and maybe more. */
  readonly retryBudgets: readonly SharedArrayBuffer[];
}

/** This worker's columns of the counters tables. They live as long as some snapshot that uses them. */
export interface CountersBuffers {
  readonly routes: SharedArrayBuffer;
  readonly services: SharedArrayBuffer;
  /** LATENCY_BUFFER_BYTES long; the same one always. */
  readonly latency: SharedArrayBuffer;
}

export type ToWorker =
  | SnapshotMessage
  | ChallengesMessage
  /**
   * Stop accepting, let exchanges end, at the latest after `deadlineMs` milliseconds; then exit. `patient`: connections too. Each ends after its next answer,
   * as it says, so that none is cut while its client is just sending.
   */
  | { readonly type: 'drain'; readonly deadlineMs: number; readonly patient: boolean }
  /** Close everything at once and exit. */
  | { readonly type: 'stop' }
  /** Tell of the sockets that it listens with. */
  | { readonly type: 'share-sockets' }
  /** Open the access log's file again (after a rotation). */
  | { readonly type: 'reopen-log' }
  /** Throw where nothing catches: how tests see a worker die. */
  | { readonly type: 'fail' };

export type FromWorker =
  /** The snapshot serves: every listener of it is open. */
  | { readonly type: 'ack'; readonly version: number; readonly digest: string }
  /** The set with this number is answered. */
  | { readonly type: 'challenges-ack'; readonly number: number }
  /** The snapshot does not serve and the one before still does. */
  | { readonly type: 'nack'; readonly version: number; readonly reason: string }
  | {
      readonly type: 'log';
      readonly level: 'warn' | 'info' | 'error' | 'debug';
      readonly message: string;
      readonly fields: Readonly<Record<string, string | number | boolean | null>>;
    }
  /** Passive health: the endpoint with this key failed as often in a row as its service allows, the last time for this reason. */
  | { readonly type: 'endpoint-failing'; readonly key: string; readonly reason: string }
  /** Copies of its listening sockets, the receiver's to close. */
  | { readonly type: 'sockets'; readonly sockets: readonly HandedSocket[] }
  /** Last word before the worker's thread exits by itself. */
  | { readonly type: 'ended'; readonly cause: 'drained' | 'stopped' | 'crashed'; readonly message: string };
