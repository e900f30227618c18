import { createSecureContext, type SecureContext } from 'node:tls';
import { describe, expect, it } from 'vitest';
import {
  TICKET_KEY_BYTES,
  TICKET_KEYS_BUFFER_BYTES,
  TicketKeys,
  TicketKeyWriter,
} from '../../../../../src/bridge/memory/ticket-keys.ts';
import { shareTickets } from '../../../../../src/worker/listener/node/ticket-callback.ts';

const bytesOf = (value: number): Uint8Array => new Uint8Array(TICKET_KEY_BYTES).fill(value);
const part = (value: number, length: number): Uint8Array => new Uint8Array(length).fill(value);

function sharedKeys(): { writer: TicketKeyWriter; keys: TicketKeys } {
  const buffer = new SharedArrayBuffer(TICKET_KEYS_BUFFER_BYTES);
  return { writer: new TicketKeyWriter(buffer), keys: new TicketKeys(buffer) };
}

type Callback = (name: Uint8Array, iv: Uint8Array, encrypting: boolean) => readonly unknown[];

/** A context of a Node with the callback: what OpenSSL would call. */
function callbackOf(keys: TicketKeys): Callback {
  const native: { onticketkeycallback?: Callback; enabled?: boolean } & Record<string, unknown> = {
    enableTicketKeyCallback: () => {
      native.enabled = true;
    },
  };
  expect(shareTickets({ context: native } as unknown as SecureContext, keys)).toBe(true);
  expect(native.enabled).toBe(true);
  return native.onticketkeycallback as Callback;
}

describe('shareTickets', () => {
  it('finds the callback in this Node', () => {
    expect(shareTickets(createSecureContext({ ca: [] }), sharedKeys().keys)).toBe(true);
  });

  it('encrypts with the current key, each time from another start', () => {
    const { writer, keys } = sharedKeys();
    const callback = callbackOf(keys);
    writer.rotate(bytesOf(1));
    writer.rotate(bytesOf(2));
    const [answer, hmac, aes, name, iv] = callback(part(0, 16), part(0, 16), true);
    expect([answer, hmac, aes, name]).toEqual([1, part(2, 32), part(2, 16), part(2, 16)]);
    expect(iv).toHaveLength(16);
    expect(callback(part(0, 16), part(0, 16), true)[4]).not.toEqual(iv);
  });

  it('takes tickets of the current and the previous key and renews both', () => {
    const { writer, keys } = sharedKeys();
    const callback = callbackOf(keys);
    for (const value of [1, 2, 3]) writer.rotate(bytesOf(value));
    expect(callback(part(3, 16), part(0, 16), false)).toEqual([2, part(3, 32), part(3, 16)]);
    expect(callback(part(2, 16), part(0, 16), false)).toEqual([2, part(2, 32), part(2, 16)]);
  });

  it('knows no other ticket, and still gives Node keys to read', () => {
    const { writer, keys } = sharedKeys();
    const callback = callbackOf(keys);
    for (const value of [1, 2, 3]) writer.rotate(bytesOf(value));
    for (const value of [0, 1, 4]) {
      const [answer, hmac, aes] = callback(part(value, 16), part(0, 16), false);
      expect([answer, (hmac as Uint8Array).length, (aes as Uint8Array).length]).toEqual([0, 32, 16]);
    }
  });

  it('gives out tickets that nobody takes while there is no key', () => {
    const callback = callbackOf(sharedKeys().keys);
    const [answer, hmac, aes, name] = callback(part(0, 16), part(0, 16), true);
    expect([answer, (hmac as Uint8Array).length, (aes as Uint8Array).length]).toEqual([1, 32, 16]);
    expect(hmac).not.toEqual(part(0, 32));
    expect(callback(name as Uint8Array, part(0, 16), false)[0]).toBe(0);
    expect(callback(part(0, 16), part(0, 16), false)[0]).toBe(0);
  });

  it('copies the current key where this Node has no callback, anew at each call', () => {
    const { writer, keys } = sharedKeys();
    const set: Uint8Array[] = [];
    const context = { context: { setTicketKeys: (bytes: Uint8Array) => set.push(bytes) } };
    const share = (): boolean => shareTickets(context as unknown as SecureContext, keys);
    expect([share(), set]).toEqual([false, []]);
    for (const value of [1, 2]) {
      writer.rotate(bytesOf(value));
      expect(share()).toBe(false);
    }
    expect(set.map((bytes) => [...bytes])).toEqual([[...part(1, 48)], [...part(2, 48)]]);
  });
});
