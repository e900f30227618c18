// cold: runs once per listener, but for its handler
/**
 * uWebSockets.js as an engine: turns its request handler into exchanges and keeps what its addresses share. Worker thread.
 * Closing every app before the thread ends is a must: an app that is open then aborts the process.
 */

import type { Listener, Snapshot } from '../../../bridge/snapshot/model.ts';
import { loadUws } from '../../../native/uws.ts';
import type { UwsHandler, UwsModule } from '../../../native/uws-types.ts';
import type { ExchangeStarter } from '../client-side.ts';
import type { SocketTaker } from '../engine-listener.ts';
import { PeerTexts } from '../peer-text.ts';
import { CorkRunner } from './cork-runner.ts';
import { RequestReader } from './request-reader.ts';
import { UwsClient } from './uws-client.ts';
import { UwsPlain } from './uws-plain.ts';
import { UwsTls } from './uws-tls.ts';

export class UwsEngine {
  readonly #uws: UwsModule;
  readonly #corks: CorkRunner = new CorkRunner();
  readonly #reader: RequestReader = new RequestReader();
  readonly #peers: PeerTexts = new PeerTexts();
  readonly #start: ExchangeStarter;
  readonly #report: (message: string) => void;

  /** Throws where the library cannot be loaded. */
  constructor(start: ExchangeStarter, report: (message: string) => void) {
    this.#uws = loadUws();
    this.#start = start;
    this.#report = report;
  }

  /** The part that serves connections of one address. `count`: +1 for one that opens, -1 for one that closes. */
  takerFor(listener: Listener, snapshot: Snapshot, count: (change: number) => void): SocketTaker | null {
    const context = { uws: this.#uws, handler: this.#handler(listener), count, report: this.#report };
    if (!listener.tls) return new UwsPlain(context);
    const fallback = snapshot.defaultCertificate;
    return fallback === null ? null : new UwsTls(context, snapshot, fallback);
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
