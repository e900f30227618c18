import { describe, expect, it } from 'vitest';
import {
  TICKET_KEY_BYTES,
  TICKET_KEYS_BUFFER_BYTES,
  TicketKeys,
  TicketKeyWriter,
  ticketKeyOf,
} from '../../../../src/bridge/memory/ticket-keys.ts';

/** A key whose every byte is another one. */
const key = (first: number): Uint8Array =>
  Uint8Array.from({ length: TICKET_KEY_BYTES }, (_, index) => (first + index) & 255);

function table(): { writer: TicketKeyWriter; reader: TicketKeys; buffer: SharedArrayBuffer } {
  const buffer = new SharedArrayBuffer(TICKET_KEYS_BUFFER_BYTES);
  return { writer: new TicketKeyWriter(buffer), reader: new TicketKeys(buffer), buffer };
}

describe('TicketKeys', () => {
  it('has no key before the first rotation, and none of zeros', () => {
    const { reader } = table();
    expect([reader.rotations, reader.current(), reader.named(new Uint8Array(16))]).toEqual([0, null, null]);
  });

  it('has no previous key after the first rotation, and none of zeros', () => {
    const { writer, reader } = table();
    writer.rotate(key(1));
    expect(reader.current()).toEqual(ticketKeyOf(key(1)));
    expect(reader.named(new Uint8Array(16))).toBeNull();
  });

  it('finds the current and the previous key by name, and no other', () => {
    const { writer, reader } = table();
    for (const first of [1, 2, 3, 4, 5]) {
      writer.rotate(key(first));
      expect(reader.rotations).toBe(first);
      expect(reader.current()).toEqual(ticketKeyOf(key(first)));
      for (let other = 0; other <= 6; other++) {
        const known = other === first || (other === first - 1 && other > 0);
        const name = key(other).subarray(0, 16);
        expect(reader.named(name)).toEqual(known ? ticketKeyOf(key(other)) : null);
      }
    }
  });

  it('does not take a name of another length for one of its own', () => {
    const { writer, reader } = table();
    writer.rotate(key(1));
    expect(reader.named(key(1).subarray(0, 15))).toBeNull();
    expect(reader.named(key(1).subarray(0, 17))).toBeNull();
    expect(reader.named(new Uint8Array(0))).toBeNull();
  });

  it('shows every reader the same keys, whenever it was made', () => {
    const { writer, reader, buffer } = table();
    writer.rotate(key(1));
    reader.current();
    writer.rotate(key(2));
    const later = new TicketKeys(buffer);
    expect([reader.current(), reader.named(key(1).subarray(0, 16))]).toEqual([
      later.current(),
      later.named(key(1).subarray(0, 16)),
    ]);
  });

  it('gives out keys that no later rotation changes', () => {
    const { writer, reader } = table();
    writer.rotate(key(1));
    const held = reader.current();
    for (const first of [2, 3, 4]) {
      writer.rotate(key(first));
      reader.current();
    }
    expect(held).toEqual(ticketKeyOf(key(1)));
  });

  it('holds parts of the sizes that the ticket algorithms want', () => {
    const { name, hmac, aes } = ticketKeyOf(key(9));
    expect([name.length, hmac.length, aes.length]).toEqual([16, 32, 16]);
    expect(Buffer.concat([name, hmac, aes])).toEqual(Buffer.from(key(9)));
  });
});
