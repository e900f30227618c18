/**
 * What happened to a penstock and is worth keeping: the shape of events, who takes them and who reads them. Primary thread; types only.
 * Times are milliseconds since the epoch. `events/` keeps them, any stage may emit them; docs/events.md is what users see of it.
 */

import type { EventType } from '../kit/event-types.ts';

/** One place of a configuration that is wrong. */
export interface EventProblem {
  readonly code: string;
  readonly path: string;
  readonly message: string;
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
}

interface EventOf<Type extends EventType, Data> {
  readonly type: Type;
  /** What it happened to: the file of a configuration, the host of a domain or a certificate. */
  readonly subject: string;
  /** Never a secret. */
  readonly data: Data;
}

export type PenstockEvent =
  | EventOf<
      'ConfigurationApplied',
      { readonly trigger: string; readonly version: number; readonly digest: string }
    >
  | EventOf<
      'ConfigurationRejected',
      {
        readonly trigger: string;
        readonly message: string;
        /** How many there are; `problems` holds the first of them. */
        readonly problemCount: number;
        readonly problems: readonly EventProblem[];
      }
    >
  | EventOf<'ConfigurationFailed', { readonly trigger: string; readonly message: string }>
  /** `record`: the name of the TXT record that proves it. */
  | EventOf<'DomainAdded', { readonly record: string }>
  | EventOf<'DomainVerified', { readonly record: string }>
  | EventOf<'DomainRemoved', { readonly wasVerified: boolean }>
  /** An authority has issued a certificate for the host. `notAfterMs`: null of staging, whose certificate is thrown away. */
  | EventOf<
      'CertificateIssued',
      {
        readonly environment: 'staging' | 'production';
        readonly renewal: boolean;
        readonly notAfterMs: number | null;
      }
    >
  | EventOf<
      'CertificateFailed',
      {
        readonly environment: 'staging' | 'production';
        /** Where it failed, and why: docs/automatic-certificates.md has the codes. */
        readonly stage: string;
        readonly code: string;
        readonly message: string;
        readonly nextAttemptMs: number;
      }
    >
  /** Every worker serves an automatic certificate for the host, its first or another one than before. */
  | EventOf<'CertProvisioned', { readonly notAfterMs: number }>
  /** A certificate that is served ends soon; the subject is the first of `names`, the server names that it is served for. */
  | EventOf<
      'CertExpiring',
      {
        readonly names: readonly string[];
        /** From a file of the configuration, or from an authority. */
        readonly source: 'manual' | 'acme';
        readonly notAfterMs: number;
      }
    >;

export interface EventSink {
  /** Never throws, never waits. */
  emit(event: PenstockEvent): void;
}

/**
 * An event as it is kept: `json` is one line without its end, `{"id":…,"time":…,"type":…,"subject":…,"data":{…}}`. In place of data that is too large
 * there is `{"omitted":true}`.
 */
export interface EventLine {
  /** Milliseconds since the epoch when it happened, or one more than the id before where that is not less. */
  readonly id: number;
  /** One of EVENT_TYPES, or of those that another version of penstock has. */
  readonly type: string;
  readonly json: string;
}

/** Events that were dropped since: those behind `after` up to `keptAfter`. */
export interface EventGap {
  readonly after: number;
  readonly keptAfter: number;
}

export interface EventPage {
  /** Oldest first. */
  readonly lines: readonly EventLine[];
  readonly gap: EventGap | null;
  /** Everything up to this id was looked at: the next page is the one after it. */
  readonly cursor: number;
}

export interface EventQuery {
  /** Null: all. */
  readonly types: ReadonlySet<string> | null;
  /** Events; a page may end earlier. */
  readonly limit: number;
}

export interface EventFeed {
  /** Of the newest event that can be read; 0: there was none yet. */
  readonly lastId: number;
  /** The events behind the id `after`. Never rejects. */
  read(query: EventQuery & { readonly after: number }): Promise<EventPage>;
  /** The newest events. Never rejects. */
  newest(query: EventQuery): Promise<EventPage>;
  /** Calls `onNews` whenever there is more to read. Gives what ends it. */
  subscribe(onNews: () => void): () => void;
}
