// cold: runs once per connection
/**
 * The TLS connections of one listening address: the door hands them to the current generation. Worker thread.
 *
 *   door ─▶ current generation ─▶ exchanges
 *           older generations: their connections go on, none are added
 *              │ the last connection is gone: names removed
 *              ▼
 *           spare generations, for the next change
 *
 * A server name cannot be replaced in uWS while a connection that was opened under it lives (use after free), so a changed
 * certificate means another generation, which gets the connections from then on. One whose last connection is gone is kept for
 * the next change: uWS never gives back all the memory of an app that was closed.
 */

import type { CertificateChange } from '../../../bridge/messages.ts';
import type { Certificate, Snapshot } from '../../../bridge/snapshot/model.ts';
import type { SocketTaker } from '../engine-listener.ts';
import { TlsGeneration } from './tls-generation.ts';
import type { UwsContext } from './uws-context.ts';

export class UwsTls implements SocketTaker {
  readonly #context: UwsContext;
  readonly #older = new Set<TlsGeneration>();
  #spare: TlsGeneration[] = [];
  #current: TlsGeneration;
  #closed = false;

  constructor(context: UwsContext, snapshot: Snapshot, fallback: Certificate) {
    this.#context = context;
    this.#current = new TlsGeneration(context, snapshot, fallback);
  }

  get connections(): number {
    let total = this.#current.connections;
    for (const generation of this.#older) total += generation.connections;
    return total;
  }

  take(fd: number): void {
    this.#current.app.adoptSocket(fd);
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
    this.#older.add(before);
    this.#retire(before);
  }

  close(): void {
    this.#closed = true;
    for (const generation of [...this.#older, ...this.#spare]) generation.close();
    this.#older.clear();
    this.#spare = [];
    this.#current.close();
  }

  #retire(generation: TlsGeneration): void {
    generation.whenEmpty(() => {
      // Not within uWS's own close handler, which this runs in.
      setImmediate(() => {
        if (this.#closed || !this.#older.delete(generation)) return;
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
