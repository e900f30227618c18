/**
 * Sets of IP addresses, given as CIDR ranges (RFC 4632, RFC 4291 2.3) and asked about by address. Any thread; pure. An IPv4-mapped IPv6
 * address (RFC 4291 2.5.5.2) is its IPv4 address, in ranges as in questions: a socket that takes both families names IPv4 peers so.
 *
 * Ranges lie within each other or apart, never across. Compiling cuts them into disjoint pieces in ascending order, each knowing the
 * narrowest range around it, so that a question is one binary search: 10,000 ranges cost ten steps more than 10. For IPv6 it goes over
 * the upper 53 bits of where pieces begin, which are one number each and lie close together; the rest decides between equal ones.
 *
 *     words:   [ pieces of IPv4 | pieces of IPv6 | IPv4: first, last, range … | IPv6: first (4 words), last (4 words), range … ]
 */

import { MAPPED_MARK, read, readAddress, V4_BITS, V6_BITS } from './read-address.ts';

const HEADER_WORDS = 2;
const V4_WORDS = 3;
const V6_WORDS = 9;
const MAPPED_PREFIX_BITS = 96;

interface Range {
  readonly bits: number;
  readonly first: bigint;
  readonly last: bigint;
  /** Which of the given ones. */
  readonly index: number;
}

/** A range that `AddressRanges.of` was given is none. */
export class AddressRangeError extends Error {
  constructor(cidr: string) {
    super(`"${cidr}" is no address and no address range`);
    this.name = 'AddressRangeError';
  }
}

export class AddressRanges {
  /** As given. */
  readonly cidrs: readonly string[];
  readonly words: Uint32Array;
  readonly #v4Count: number;
  readonly #v6Begin: number;
  readonly #v6Count: number;
  /** Of each piece of IPv6; null until one is asked for. Eight bytes each, not part of what is sent between threads. */
  #v6Uppers: Float64Array | null = null;

  /** `cidrs`: `10.0.0.0/8`, `fd00::/8`, or single addresses. Throws AddressRangeError for anything else. Of equal ones the first counts. */
  static of(cidrs: readonly string[]): AddressRanges {
    return new AddressRanges(cidrs, compile(cidrs));
  }

  /** What another thread or process has compiled; null where `words` are not what `of` makes for so many ranges. */
  static restore(cidrs: readonly string[], words: Uint32Array): AddressRanges | null {
    return isWhole(words, cidrs.length) ? new AddressRanges(cidrs, words) : null;
  }

  private constructor(cidrs: readonly string[], words: Uint32Array) {
    this.cidrs = cidrs;
    this.words = words;
    this.#v4Count = words[0] as number;
    this.#v6Begin = HEADER_WORDS + this.#v4Count * V4_WORDS;
    this.#v6Count = words[1] as number;
  }

  /** `address`: IPv4 or IPv6 as text, without zone. What is no address is in no range. */
  has(address: string): boolean {
    return this.find(address) >= 0;
  }

  /** The index of the narrowest range that `address` lies in; -1 if it lies in none. */
  find(address: string): number {
    const bits = readAddress(address);
    if (bits === V4_BITS) return this.#findV4(read[0] as number);
    return bits === V6_BITS ? this.#findV6() : -1;
  }

  #findV4(address: number): number {
    const { words } = this;
    let low = 0;
    let high = this.#v4Count;
    // The last piece that begins at or below the address.
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((words[HEADER_WORDS + middle * V4_WORDS] as number) <= address) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return -1;
    const at = HEADER_WORDS + (low - 1) * V4_WORDS;
    return address <= (words[at + 1] as number) ? (words[at + 2] as number) : -1;
  }

  #findV6(): number {
    this.#v6Uppers ??= this.#readUppers();
    const uppers = this.#v6Uppers;
    const upper = upperOf(read[0] as number, read[1] as number);
    let low = 0;
    let high = this.#v6Count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const difference = (uppers[middle] as number) - upper;
      const isAbove =
        difference === 0 ? this.#compareV6(this.#v6Begin + middle * V6_WORDS) > 0 : difference > 0;
      if (isAbove) high = middle;
      else low = middle + 1;
    }
    if (low === 0) return -1;
    const at = this.#v6Begin + (low - 1) * V6_WORDS;
    return this.#compareV6(at + 4) >= 0 ? (this.words[at + 8] as number) : -1;
  }

  #readUppers(): Float64Array {
    const { words } = this;
    const uppers = new Float64Array(this.#v6Count);
    for (let i = 0, at = this.#v6Begin; i < uppers.length; i++, at += V6_WORDS)
      uppers[i] = upperOf(words[at] as number, words[at + 1] as number);
    return uppers;
  }

  /** Below 0: the address at `at` is lower than the one that was read. */
  #compareV6(at: number): number {
    const { words } = this;
    for (let i = 0; i < 4; i++) {
      const difference = (words[at + i] as number) - (read[i] as number);
      if (difference !== 0) return difference;
    }
    return 0;
  }
}

