// cold: runs once per handshake
/**
 * OpenSSL's contexts: one that every connection begins with, and one for each certificate of a snapshot, made when a handshake
 * first asks for it. Worker thread. A certificate's context is found by its id, so that one that is replaced is another one for
 * the next handshake, while connections of before keep theirs.
 *
 * A context costs 0.4 to 1.2 ms and 26 KB (Node 20, EC P-256, a chain of one), so they are kept, and their number is bounded. 14 KB of it are the bare
 * SSL_CTX, 10 the certificate, 3 the key; in C, with OpenSSL 3.0 and nothing around it, 13, 5 and 2.
 */

import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { LRUCache } from 'lru-cache';
import { TicketKeys } from '../../../bridge/memory/ticket-keys.ts';
import type { Certificate, Snapshot } from '../../../bridge/snapshot/model.ts';
import { messageOf } from '../../../kit/errors.ts';
import { shareTickets } from './ticket-callback.ts';

const MAX_CONTEXTS = 2048;
/** Seconds. As long as a ticket's key is accepted for sure: see primary/certs/ticket-key-rotation.ts. */
const SESSION_SECONDS = 12 * 3_600;
/**
 * Equal in every worker, or sessions would not leave theirs. One for all names, too: OpenSSL looks at a ticket before Node
 * chooses a certificate, and does not compare server names. A session of one name that is offered under another is resumed,
 * and no certificate is sent. That is the client's to decide (RFC 8446 4.6.1: it must only offer it where the certificate it
 * saw covers the name), and safe here because every name meets the same routes and no name asks for client certificates.
 */
const SESSION_ID_CONTEXT = 'penstock';

/** None: no client is asked for a certificate, and a chain is sent as it was given, not completed from Node's roots. */
const NO_AUTHORITIES: string[] = [];

/** What the contexts need of a snapshot. */
export type ServedCertificates = Pick<Snapshot, 'certificateFor' | 'defaultCertificate'>;

interface Entry {
  /** Null: this certificate cannot be used, which has been reported. */
  readonly context: SecureContext | null;
}

/** What is used of `tls.createSecureContext`. */
export type MakeContext = (options: SecureContextOptions) => SecureContext;

export class CertificateContexts {
  /** What every connection begins with: no certificate, but all settings and the keys of the tickets. */
  readonly base: SecureContext;
  readonly #keys: TicketKeys;
  readonly #report: (message: string) => void;
  readonly #makeContext: MakeContext;
  /** By the certificate's id. */
  readonly #entries = new LRUCache<string, Entry>({ max: MAX_CONTEXTS });
  /** Server name or pattern to the id that was last served for it: what is replaced there is let go of. */
  readonly #servedIds = new LRUCache<string, string>({ max: MAX_CONTEXTS });
  #served: ServedCertificates;
  /** Kept apart from the others, so that names cannot push it out. */
  #fallback: Entry = { context: null };
  #fallbackId = '';
  /** The rotation whose key `base` has a copy of; -1: it asks for the keys itself. */
  #rotations: number;

  /** `makeContext`: Node's, if left out. */
  constructor(
    served: ServedCertificates,
    ticketKeys: SharedArrayBuffer,
    report: (message: string) => void,
    makeContext: MakeContext = createSecureContext,
  ) {
    this.#keys = new TicketKeys(ticketKeys);
    this.#report = report;
    this.#makeContext = makeContext;
    this.#served = served;
    this.base = makeContext({
      ca: NO_AUTHORITIES,
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
      honorCipherOrder: true,
      // Node allows three renegotiations; nobody needs one, and HTTP/2 forbids them (RFC 9113 9.2.1).
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      sessionIdContext: SESSION_ID_CONTEXT,
      sessionTimeout: SESSION_SECONDS,
    });
    // OpenSSL asks the context that a connection began with for the keys, whichever certificate is chosen later.
    const live = shareTickets(this.base, this.#keys);
    this.#rotations = live ? -1 : this.#keys.rotations;
    this.adopt(served);
  }

  adopt(served: ServedCertificates): void {
    this.#served = served;
    const fallback = served.defaultCertificate;
    if (fallback === null || fallback.id === this.#fallbackId) return;
    const entry = this.#make(fallback, 'the default certificate');
    // What served before is better than nothing.
    if (entry.context === null) return;
    this.#fallbackId = fallback.id;
    this.#fallback = entry;
  }

  /** Before each connection: where this Node's contexts cannot ask for the keys, a rotation is noticed here. */
  refreshKeys(): void {
    if (this.#rotations < 0 || this.#rotations === this.#keys.rotations) return;
    this.#rotations = this.#keys.rotations;
    shareTickets(this.base, this.#keys);
  }

  /** The context of the default certificate; null without one that works. */
  fallback(): SecureContext | null {
    return this.#fallback.context;
  }

  /** The context for a server name as the client wrote it: exact, then wildcard, then default; null if none works. */
  forName(serverName: string): SecureContext | null {
    const name = normalName(serverName);
    const served = name === '' ? null : this.#served.certificateFor(name);
    if (served === null) return this.#fallback.context;
    const { certificate, pattern } = served;
    this.#letGoOfReplaced(pattern, certificate.id);
    let entry = this.#entries.get(certificate.id);
    if (entry === undefined) {
      entry = this.#make(certificate, `the certificate of ${pattern}`);
      this.#entries.set(certificate.id, entry);
    }
    return entry.context ?? this.#fallback.context;
  }

  /** Another name may still have the one before: its context is made anew then. */
  #letGoOfReplaced(pattern: string, id: string): void {
    const before = this.#servedIds.get(pattern);
    if (before === id) return;
    if (before !== undefined) this.#entries.delete(before);
    this.#servedIds.set(pattern, id);
  }

  #make({ chainPem, keyPem }: Certificate, what: string): Entry {
    try {
      return { context: this.#makeContext({ cert: chainPem, key: keyPem, ca: NO_AUTHORITIES }) };
    } catch (error) {
      this.#report(`${what} cannot be served: ${messageOf(error)}`);
      return { context: null };
    }
  }
}

/** Server names are compared without case (RFC 6066 section 3); a trailing dot does not belong there but is sent. */
function normalName(serverName: string): string {
  const name = serverName.toLowerCase();
  return name.endsWith('.') ? name.slice(0, -1) : name;
}
