/**
 * HPACK (RFC 7541) for tests, independent of the codec under test: each representation by hand, wrong ones too, and a decoder
 * that takes nothing that the RFC forbids.
 */

export type Field = readonly [name: string, value: string];

/** What settings and decoders begin with (RFC 9113 6.5.2, RFC 7541 4.2). */
export const TABLE_BYTES = 4_096;
/** RFC 7541 4.1: what an entry counts beside its octets. */
export const ENTRY_OVERHEAD = 32;
/** The first index of the dynamic table (RFC 7541 2.3.3). */
export const FIRST_DYNAMIC = 62;

/** RFC 7541 appendix A, as `name` or `name=value`, from index 1. */
const STATIC_TABLE: readonly Field[] = (
  ':authority :method=GET :method=POST :path=/ :path=/index.html :scheme=http :scheme=https :status=200 :status=204 ' +
  ':status=206 :status=304 :status=400 :status=404 :status=500 accept-charset accept-encoding=gzip,_deflate ' +
  'accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control ' +
  'content-disposition content-encoding content-language content-length content-location content-range content-type ' +
  'cookie date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since ' +
  'last-modified link location max-forwards proxy-authenticate proxy-authorization range referer refresh retry-after ' +
  'server set-cookie strict-transport-security transfer-encoding user-agent vary via www-authenticate'
)
  .split(' ')
  .map((entry) => {
    const [name = '', value = ''] = entry.split('=');
    return [name, value.replace('_', ' ')];
  });

/**
 * RFC 7541 appendix B. The code is canonical: it follows from the length of each symbol, shorter ones first, and symbols of
 * one length in their order. By length in bits: the symbols, or ranges of them. 256 is EOS.
 */
const SYMBOLS: ReadonlyMap<number, string> = new Map([
  [5, '48-50 97 99 101 105 111 115 116'],
  [6, '32 37 45-47 51-57 61 65 95 98 100 102-104 108-110 112 114 117'],
  [7, '58 66-87 89 106 107 113 118-122'],
  [8, '38 42 44 59 88 90'],
  [10, '33 34 40 41 63'],
  [11, '39 43 124'],
  [12, '35 62'],
  [13, '0 36 64 91 93 126'],
  [14, '94 125'],
  [15, '60 96 123'],
  [19, '92 195 208'],
  [20, '128 130 131 162 184 194 224 226'],
  [21, '153 161 167 172 176 177 179 209 216 217 227 229 230'],
  [22, '129 132-134 136 146 154 156 160 163 164 169 170 173 178 181 185-187 189 190 196 198 228 232 233'],
  [23, '1 135 137-141 143 147 149-152 155 157 158 165 166 168 174 175 180 182 183 188 191 197 231 239'],
  [24, '9 142 144 145 148 159 171 206 215 225 236 237'],
  [25, '199 207 234 235'],
  [26, '192 193 200-202 205 210 213 218 219 238 240 242 243 255'],
  [27, '203 204 211 212 214 221-223 241 244-248 250-254'],
  [28, '2-8 11 12 14-21 23-31 127 220 249'],
  [30, '10 13 22 256'],
]);
const EOS = 256;
/** By symbol: its code, as text of 0 and 1. */
const CODES: readonly string[] = codes();
const SYMBOL_OF: ReadonlyMap<string, number> = new Map(CODES.map((code, symbol) => [code, symbol]));

function codes(): string[] {
  const all: string[] = [];
  let next = 0;
  let length = 0;
  for (const [bits, ranges] of SYMBOLS) {
    next *= 2 ** (bits - length);
    length = bits;
    for (const range of ranges.split(' ')) {
      const [first = 0, last = first] = range.split('-').map(Number);
      for (let symbol = first; symbol <= last; symbol++)
        all[symbol] = (next++).toString(2).padStart(bits, '0');
    }
  }
  return all;
}

