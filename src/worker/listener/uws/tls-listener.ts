/**
 * One HTTPS address: a permanent acceptor and the current generation. Worker thread.
 *
 *   listen socket ─▶ acceptor (never serves) ─▶ current generation ─▶ exchanges
 *                                               older generations: their connections go on, none are added
 *                                                  │ the last connection is gone: names removed
 *                                                  ▼
 *                                               spare generations, for the next change
 *
 * A server name cannot be replaced in uWS while a connection that was opened under it lives (use after free), so a changed
 * certificate means another generation, made the acceptor's only child. One whose last connection is gone is kept for the
 * next change: uWS never gives back all the memory of an app that was closed.
 */

import type { CertificateChange } from '../../../bridge/messages.ts';
import type { Certificate, Listener, Snapshot } from '../../../bridge/snapshot/model.ts';
import type { TemplatedApp, UwsListenSocket, UwsModule } from '../../../native/uws-types.ts';
import { cannotListen, type ListenerContext, listenShared } from './listener-context.ts';
import { TlsGeneration, withCertificateFiles } from './tls-generation.ts';

export class TlsListener {
  readonly listener: Listener;
  readonly #context: ListenerContext;
  readonly #uws: UwsModule;
  readonly #acceptor: TemplatedApp;
  readonly #older = new Set<TlsGeneration>();
  #spare: TlsGeneration[] = [];
  #current: TlsGeneration;
  #socket: UwsListenSocket | null;
  #closed = false;

  static open(listener: Listener, context: ListenerContext, snapshot: Snapshot): TlsListener | string {
    const fallback = snapshot.defaultCertificate;
    if (fallback === null) return `${listener.id} has no default certificate`;
    const opened = new TlsListener(listener, context, snapshot, fallback);
    if (opened.#socket !== null) return opened;
    opened.close();
    return cannotListen(listener);
  }

  private constructor(
    listener: Listener,
    context: ListenerContext,
    snapshot: Snapshot,
    fallback: Certificate,
  ) {
    this.listener = listener;
    this.#context = context;
    this.#uws = context.uws;
    this.#acceptor = withCertificateFiles(fallback, (options) => context.uws.SSLApp(options));
    this.#current = new TlsGeneration(context, snapshot, fallback);
    this.#acceptor.addChildAppDescriptor(this.#current.app.getDescriptor());
    this.#socket = listenShared(this.#acceptor, listener);
  }

  get connections(): number {
    let total = this.#current.connections;
    for (const generation of this.#older) total += generation.connections;
    return total;
  }

  adopt(snapshot: Snapshot, change: CertificateChange | null): void {
    const fallback = snapshot.defaultCertificate;
    if (fallback === null) return;
    if (this.#current.stillTrue(snapshot, change)) {
      this.#current.adopt(snapshot, change?.added ?? null);
      return;
    }
    const before = this.#current;
    this.#current = this.#generationFor(snapshot, fallback);
    // The new child first, so that there is no moment without one.
    this.#acceptor.addChildAppDescriptor(this.#current.app.getDescriptor());
    this.#acceptor.removeChildAppDescriptor(before.app.getDescriptor());
    this.#older.add(before);
    // A socket that was accepted before the switch reaches its generation on the loop's next turn: look twice.
    setTimeout(() => this.#retire(before), RETIRE_AFTER_MS);
  }

  stopAccepting(): void {
    if (this.#socket === null) return;
    this.#uws.us_listen_socket_close(this.#socket);
    this.#socket = null;
  }

  close(): void {
    this.stopAccepting();
    this.#closed = true;
    for (const generation of [...this.#older, ...this.#spare]) generation.close();
    this.#older.clear();
    this.#spare = [];
    this.#current.close();
    this.#acceptor.close();
  }

  #retire(generation: TlsGeneration): void {
    if (this.#closed) return;
    generation.whenEmpty(() => {
      // Not within uWS's own close handler, which this runs in.
      setImmediate(() => {
        if (!this.#older.delete(generation)) return;
        generation.clear();
        this.#spare.push(generation);
      });
    });
  }

  #generationFor(snapshot: Snapshot, fallback: Certificate): TlsGeneration {
    for (const generation of this.#spare) if (!generation.fits(fallback)) generation.close();
    this.#spare = this.#spare.filter((generation) => generation.fits(fallback));
    const spare = this.#spare.pop();
    if (spare === undefined) return new TlsGeneration(this.#context, snapshot, fallback);
    spare.adopt(snapshot, null);
    return spare;
  }
}

const RETIRE_AFTER_MS = 1_000;
