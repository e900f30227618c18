// cold: runs once per handshake
/**
 * One generation of certificates: a uWS app that serves connections and makes server names when they are first asked for.
 * Worker thread. A name, once added, is not changed or removed while there are connections: uWS frees its context while they
 * use it. When a certificate that was handed out is replaced, the listener takes another generation (see `tls-listener.ts`).
 */

import { LRUCache } from 'lru-cache';
import type { CertificateChange } from '../../../bridge/messages.ts';
import type { Certificate, ServedName, Snapshot } from '../../../bridge/snapshot/model.ts';
import { messageOf } from '../../../kit/errors.ts';
import { withMemoryFile } from '../../../native/memory-file.ts';
import type { TemplatedApp, UwsTlsOptions } from '../../../native/uws-types.ts';
import { countConnections, type UwsContext } from './uws-context.ts';

/** Unknown names that are remembered, so that a scanner costs a look-up and no search. */
const MAX_UNKNOWN_NAMES = 4096;

export class TlsGeneration {
  readonly app: TemplatedApp;
  readonly #handler: UwsContext['handler'];
  readonly #report: UwsContext['report'];
  readonly #defaultId: string;
  /** Server name or pattern to the id of the certificate that it was added with. */
  readonly #names = new Map<string, string>();
  readonly #unknown = new LRUCache<string, true>({ max: MAX_UNKNOWN_NAMES });
  #snapshot: Snapshot;
  #connections = 0;
  #onEmpty: (() => void) | null = null;

  constructor(context: UwsContext, snapshot: Snapshot, fallback: Certificate) {
    this.#handler = context.handler;
    this.#report = context.report;
    this.#snapshot = snapshot;
    this.#defaultId = fallback.id;
    this.app = withCertificateFiles(fallback, (options) => context.uws.SSLApp(options));
    this.app.any('/*', context.handler);
    this.app.missingServerName((name) => this.#missing(name));
    countConnections(this.app, (change) => {
      this.#connections += change;
      context.count(change);
      if (this.#connections === 0) this.#onEmpty?.();
    });
  }

  get connections(): number {
    return this.#connections;
  }

  /** Whether every name that this generation handed out is served by the same certificate in `snapshot`. */
  stillTrue(snapshot: Snapshot, change: CertificateChange | null): boolean {
    if (snapshot.defaultCertificate?.id !== this.#defaultId) return false;
    if (this.#names.size === 0) return true;
    if (change !== null) return !change.replaced;
    for (const [pattern, id] of this.#names) {
      const served = snapshot.certificateFor(pattern);
      if (served === null || served.pattern !== pattern || served.certificate.id !== id) return false;
    }
    return true;
  }

  /** Serves names of `snapshot` from now on; `stillTrue` has been asked. `added`: its new names; null where they are not known. */
  adopt(snapshot: Snapshot, added: readonly string[] | null): void {
    this.#snapshot = snapshot;
    this.#unknown.clear();
    // Below a wildcard that is there already, uWS would serve it for a new exact name without asking.
    if (added === null) {
      for (const pattern of [...this.#names.keys()]) this.#addExactNamesBelow(pattern);
      return;
    }
    for (const name of added) {
      const wildcard = `*${name.slice(name.indexOf('.'))}`;
      const served = this.#names.has(wildcard) ? snapshot.certificateFor(name) : null;
      if (served !== null) this.#add(served);
    }
  }

  /** Calls back once the last connection is gone, at once if there is none. */
  whenEmpty(empty: () => void): void {
    this.#onEmpty = empty;
    if (this.#connections === 0) empty();
  }

  /** Whether it could serve again: the default certificate is a part of the app itself. */
  fits(fallback: Certificate): boolean {
    return fallback.id === this.#defaultId;
  }

  /** Takes its names away, so that it can serve again. Only once it has no connections and gets no new ones. */
  clear(): void {
    this.#onEmpty = null;
    for (const pattern of this.#names.keys()) this.app.removeServerName(pattern);
    this.#names.clear();
  }

  /** Cuts its connections. */
  close(): void {
    this.#onEmpty = null;
    this.app.close();
  }

  /** Called by uWS in the handshake: a name that is added here serves that very handshake. */
  #missing(serverName: string): void {
    const name = serverName.toLowerCase();
    if (name === '' || this.#unknown.has(name)) return;
    const served = this.#snapshot.certificateFor(name);
    if (served === null) {
      this.#unknown.set(name, true);
      return;
    }
    try {
      this.#add(served);
      this.#addExactNamesBelow(served.pattern);
    } catch (error) {
      // An exception must not reach uWS in the middle of a handshake. The default certificate is served.
      this.#unknown.set(name, true);
      this.#report(`the certificate of ${name} cannot be served: ${messageOf(error)}`);
    }
  }

  #addExactNamesBelow(pattern: string): void {
    if (!pattern.startsWith('*.')) return;
    for (const name of this.#snapshot.serverNamesUnder(pattern.slice(2))) {
      const served = this.#snapshot.certificateFor(name);
      if (served !== null) this.#add(served);
    }
  }

  #add({ pattern, certificate }: ServedName): void {
    if (this.#names.has(pattern)) return;
    this.#names.set(pattern, certificate.id);
    withCertificateFiles(certificate, (options) => this.app.addServerName(pattern, options));
    // Every server name has a router of its own.
    this.app.domain(pattern).any('/*', this.#handler);
  }
}

/** uWS reads certificates from files only; these are in memory and gone when `use` returns. */
export function withCertificateFiles<T>(certificate: Certificate, use: (options: UwsTlsOptions) => T): T {
  return withMemoryFile(Buffer.from(certificate.chainPem), 'penstock-chain', (chain) =>
    withMemoryFile(Buffer.from(certificate.keyPem), 'penstock-key', (key) =>
      use({ cert_file_name: chain, key_file_name: key }),
    ),
  );
}