// ── Encoding ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** RFC 7541 5.1; `pattern`: the bits above the prefix. */
export function integer(value: number, prefixBits: number, pattern = 0): Buffer {
  const most = 2 ** prefixBits - 1;
  if (value < most) return Buffer.of(pattern | value);
  const octets = [pattern | most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push((rest % 128) + 128);
  octets.push(rest);
  return Buffer.from(octets);
}

/** RFC 7541 5.2: Latin-1 text as it is. */
export function string(value: string): Buffer {
  const octets = Buffer.from(value, 'latin1');
  return Buffer.concat([integer(octets.length, 7), octets]);
}

/** The same with Huffman codes. */
export function huffmanString(value: string): Buffer {
  return codedString([...Buffer.from(value, 'latin1')].map((octet) => CODES[octet]).join(''));
}

/** A string of which the code is given as text of 0 and 1; `padding` fills up the last octet. */
export function codedString(bits: string, padding: '0' | '1' = '1'): Buffer {
  const whole = bits.padEnd(Math.ceil(bits.length / 8) * 8, padding);
  const octets = (whole.match(/.{8}/g) ?? []).map((octet) => Number.parseInt(octet, 2));
  return Buffer.concat([integer(octets.length, 7, 0x80), Buffer.from(octets)]);
}

/** The code of a symbol, as text of 0 and 1; of EOS, which no string may hold, by default. */
export function codeOf(symbol: number = EOS): string {
  return CODES[symbol] ?? '';
}

/** RFC 7541 6.1. */
export function indexed(index: number): Buffer {
  return integer(index, 7, 0x80);
}

/** RFC 7541 6.2: prefix and pattern. */
const LITERALS = { incremental: [6, 0x40], plain: [4, 0x00], never: [4, 0x10] } as const;

/** `name`: text, or an index; `text`: how its strings are written. */
export function literal(
  form: keyof typeof LITERALS,
  name: string | number,
  value: string,
  text: (value: string) => Buffer = string,
): Buffer {
  const [bits, pattern] = LITERALS[form];
  if (typeof name === 'number') return Buffer.concat([integer(name, bits, pattern), text(value)]);
  return Buffer.concat([Buffer.of(pattern), text(name), text(value)]);
}

/** RFC 7541 6.3. */
export function sizeUpdate(bytes: number): Buffer {
  return integer(bytes, 5, 0x20);
}

/** Fields as literals that change no table, so that frames can be sent in any order and any number of times. */
export function literals(fields: readonly Field[]): Buffer {
  return Buffer.concat(fields.map(([name, value]) => literal('plain', name, value)));
}

// ── Decoding ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** One direction of a connection. Throws at what RFC 7541 forbids. */
export class HpackDecoder {
  /** What we said in SETTINGS_HEADER_TABLE_SIZE. */
  limit: number = TABLE_BYTES;
  /** What the peer makes of it. */
  size: number = TABLE_BYTES;
  /** The smallest that it made of it so far. */
  smallest: number = TABLE_BYTES;
  readonly #entries: Field[] = [];
  #block: Buffer = Buffer.alloc(0);
  #at = 0;

  /** A whole field block. */
  decode(block: Buffer): Field[] {
    this.#block = block;
    this.#at = 0;
    const fields: Field[] = [];
    while (this.#at < block.length) {
      const first = this.#octet(this.#at);
      if (first >= 0x80) fields.push(this.#entry(this.#integer(7)));
      else if (first >= 0x40) this.#insert(this.#literal(6, fields));
      else if (first < 0x20) this.#literal(4, fields);
      else this.#resize(this.#integer(5), fields.length);
    }
    // RFC 7541 4.2: a limit that was lowered must be acknowledged in the first block after it.
    if (this.size > this.limit) throw new Error('HPACK: no size update after the limit was lowered');
    return fields;
  }

  #literal(prefixBits: number, fields: Field[]): Field {
    const index = this.#integer(prefixBits);
    const name = index === 0 ? this.#string() : this.#entry(index)[0];
    const field: Field = [name, this.#string()];
    fields.push(field);
    return field;
  }

  #entry(index: number): Field {
    const field = index < FIRST_DYNAMIC ? STATIC_TABLE[index - 1] : this.#entries[index - FIRST_DYNAMIC];
    if (field === undefined) throw new Error(`HPACK: there is no entry ${index}`);
    return field;
  }

  #insert(field: Field): void {
    this.#entries.unshift(field);
    this.#evict();
  }

  #resize(bytes: number, fieldsBefore: number): void {
    if (fieldsBefore > 0) throw new Error('HPACK: a size update behind fields');
    if (bytes > this.limit) throw new Error(`HPACK: a table of ${bytes} bytes, beyond the limit`);
    this.size = bytes;
    this.smallest = Math.min(this.smallest, bytes);
    this.#evict();
  }

  #evict(): void {
    let sum = 0;
    const kept = this.#entries.findIndex(([name, value]) => {
      sum += name.length + value.length + ENTRY_OVERHEAD;
      return sum > this.size;
    });
    if (kept >= 0) this.#entries.length = kept;
  }

  #octet(at: number): number {
    const octet = this.#block[at];
    if (octet === undefined) throw new Error('HPACK: the block ends within a field');
    return octet;
  }

  #integer(prefixBits: number): number {
    const most = 2 ** prefixBits - 1;
    let value = this.#octet(this.#at++) & most;
    if (value < most) return value;
    for (let factor = 1; ; factor *= 128) {
      const octet = this.#octet(this.#at++);
      value += (octet & 0x7f) * factor;
      if (octet < 0x80) return value;
    }
  }

  #string(): string {
    const isCoded = this.#octet(this.#at) >= 0x80;
    const length = this.#integer(7);
    if (length > 0) this.#octet(this.#at + length - 1);
    const octets = this.#block.subarray(this.#at, this.#at + length);
    this.#at += length;
    return isCoded ? decodeHuffman(octets) : octets.toString('latin1');
  }
}

function decodeHuffman(octets: Buffer): string {
  const bits = [...octets].map((octet) => octet.toString(2).padStart(8, '0')).join('');
  const symbols: number[] = [];
  let code = '';
  for (const bit of bits) {
    code += bit;
    const symbol = SYMBOL_OF.get(code);
    if (symbol === undefined) continue;
    if (symbol === EOS) throw new Error('HPACK: EOS in a string');
    symbols.push(symbol);
    code = '';
  }
  // RFC 7541 5.2.
  if (code.length > 7 || code.includes('0')) throw new Error('HPACK: bad padding of a string');
  return Buffer.from(symbols).toString('latin1');
}
