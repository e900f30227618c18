/**
 * IP addresses from their text to numbers. Any thread; pure but for the memory that it reads into, which spares an object per address.
 * An IPv4-mapped IPv6 address (RFC 4291 2.5.5.2) is its IPv4 address.
 */

export const V4_BITS = 32;
export const V6_BITS = 128;
/** The groups of an IPv4-mapped address before its IPv4 address end with this one. */
export const MAPPED_MARK = 0xffff;
const GROUPS = 8;

const DOT = 0x2e;
const COLON = 0x3a;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
/** The value of each ASCII character as a hex digit, -1 for the others: no branch, which digits and letters in turn would mislead. */
const HEX_DIGITS: Int8Array = Int8Array.from({ length: 128 }, (_, code) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase()),
);

/** What the last `readAddress` read: in word 0 for IPv4, in all four, the highest first, for IPv6. */
export const read: Uint32Array = new Uint32Array(4);
/** The groups of an IPv6 address while it is read. */
const groups = new Uint16Array(GROUPS);

/** 32 or 128: `read` holds the address. 0: the text is none. */
export function readAddress(text: string): number {
  const { length } = text;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === COLON) return readV6(text);
    if (code === DOT) break;
  }
  return readV4(text, 0) ? V4_BITS : 0;
}

/** Four decimal numbers, without leading zeros, from `at` to the end; into `read[0]`. */
function readV4(text: string, at: number): boolean {
  const { length } = text;
  let address = 0;
  let parts = 0;
  let number = -1;
  for (let i = at; i <= length; i++) {
    const code = i < length ? text.charCodeAt(i) : DOT;
    if (code === DOT) {
      if (number < 0) return false;
      address = address * 256 + number;
      number = -1;
      parts++;
    } else if (code >= DIGIT_0 && code <= DIGIT_9) {
      // A leading zero may mean octal elsewhere: inet_aton(3) reads it so.
      if (number === 0) return false;
      number = (number < 0 ? 0 : number * 10) + (code - DIGIT_0);
      if (number > 255) return false;
    } else return false;
  }
  if (parts !== 4) return false;
  read[0] = address;
  return true;
}

/** RFC 4291 2.2: groups of hex digits, one `::` at most, the last two maybe as IPv4. Gives 32 where it is an IPv4-mapped one. */
function readV6(text: string): number {
  const { length } = text;
  let count = 0;
  /** Where the `::` stands, in groups; -1: nowhere yet. */
  let gap = -1;
  let i = 0;
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return 0;
    gap = 0;
    i = 2;
  }
  while (i < length) {
    if (count === GROUPS) return 0;
    const begin = i;
    let group = 0;
    let code = COLON;
    for (; i < length; i++) {
      code = text.charCodeAt(i);
      const digit = hexDigit(code);
      if (digit < 0) break;
      if (i - begin === 4) return 0;
      group = group * 16 + digit;
    }
    if (i < length && code === DOT) {
      if (count > GROUPS - 2 || !readV4(text, begin)) return 0;
      const address = read[0] as number;
      groups[count++] = address >>> 16;
      groups[count++] = address & 0xffff;
      break;
    }
    if (i === begin) return 0;
    groups[count++] = group;
    if (i === length) break;
    if (code !== COLON) return 0;
    i++;
    if (i === length) return 0;
    if (text.charCodeAt(i) === COLON) {
      if (gap >= 0) return 0;
      gap = count;
      i++;
    }
  }
  if (gap < 0 ? count !== GROUPS : count === GROUPS) return 0;
  return store(count, gap);
}

/** Puts the groups into `read`, the gap filled with zeros. */
function store(count: number, gap: number): number {
  const zeros = GROUPS - count;
  if (zeros > 0) {
    for (let place = GROUPS - 1; place >= gap + zeros; place--)
      groups[place] = groups[place - zeros] as number;
    for (let place = gap + zeros - 1; place >= gap; place--) groups[place] = 0;
  }
  for (let word = 0; word < 4; word++)
    read[word] = ((groups[2 * word] as number) << 16) | (groups[2 * word + 1] as number);
  const isMapped = read[0] === 0 && read[1] === 0 && read[2] === MAPPED_MARK;
  if (!isMapped) return V6_BITS;
  read[0] = read[3] as number;
  return V4_BITS;
}

function hexDigit(code: number): number {
  return code < HEX_DIGITS.length ? (HEX_DIGITS[code] as number) : -1;
}
