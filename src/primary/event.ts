/** What happened to a penstock and is worth keeping: the shape of events, and who takes them. Primary thread; types only. */

/** A certificate that is served ends soon; `subject` is the first of `names`, the server names that it is served for. */
export interface CertExpiring {
  readonly type: 'CertExpiring';
  readonly subject: string;
  readonly data: {
    readonly names: readonly string[];
    /** From a file of the configuration, or from an authority. */
    readonly source: 'manual' | 'acme';
    /** Milliseconds since the epoch. */
    readonly notAfterMs: number;
  };
}

export type PenstockEvent = CertExpiring;

export interface EventSink {
  /** Never throws, never waits. */
  emit(event: PenstockEvent): void;
}
