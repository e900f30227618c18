// cold: runs once per handshake
/**
 * Session tickets under keys that all workers share (RFC 5077, RFC 8446 4.6.1). Worker thread.
 *
 * Node's public API (`ticketKeys`, `setTicketKeys`) knows one key: after a rotation every session would be lost. Its native
 * SecureContext can ask JavaScript instead, `enableTicketKeyCallback` and `onticketkeycallback`, the door to OpenSSL's
 * SSL_CTX_set_tlsext_ticket_key_cb. It is not documented, there since Node 4, and used by Node's own tests; the integration
 * tests use it on every supported release. A Node without it serves with the current key only.
 */

import { randomBytes } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import { TICKET_KEY_BYTES, type TicketKeys, ticketKeyOf } from '../../../bridge/memory/ticket-keys.ts';

/** What OpenSSL is told. Below 0 would fail the handshake. */
const Answer = {
  /** The ticket's key is not known (any more): a full handshake. */
  UNKNOWN: 0,
  /** For a new ticket: this key. */
  ENCRYPT: 1,
  /**
   * The ticket is good, and the client gets a new one. Always: under TLS 1.3 no other ticket would follow, and clients use one
   * only once (RFC 8446 C.4); under TLS 1.2 it moves the session to the current key before the previous one is forgotten.
   */
  RENEW: 2,
} as const;

/** Node reads keys from the array even where the answer is UNKNOWN, and ends the process where there are none. */
type TicketAnswer =
  | readonly [answer: number, hmac: Uint8Array, aes: Uint8Array]
  | readonly [answer: number, hmac: Uint8Array, aes: Uint8Array, name: Uint8Array, iv: Uint8Array];

type TicketCallback = (name: Uint8Array, iv: Uint8Array, encrypting: boolean) => TicketAnswer;

interface NativeContext {
  enableTicketKeyCallback?(): void;
  onticketkeycallback?: TicketCallback;
  setTicketKeys?(keys: Uint8Array): void;
}

const IV_BYTES = 16;
/** Node's `ticketKeys`: name, HMAC key, AES key, 16 bytes each. */
const PUBLIC_PART_BYTES = 16;

/**
 * Makes a context use the shared keys. False: it has a copy of the current one, because this Node has no callback; call
 * again after a rotation.
 */
export function shareTickets(context: SecureContext, keys: TicketKeys): boolean {
  const native = context.context as NativeContext;
  if (typeof native.enableTicketKeyCallback === 'function') {
    native.onticketkeycallback = makeTicketCallback(keys);
    native.enableTicketKeyCallback();
    return true;
  }
  const key = keys.current();
  if (key !== null) {
    native.setTicketKeys?.(Buffer.concat([key.name, key.hmac.subarray(0, PUBLIC_PART_BYTES), key.aes]));
  }
  return false;
}

/** Never throws: an exception in a handshake would end the thread. */
function makeTicketCallback(keys: TicketKeys): TicketCallback {
  // Before the first rotation was seen: tickets that nobody accepts, so that sessions end with their connections.
  const stray = ticketKeyOf(randomBytes(TICKET_KEY_BYTES));
  return (name, _iv, encrypting) => {
    if (encrypting) {
      const key = keys.current() ?? stray;
      return [Answer.ENCRYPT, key.hmac, key.aes, key.name, randomBytes(IV_BYTES)];
    }
    const key = keys.named(name);
    return key === null ? [Answer.UNKNOWN, stray.hmac, stray.aes] : [Answer.RENEW, key.hmac, key.aes];
  };
}
