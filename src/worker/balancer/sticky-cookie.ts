// hot: runs once per request
/**
 * The cookie by which a client sticks to an endpoint. Its value is a keyed digest (HMAC-SHA-256, 128 bits of it) of the endpoint's
 * identity: it names the endpoint without telling where it is, and who does not have the key cannot make one. It depends on nothing
 * else, so it stays good through reloads, changed weights and addresses, and restarts.
 */

import { createHmac } from 'node:crypto';
import type { Endpoint } from '../../bridge/snapshot/model.ts';

const DIGEST_BYTES = 16;
/** Keeps these digests apart from any others under the same key. */
const PURPOSE = 'penstock sticky cookie 1\0';

/** The cookie's value for each endpoint of a service, worked out once: a request costs a look-up. */
export class StickyValues {
  readonly #values: readonly string[];
  readonly #indices: ReadonlyMap<string, number>;

  // hot-ok: once per snapshot and service
  constructor(endpoints: readonly Pick<Endpoint, 'key'>[], key: Uint8Array) {
    this.#values = endpoints.map((endpoint) => stickyValue(key, endpoint.key));
    this.#indices = new Map(this.#values.map((value, index) => [value, index]));
  }

  /** The value for the endpoint with this index. */
  of(index: number): string {
    return this.#values[index] as string;
  }

  /** The index of the endpoint that a value names; -1 if it names none. */
  indexOf(value: string): number {
    return this.#indices.get(value) ?? -1;
  }
}

function stickyValue(key: Uint8Array, identity: string): string {
  const digest = createHmac('sha256', key).update(PURPOSE).update(identity).digest();
  return digest.subarray(0, DIGEST_BYTES).toString('base64url');
}

/** A Set-Cookie line without its CRLF (RFC 6265 4.1). A session's cookie: it ends with the browser. */
export function stickyLine(name: string, value: string, secure: boolean): string {
  return `Set-Cookie: ${name}=${value}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
}
