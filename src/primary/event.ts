/**
 * What happened to a penstock and is worth keeping: the shape of events, who takes them and who reads them. Primary thread; types only.
 * `events/` keeps them, any stage may emit them; docs/events.md is what users see of it.
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
  /** What it happened to: the file of a configuration, the host of a domain. */
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
  | EventOf<'DomainRemoved', { readonly wasVerified: boolean }>;

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
