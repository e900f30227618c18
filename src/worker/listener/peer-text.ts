// cold: makes a text once per peer
/**
 * Addresses of peers as text, kept for a while: a peer sends many requests, and a string made once is cheaper than a
 * string made for each. Bounded, so that a flood of addresses cannot grow it.
 */

const MAX_KEPT = 4096;

export class PeerTexts {
  readonly #v4 = new Map<number, string>();
  readonly #v6 = new Map<string, string>();

  /** `address`: 4 or 16 bytes in network order; anything else gives `unknown`. */
  textOf(address: ArrayBuffer): string {
    const bytes = new Uint8Array(address);
    if (bytes.length === 4) return this.#textOfV4(bytes, 0);
    if (bytes.length !== 16) return 'unknown';
    return isMappedV4(bytes) ? this.#textOfV4(bytes, 12) : this.#textOfV6(bytes);
  }

  #textOfV4(bytes: Uint8Array, from: number): string {
    const [a, b, c, d] = [bytes[from] ?? 0, bytes[from + 1] ?? 0, bytes[from + 2] ?? 0, bytes[from + 3] ?? 0];
    const key = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    const known = this.#v4.get(key);
    if (known !== undefined) return known;
    const text = formatV4(bytes, from);
    keep(this.#v4, key, text);
    return text;
  }

  #textOfV6(bytes: Uint8Array): string {
    const key = String.fromCharCode(...bytes);
    const known = this.#v6.get(key);
    if (known !== undefined) return known;
    const text = formatV6(bytes);
    keep(this.#v6, key, text);
    return text;
  }
}

/** The text of one address, 4 or 16 octets in network order, for those who need it once. An IPv4-mapped one is an IPv4 one. */
export function addressText(octets: Uint8Array): string {
  if (octets.length === 4) return formatV4(octets, 0);
  return isMappedV4(octets) ? formatV4(octets, 12) : formatV6(octets);
}

/** When full, everything is forgotten: simpler than an order of use, and as good for what it saves. */
function keep<K>(map: Map<K, string>, key: K, text: string): void {
  if (map.size >= MAX_KEPT) map.clear();
  map.set(key, text);
}

/** ::ffff:0:0/96 (RFC 4291 2.5.5.2). */
function isMappedV4(bytes: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return false;
  return bytes[10] === 0xff && bytes[11] === 0xff;
}

function formatV4(bytes: Uint8Array, from: number): string {
  return bytes.subarray(from, from + 4).join('.');
}

/** The recommended text form (RFC 5952): lower-case, no leading zeros, the longest run of zero groups as `::`. */
function formatV6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > bestLength) {
      bestStart = start;
      bestLength = length;
    }
  }
  const hex = groups.map((group) => group.toString(16));
  if (bestStart < 0) return hex.join(':');
  return `${hex.slice(0, bestStart).join(':')}::${hex.slice(bestStart + bestLength).join(':')}`;
}
