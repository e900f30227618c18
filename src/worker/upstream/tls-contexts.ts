// cold: runs once per service and snapshot
/** The TLS contexts of services, made when the first endpoint is connected to. Worker thread. */

import { createSecureContext, type SecureContext } from 'node:tls';
import type { UpstreamTls } from '../../bridge/snapshot/model.ts';
import { messageOf } from '../../kit/errors.ts';

export class TlsContexts {
  /** By the object of the snapshot: it is gone with the last pool that holds it. */
  readonly #contexts = new WeakMap<UpstreamTls, SecureContext>();

  /** The context, or why there can be none. TLS 1.2 at least: RFC 9325 3.1.1, and RFC 9113 9.2 for HTTP/2. */
  of(tls: UpstreamTls): SecureContext | string {
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
