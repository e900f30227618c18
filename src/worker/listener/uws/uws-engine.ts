/**
 * uWebSockets.js as an engine: turns its request handler into exchanges and keeps what its listeners share.
 * Worker thread. Closing every app before the thread ends is a must: an app that is open then aborts the process.
 */

import type { CertificateChange } from '../../../bridge/messages.ts';
import type { Listener, Snapshot } from '../../../bridge/snapshot/model.ts';
import { loadUws } from '../../../native/uws.ts';
import type { UwsHandler, UwsModule } from '../../../native/uws-types.ts';
import type { ExchangeStarter } from '../client-side.ts';
import { PeerTexts } from '../peer-text.ts';
import { CorkRunner } from './cork-runner.ts';
import { PlainListener } from './plain-listener.ts';
import { RequestReader } from './request-reader.ts';
import { TlsListener } from './tls-listener.ts';
import { UwsClient } from './uws-client.ts';

/** Told of every connection that opens (+1) and closes (-1). */
export type ConnectionCounter = (tls: boolean, change: number) => void;

/** One listening address. */
export interface EngineListener {
  readonly listener: Listener;
  /**
   * Certificates for handshakes from now on. Existing connections go on with what they have. `change`: against the snapshot
   * adopted before; null where it is not known.
   */
  adopt(snapshot: Snapshot, change: CertificateChange | null): void;
  /** Stops accepting; connections go on. */
  stopAccepting(): void;
  /** Open connections. */
  readonly connections: number;
  /** Cuts every connection and frees the app. Must be called before the thread ends. */
  close(): void;
}

export class UwsEngine {
  readonly #uws: UwsModule = loadUws();
  readonly #corks: CorkRunner = new CorkRunner();
  readonly #reader: RequestReader = new RequestReader();
  readonly #peers: PeerTexts = new PeerTexts();
  readonly #start: ExchangeStarter;
  readonly #count: ConnectionCounter;
  readonly #report: (message: string) => void;

  constructor(start: ExchangeStarter, count: ConnectionCounter, report: (message: string) => void) {
    this.#start = start;
    this.#count = count;
    this.#report = report;
  }

  /** Opens an address. Returns a sentence on why it cannot be had. */
  listen(listener: Listener, snapshot: Snapshot): EngineListener | string {
    const context = {
      uws: this.#uws,
      handler: this.#handler(listener),
      count: (change: number): void => this.#count(listener.tls, change),
      report: this.#report,
    };
    return listener.tls
      ? TlsListener.open(listener, context, snapshot)
      : PlainListener.open(listener, context);
  }

  #handler(listener: Listener): UwsHandler {
    const { tls, port } = listener;
    return (response, request) => {
      const head = this.#reader.read(request);
      const peer = this.#peers.textOf(response.getRemoteAddress());
      this.#start(new UwsClient(response, head, peer, tls, port, this.#corks));
    };
  }
}
