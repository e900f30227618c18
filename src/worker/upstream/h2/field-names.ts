// hot: runs once per request
/**
 * Names of request fields as HTTP/2 writes them: lower-case (RFC 9113 8.2.1). Worker thread. Few names make up nearly all
 * fields, so each is looked at once and remembered. A name that HTTP/2 cannot carry must not reach node:http2: it would end
 * the whole session for it.
 */

import { TOKEN } from '../../http1/octet-tables.ts';

/** Many times what honest clients send; a client that makes up names costs no memory beyond this. */
const MAX_KNOWN = 1024;
/** Longer names are made up: remembering them would cost more than it saves. */
const MAX_KNOWN_LENGTH = 64;

/** What speaks to the next hop of HTTP/1 (RFC 9113 8.2.2), or stands elsewhere in HTTP/2: `:authority`, `te`. */
const NOT_SENT: ReadonlySet<string> = new Set([
  'connection',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

export class FieldNames {
  readonly #known = new Map<string, string>();

  /** The name to send; empty if the field is not sent. */
  lower(name: string): string {
    return this.#known.get(name) ?? this.#learn(name);
  }

  #learn(name: string): string {
    const lower = isToken(name) ? name.toLowerCase() : '';
    const sent = NOT_SENT.has(lower) ? '' : lower;
    if (name.length <= MAX_KNOWN_LENGTH) {
      if (this.#known.size === MAX_KNOWN) this.#known.clear();
      // Copies: a slice would keep the whole request that it was cut from.
      this.#known.set(copyOf(name), copyOf(sent));
    }
    return sent;
  }
}

function isToken(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code > 0xff || TOKEN[code] === 0) return false;
  }
  return name !== '';
}

function copyOf(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
