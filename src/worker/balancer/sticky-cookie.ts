// hot: runs once per request
/**
 * The cookie by which a client sticks to an endpoint. Its value is a keyed digest (HMAC-SHA-256, 128 bits of it) of the endpoint's
 * identity: it names the endpoint without telling where it is, and who does not have the key cannot make one. It depends on nothing
 * else, so it stays good through reloads, changed weights and addresses, and restarts.
 */

import { createHmac } from 'node:crypto';
import type { Endpoint } from '../../bridge/snapshot/model.ts';
import { afterQuote, cookieStart, isCookieValue } from './cookie-value.ts';
import { NO_INDEX } from './weighted-random.ts';

const DIGEST_BYTES = 16;
/** Keeps these digests apart from any others under the same key. */
const PURPOSE = 'penstock sticky cookie 1\0';

/** The first characters of a value that tell where it stands: six random bits each. */
const MARKS = 4;
/** Shifts their codes apart, of which the higher bits are much the same. */
const MARK_BITS = 6;

/**
 * The cookie's value for each endpoint of a service, worked out once. A request costs a look-up by what stands in its own field: a text
 * made of it, hashed for a `Map`, would cost more than all the rest of the choice.
 */
export class StickyValues {
  readonly #values: readonly string[];
  /** An open-addressed table, at most half full: 0, or an index and one. */
  readonly #places: Int32Array;

  // hot-ok: once per snapshot and service
  constructor(endpoints: readonly Pick<Endpoint, 'key'>[], key: Uint8Array) {
    this.#values = endpoints.map((endpoint) => stickyValue(key, endpoint.key));
    this.#places = new Int32Array(2 ** Math.ceil(Math.log2(2 * endpoints.length + 1)));
    this.#values.forEach((value, index) => {
      let at = this.#placeOf(value, 0);
      while (this.#places[at] !== 0) at = this.#next(at);
      this.#places[at] = index + 1;
    });
  }

  /** The value for the endpoint with this index. */
  of(index: number): string {
    return this.#values[index] as string;
  }

  /** The index of the endpoint that the cookie of this name names; NO_INDEX if it names none, or is not there. `field`: the Cookie field. */
  indexIn(field: string | null, name: string): number {
    if (field === null) return NO_INDEX;
    const start = cookieStart(field, name);
    if (start < 0) return NO_INDEX;
    for (
      let at = this.#placeOf(field, afterQuote(field, start));
      this.#places[at] !== 0;
      at = this.#next(at)
    ) {
      const index = (this.#places[at] as number) - 1;
      if (isCookieValue(field, start, this.of(index))) return index;
    }
    return NO_INDEX;
  }

  /** Where a value that begins at `start` in `text` stands, or would; a shorter one stands nowhere. */
  #placeOf(text: string, start: number): number {
    let place = 0;
    for (let i = 0; i < MARKS; i++) place = (place << MARK_BITS) ^ text.charCodeAt(start + i);
    return place & (this.#places.length - 1);
  }

  #next(at: number): number {
    return (at + 1) & (this.#places.length - 1);
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
