// hot: runs once per request
/**
 * The Huffman code of HPACK (RFC 7541 5.2, Appendix B), strict in what it reads. Worker thread; sans-io: it writes where it is
 * told and keeps nothing.
 *
 * Decoding walks the tree of the code eight bits at a time: a state is one of its 256 inner nodes, and an octet leads from one
 * to another past at most two symbols, since the shortest code has five bits. Four bits at a time cost 1.6 times as much,
 * and a table of the codes up to eight bits more than twice. A step is worked out when a text first comes to it: all of them at once would
 * hold a worker for 10 ms, and most of their 256 KiB are never touched.
 */

/** The bits of the code of each octet, and of EOS at last. The codes follow from it: they are in the order of length, then octet. */
// biome-ignore format: sixteen a row, as in the table of the RFC read by hexadecimal digits
const CODE_BITS: Uint8Array = Uint8Array.of(
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
  6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
);
const EOS = 256;
const SHORTEST = 5;
const LONGEST = 30;
/** The state between two symbols. */
const ROOT = 0;
/** No step: EOS was passed, which is an error (RFC 7541 5.2). */
const PASSED_EOS = -1;
/** Not worked out yet. No step is 0: from the root an octet leads elsewhere or past a symbol. */
const UNKNOWN = 0;

const CODES: Uint32Array = codes();
/** Where 0 and 1 lead from each inner node; a symbol as its complement. */
const TREE: Int16Array = tree();
/** By state and octet, from the lowest octet up: the next state, the first symbol passed, the second, their number. See `UNKNOWN`. */
const STEPS: Int32Array = new Int32Array(256 * 256);
/** 1 for each state that a text may end in: behind a symbol, or at most seven bits into EOS. */
const MAY_END: Uint8Array = ends();

/** What a text of so many coded octets can come to, and one octet more that the decoder may touch. */
export function decodedRoom(codedOctets: number): number {
  return Math.floor((codedOctets * 8) / SHORTEST) + 1;
}

/** Decodes `from`..`to` to the start of `out`, which has `decodedRoom`. Returns the length; -1 if it is malformed. */
export function decodeHuffman(bytes: Uint8Array, from: number, to: number, out: Uint8Array): number {
  // What belongs to the module is looked up at every use; in a loop over octets that shows.
  const table = STEPS;
  let state = ROOT;
  let length = 0;
  for (let at = from; at < to; at++) {
    let step = table[(state << 8) | bytes[at]!]!;
    if (step <= 0) {
      if (step === UNKNOWN) step = learn(state, bytes[at]!);
      if (step === PASSED_EOS) return -1;
    }
    // Written whether they are there or not.
    out[length] = step >>> 8;
    out[length + 1] = step >>> 16;
    length += step >>> 24;
    state = step & 0xff;
  }
  return MAY_END[state] === 1 ? length : -1;
}

/** The length of what `decodeHuffman` would write; -1 if it is malformed. */
export function decodedLength(bytes: Uint8Array, from: number, to: number): number {
  let state = ROOT;
  let length = 0;
  for (let at = from; at < to; at++) {
    let step = STEPS[(state << 8) | bytes[at]!]!;
    if (step <= 0) {
      if (step === UNKNOWN) step = learn(state, bytes[at]!);
      if (step === PASSED_EOS) return -1;
    }
    length += step >>> 24;
    state = step & 0xff;
  }
  return MAY_END[state] === 1 ? length : -1;
}

/** How many octets `encodeHuffman` writes for `from`..`to`. */
export function encodedLength(bytes: Uint8Array, from: number, to: number): number {
  let bits = 0;
  for (let at = from; at < to; at++) bits += CODE_BITS[bytes[at]!]!;
  return (bits + 7) >>> 3;
}

/** Encodes `from`..`to` to `out` at `at`. Returns where it ends. */
export function encodeHuffman(
  bytes: Uint8Array,
  from: number,
  to: number,
  out: Uint8Array,
  at: number,
): number {
  let end = at;
  // The bits that do not fill an octet yet, fewer than eight.
  let pending = 0;
  let count = 0;
  for (let i = from; i < to; i++) {
    const octet = bytes[i]!;
    let bits = CODE_BITS[octet]!;
    let code = CODES[octet]!;
    if (bits > 24) {
      // With the pending ones more than 31: the low 16 follow by themselves.
      pending = (pending << (bits - 16)) | (code >>> 16);
      count += bits - 16;
      while (count >= 8) {
        count -= 8;
        out[end++] = pending >>> count;
      }
      code &= 0xffff;
      bits = 16;
    }
    pending = (pending << bits) | code;
    count += bits;
    while (count >= 8) {
      count -= 8;
      out[end++] = pending >>> count;
    }
    pending &= (1 << count) - 1;
  }
  // Filled with the first bits of EOS, all ones.
  if (count > 0) out[end++] = (pending << (8 - count)) | (0xff >>> count);
  return end;
}

function codes(): Uint32Array {
  const all = new Uint32Array(EOS + 1);
  let code = 0;
  for (let bits = SHORTEST; bits <= LONGEST; bits++) {
    for (let symbol = 0; symbol <= EOS; symbol++) if (CODE_BITS[symbol] === bits) all[symbol] = code++;
    code *= 2;
  }
  return all;
}

function tree(): Int16Array {
  const edges = new Int16Array(EOS * 2);
  let nodes = 1;
  for (let symbol = 0; symbol <= EOS; symbol++) {
    const code = CODES[symbol]!;
    let node = ROOT;
    for (let bit = CODE_BITS[symbol]! - 1; bit > 0; bit--) {
      const edge = node * 2 + ((code >>> bit) & 1);
      if (edges[edge] === 0) edges[edge] = nodes++;
      node = edges[edge]!;
    }
    edges[node * 2 + (code & 1)] = ~symbol;
  }
  return edges;
}

/** The step, for now and from now on. */
function learn(state: number, octet: number): number {
  const found = step(state, octet);
  STEPS[(state << 8) | octet] = found;
  return found;
}

function step(state: number, octet: number): number {
  let node = state;
  let symbols = 0;
  let passed = 0;
  for (let bit = 7; bit >= 0; bit--) {
    const next = TREE[node * 2 + ((octet >>> bit) & 1)]!;
    if (next >= 0) {
      node = next;
      continue;
    }
    if (~next === EOS) return PASSED_EOS;
    symbols |= ~next << (passed === 0 ? 8 : 16);
    passed++;
    node = ROOT;
  }
  return (passed << 24) | symbols | node;
}

function ends(): Uint8Array {
  const all = new Uint8Array(256);
  let node = ROOT;
  for (let ones = 0; ones <= 7; ones++) {
    all[node] = 1;
    node = TREE[node * 2 + 1]!;
  }
  return all;
}
