/** What the worker asks of a listening address, and what a listening address tells. Worker thread. */

import type { CertificateChange } from '../../bridge/messages.ts';
import type { Listener, Snapshot } from '../../bridge/snapshot/model.ts';

/** One listening address. */
export interface EngineListener {
  readonly listener: Listener;
  /**
   * Certificates, limits and engine for connections from now on. Existing ones go on with what they have. `change`: against
   * the snapshot adopted before; null where it is not known. Returns a sentence on what of it cannot be had.
   */
  adopt(snapshot: Snapshot, change: CertificateChange | null): void;
  /** Descriptors of its listening sockets, the caller's to close. */
  share(): number[];
  /** Stops accepting; connections go on. */
  stopAccepting(): void;
  /** Connections end after what they are at. `patient`: ones that have sent nothing yet are served, too. */
  drain(patient: boolean): void;
  /** Open connections. */
  readonly connections: number;
  /** Cuts every connection. Must be called before the thread ends. */
  close(): void;
}

/** A part of an engine to which the door hands connections by their descriptor. */
export interface SocketTaker {
  /** Takes a connection over, of which nothing was read. The descriptor is the taker's. */
  take(fd: number): void;
  adopt(snapshot: Snapshot, change: CertificateChange | null): void;
  readonly connections: number;
  /** Cuts every connection. Must be called before the thread ends. */
  close(): void;
}