/** The upper 53 bits of an address by its first two words: as many as a number holds. */
function upperOf(word0: number, word1: number): number {
  return word0 * 2 ** 21 + (word1 >>> 11);
}

// ── Compiling ────────────────────────────────────────────────────────────────────────────────────────────────────────

function compile(cidrs: readonly string[]): Uint32Array {
  const ranges = cidrs.map(readRange);
  const v4 = disjoint(ranges.filter(({ bits }) => bits === V4_BITS));
  const v6 = disjoint(ranges.filter(({ bits }) => bits === V6_BITS));
  const words = new Uint32Array(HEADER_WORDS + v4.length * V4_WORDS + v6.length * V6_WORDS);
  words[0] = v4.length;
  words[1] = v6.length;
  let at = HEADER_WORDS;
  for (const { first, last, index } of v4) {
    words.set([Number(first), Number(last), index], at);
    at += V4_WORDS;
  }
  for (const { first, last, index } of v6) {
    words.set([...wordsOfV6(first), ...wordsOfV6(last), index], at);
    at += V6_WORDS;
  }
  return words;
}

function readRange(cidr: string, index: number): Range {
  const slash = cidr.indexOf('/');
  const family = readAddress(slash < 0 ? cidr : cidr.slice(0, slash));
  if (family === 0) throw new AddressRangeError(cidr);
  // A mapped address was read as IPv4; its prefix may still count the 96 bits before it.
  const isMapped = family === V4_BITS && cidr.includes(':');
  const written = isMapped ? V6_BITS : family;
  const prefix = slash < 0 ? written : Number(cidr.slice(slash + 1));
  if (!/^\d{1,3}$/.test(slash < 0 ? '0' : cidr.slice(slash + 1)) || prefix > written)
    throw new AddressRangeError(cidr);
  const reachesBeyond = isMapped && prefix < MAPPED_PREFIX_BITS;
  const bits = reachesBeyond ? V6_BITS : family;
  const kept = isMapped && !reachesBeyond ? prefix - MAPPED_PREFIX_BITS : prefix;
  const address = bits === V4_BITS ? BigInt(read[0] as number) : bigOf(reachesBeyond);
  const free = BigInt(bits - kept);
  const first = (address >> free) << free;
  return { bits, first, last: first + (1n << free) - 1n, index };
}

/** What was read as one number. `mapped`: it was read as IPv4 and is wanted as IPv6. */
function bigOf(mapped: boolean): bigint {
  if (mapped) return (BigInt(MAPPED_MARK) << 32n) | BigInt(read[0] as number);
  return read.reduce((number, word) => (number << 32n) | BigInt(word), 0n);
}

function wordsOfV6(number: bigint): number[] {
  return [96n, 64n, 32n, 0n].map((shift) => Number((number >> shift) & 0xffff_ffffn));
}

interface Piece {
  readonly first: bigint;
  readonly last: bigint;
  readonly index: number;
}

/** Ranges of one family, cut where a narrower one lies in a wider one. */
function disjoint(ranges: readonly Range[]): Piece[] {
  // The wider of two that begin together comes first; of equal ones the one given first.
  const sorted = ranges.toSorted((a, b) => {
    if (a.first !== b.first) return a.first < b.first ? -1 : 1;
    if (a.last !== b.last) return a.last > b.last ? -1 : 1;
    return a.index - b.index;
  });
  const pieces: Piece[] = [];
  const around: Range[] = [];
  /** Everything below is in a piece, or in no range. */
  let done = 0n;
  const closeBelow = (limit: bigint): void => {
    for (let top = around.at(-1); top !== undefined && top.last < limit; top = around.at(-1)) {
      around.pop();
      if (done <= top.last) pieces.push({ first: done, last: top.last, index: top.index });
      done = top.last + 1n;
    }
  };
  for (const range of sorted) {
    closeBelow(range.first);
    const outer = around.at(-1);
    if (outer !== undefined && outer.first === range.first && outer.last === range.last) continue;
    if (outer !== undefined && done < range.first)
      pieces.push({ first: done, last: range.first - 1n, index: outer.index });
    done = range.first;
    around.push(range);
  }
  closeBelow(1n << BigInt(V6_BITS));
  return pieces;
}

/** Whether every search in `words` ends, at a range that is there. */
function isWhole(words: Uint32Array, ranges: number): boolean {
  const [v4 = 0, v6 = 0] = words;
  if (words.length !== HEADER_WORDS + v4 * V4_WORDS + v6 * V6_WORDS) return false;
  const v6Begin = HEADER_WORDS + v4 * V4_WORDS;
  for (let i = 0; i < v4; i++) if ((words[HEADER_WORDS + i * V4_WORDS + 2] as number) >= ranges) return false;
  for (let i = 0; i < v6; i++) if ((words[v6Begin + i * V6_WORDS + 8] as number) >= ranges) return false;
  return true;
}
