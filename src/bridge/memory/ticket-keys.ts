/**
 * The keys of TLS session tickets in shared memory, so that a session that one worker gave out is resumed by any other.
 * One writer, the primary; every worker reads. Offsets are known nowhere else. Nothing here is ever stored or logged.
 *
 *   word 0         sequence: twice the number of rotations so far, odd while a rotation is being written
 *   words 1 … 16   slot 0: name 16 bytes │ HMAC-SHA-256 key 32 │ AES-128 key 16
 *   words 17 … 32  slot 1
 *
 * Rotation n writes slot n & 1, where the key before the previous one lies, and leaves the current key alone until it has
 * become the previous one. Up to the first rotation there is no key, up to the second no previous one: a slot that was
 * never written holds zeros, and a ticket under a key of zeros could be made by anyone.
 */

const NAME_BYTES = 16;
const HMAC_BYTES = 32;
const AES_BYTES = 16;
/** Fresh random bytes of one key: name, HMAC key, AES key. */
export const TICKET_KEY_BYTES: number = NAME_BYTES + HMAC_BYTES + AES_BYTES;

const SEQUENCE = 0;
const FIRST_SLOT = 1;
const SLOT_WORDS = TICKET_KEY_BYTES / 4;

export const TICKET_KEYS_BUFFER_BYTES: number = (FIRST_SLOT + 2 * SLOT_WORDS) * 4;

/** One key, out of shared memory: whole, and never written again. */
export interface TicketKey {
  /** 16 bytes, sent in clear with every ticket (RFC 5077 section 4). */
  readonly name: Uint8Array;
  /** 32 bytes, HMAC-SHA-256. */
  readonly hmac: Uint8Array;
  /** 16 bytes, AES-128-CBC. */
  readonly aes: Uint8Array;
}

/** The first word of the slot that rotation `rotation` writes. */
function slotOf(rotation: number): number {
  return FIRST_SLOT + (rotation & 1) * SLOT_WORDS;
}

/** The primary's side. There is one for a buffer. */
export class TicketKeyWriter {
  readonly #words: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
  }

  /** Makes `bytes` (TICKET_KEY_BYTES of them) the current key, the current one the previous, and forgets the previous. */
  rotate(bytes: Uint8Array): void {
    const words = this.#words;
    const key = new Int32Array(SLOT_WORDS);
    new Uint8Array(key.buffer).set(bytes);
    // Only this thread writes the sequence, so it is read and written in two steps.
    const rotation = (Atomics.load(words, SEQUENCE) >> 1) + 1;
    // Odd before the first word: a reader that copied the slot between two of these stores finds, at its second look, another
    // sequence than at its first, and drops the copy.
    Atomics.store(words, SEQUENCE, 2 * rotation - 1);
    const slot = slotOf(rotation);
    for (let i = 0; i < SLOT_WORDS; i++) Atomics.store(words, slot + i, key[i] as number);
    // Even after the last word: whoever sees this number sees the whole key.
    Atomics.store(words, SEQUENCE, 2 * rotation);
    key.fill(0);
  }
}

/** A worker's side. Keeps copies, and looks whether there was a rotation at each call: one atomic load. */
export class TicketKeys {
  readonly #words: Int32Array;
  /** The sequence that the copies were made at. */
  #sequence = 0;
  #current: TicketKey | null = null;
  #previous: TicketKey | null = null;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
  }

  /** How often the keys that this reader holds were rotated: another number, other keys. */
  get rotations(): number {
    this.#look();
    return this.#sequence >> 1;
  }

  /** The key for new tickets; null before the first rotation. */
  current(): TicketKey | null {
    this.#look();
    return this.#current;
  }

  /** The current or the previous key, if that is its name; null means a full handshake. */
  named(name: Uint8Array): TicketKey | null {
    this.#look();
    if (isNamed(this.#current, name)) return this.#current;
    return isNamed(this.#previous, name) ? this.#previous : null;
  }

  #look(): void {
    const words = this.#words;
    const before = Atomics.load(words, SEQUENCE);
    // Odd: a rotation is being written. The copies are one rotation old at worst: their current key is the one of now.
    if (before === this.#sequence || (before & 1) === 1) return;
    const rotation = before >> 1;
    const current = copyKey(words, slotOf(rotation));
    const previous = rotation > 1 ? copyKey(words, slotOf(rotation - 1)) : null;
    // The writer may have begun another rotation while these were copied: then one of them is torn. What was there before is
    // kept, and the next call looks again. At worst (a reader that has read nothing yet) this handshake is a full one.
    if (Atomics.load(words, SEQUENCE) !== before) return;
    this.#sequence = before;
    this.#current = current;
    this.#previous = previous;
  }
}

/** Atomic loads, since a plain one may be moved behind the second look at the sequence. */
function copyKey(words: Int32Array, slot: number): TicketKey {
  const key = new Int32Array(SLOT_WORDS);
  for (let i = 0; i < SLOT_WORDS; i++) key[i] = Atomics.load(words, slot + i);
  return ticketKeyOf(new Uint8Array(key.buffer));
}

/** The parts of TICKET_KEY_BYTES bytes, not copied. */
export function ticketKeyOf(bytes: Uint8Array): TicketKey {
  const aesAt = NAME_BYTES + HMAC_BYTES;
  return {
    name: bytes.subarray(0, NAME_BYTES),
    hmac: bytes.subarray(NAME_BYTES, aesAt),
    aes: bytes.subarray(aesAt),
  };
}

function isNamed(key: TicketKey | null, name: Uint8Array): boolean {
  return key !== null && Buffer.compare(key.name, name) === 0;
}
