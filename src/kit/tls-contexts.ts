/** The TLS contexts of services, made when the first endpoint is connected to. Any thread; each has its own. */

import { createSecureContext, type SecureContext } from 'node:tls';
import { messageOf } from './errors.ts';

/** PEM; empty = none, or, of authorities, those that Node.js brings. */
export interface TlsMaterial {
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}

export class TlsContexts {
  /** By the object of the snapshot: it is gone with the last pool that holds it. */
  readonly #contexts = new WeakMap<TlsMaterial, SecureContext>();

  /** The context, or why there can be none. TLS 1.2 at least: RFC 9325 3.1.1, and RFC 9113 9.2 for HTTP/2. */
  of(tls: TlsMaterial): SecureContext | string {
    const known = this.#contexts.get(tls);
    if (known !== undefined) return known;
    try {
      const context = createSecureContext({
        minVersion: 'TLSv1.2',
        ...(tls.caPem === '' ? {} : { ca: tls.caPem }),
        ...(tls.certPem === '' ? {} : { cert: tls.certPem, key: tls.keyPem }),
      });
      this.#contexts.set(tls, context);
      return context;
    } catch (error) {
      return messageOf(error);
    }
  }
}
