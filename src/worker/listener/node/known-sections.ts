// hot: runs once per request
/**
 * Field sections that came before, with what was read in them. A client repeats itself: a browser asks for the parts of a page, a program
 * calls one path after the other, with the same fields octet for octet. To compare them costs a tenth of reading them. Worker
 * thread, one for all its HTTP/1 connections (docs/decisions/0025).
 *
 * A section is kept once it has come twice in a row in its slot, so that traffic in which none comes twice pays little. What is
 * not met again is forgotten within a minute or two: field values can be secrets.
 */

import { RequestHead } from '../request-head.ts';

/** A power of two. */
const SLOTS = 256;
const MAX_SECTION_BYTES = 2048;
/** The fingerprint looks at as many words, evenly spread. */
const SAMPLES = 8;
const MIN_SECTION_BYTES = 64;
const PATIENCE = 64;
const LOOK_AT_ONE_OF = 16;

class KnownSection {
  readonly fingerprint: number;
  readonly length: number;
  /** Four octets each, little-endian, without the last `length % 4`. */
  readonly words: Int32Array;
  readonly rest: Uint8Array;
  /** What the fields came to. */
  readonly head: RequestHead;
  /** Met since `forget` was called. */
  fresh: boolean;

  constructor(view: DataView, start: number, end: number, fingerprint: number, head: RequestHead) {
    this.fingerprint = fingerprint;
    this.length = end - start;
    this.words = new Int32Array(this.length >> 2);
    for (let i = 0; i < this.words.length; i++) this.words[i] = view.getInt32(start + i * 4, true);
    this.rest = new Uint8Array(this.length & 3);
    for (let i = 0; i < this.rest.length; i++) {
      this.rest[i] = view.getUint8(start + this.words.length * 4 + i);
    }
    this.head = new RequestHead('', '', 0);
    this.head.takeFieldsOf(head);
    // One flat string, which does not keep that of the whole head.
    this.head.lines = Buffer.from(head.lines, 'latin1').toString('latin1');
    this.fresh = true;
  }

  isAt(view: DataView, start: number): boolean {
    const { words, rest } = this;
    const { length } = words;
    let at = start;
    for (let i = 0; i < length; i++, at += 4) if (view.getInt32(at, true) !== words[i]) return false;
    for (let i = 0; i < rest.length; i++, at++) if (view.getUint8(at) !== rest[i]) return false;
    return true;
  }
}

export class KnownSections {
  readonly #sections: (KnownSection | null)[] = new Array(SLOTS).fill(null);
  /** The hash of the section that was last offered to a slot. */
  readonly #offered = new Int32Array(SLOTS);
  /** Of the section that `find` did not know. */
  #fingerprint = 0;
  #isOfferable = false;
  /** Sections in a row that were not known. */
  #strange = 0;

  /**
   * What the fields of the section at `start`..`end` came to, its empty line included; null if it is not known. To be taken over by
   * `takeFieldsOf`: method and target are not those of this request.
   */
  find(view: DataView, start: number, end: number): RequestHead | null {
    const length = end - start;
    this.#isOfferable = length >= MIN_SECTION_BYTES && length <= MAX_SECTION_BYTES;
    if (!this.#isOfferable) return null;
    const fingerprint = fingerprintOf(view, start, length);
    const known = this.#sections[fingerprint & (SLOTS - 1)] as KnownSection | null;
    if (
      known !== null &&
      known.fingerprint === fingerprint &&
      known.length === length &&
      known.isAt(view, start)
    ) {
      known.fresh = true;
      this.#strange = 0;
      return known.head;
    }
    this.#fingerprint = fingerprint;
    return null;
  }

  /** The section that `find` has just not known was read, to its end and without a fault: `head` is what its fields came to. */
  offer(view: DataView, start: number, end: number, head: RequestHead): void {
    if (!this.#isOfferable) return;
    // Where nothing is met again, only some are looked at: a hash costs a tenth of reading.
    if (++this.#strange > PATIENCE && this.#strange % LOOK_AT_ONE_OF !== 0) return;
    const fingerprint = this.#fingerprint;
    const slot = fingerprint & (SLOTS - 1);
    // Of every octet: sections that differ where the fingerprint does not look would push each other out for ever.
    const hash = hashOf(view, start, end, fingerprint);
    if (this.#offered[slot] !== hash) {
      this.#offered[slot] = hash;
      return;
    }
    this.#sections[slot] = new KnownSection(view, start, end, fingerprint, head);
  }

  /** To be called once a minute. Forgets what was not met since the call before. */
  forget(): void {
    this.#offered.fill(0);
    for (let slot = 0; slot < SLOTS; slot++) {
      const known = this.#sections[slot] as KnownSection | null;
      if (known === null) continue;
      if (known.fresh) known.fresh = false;
      else this.#sections[slot] = null;
    }
  }
}

function fingerprintOf(view: DataView, start: number, length: number): number {
  const step = ((length - 4) / (SAMPLES - 1)) | 0;
  let hash = length;
  for (let i = 0, at = start; i < SAMPLES; i++, at += step) {
    hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}

/** Two words at a time: each waits for its multiplication, not for the one of the other. */
function hashOf(view: DataView, start: number, end: number, seed: number): number {
  let even = seed;
  let odd = end - start;
  let at = start;
  for (const last = end - 8; at <= last; at += 8) {
    even = Math.imul(even ^ view.getInt32(at, true), 0x9e3779b1);
    even ^= even >>> 15;
    odd = Math.imul(odd ^ view.getInt32(at + 4, true), 0x85ebca6b);
    odd ^= odd >>> 13;
  }
  for (; at < end; at++) even = Math.imul(even ^ view.getUint8(at), 0x9e3779b1);
  return even ^ odd;
}
