// cold: runs once per connection
/**
 * The PROXY protocol's header, versions 1 and 2 (HAProxy's "The PROXY protocol", sections 2.1 and 2.2): what a trusted
 * proxy says of the connection that it forwards. Worker; pure: reads bytes, keeps nothing, never throws.
 * A longer prefix of the same bytes may be read again at any time: MORE becomes something else once, and that stays.
 */

import { isIPv4, isIPv6 } from 'node:net';
import { addressText } from '../peer-text.ts';
import { crc32c } from './crc32c.ts';
import { latin1At, matchSignature, SignatureMatch, signatureOf, uint16At, uint32At } from './octets.ts';

export interface ProxyHeader {
  /** Bytes to consume: what was forwarded begins behind them. */
  readonly length: number;
  /**
   * The client's address as `peer-text.ts` writes it: IPv4, or IPv6 in the form of RFC 5952, an IPv4-mapped one as IPv4.
   * Null where the header tells none (LOCAL, UNKNOWN, unspecified, UNIX): the connection's own address counts.
   */
  readonly source: string | null;
  /** 0 where `source` is null. */
  readonly sourcePort: number;
  /** The address that the client connected to; null together with `source`. */
  readonly destination: string | null;
  readonly destinationPort: number;
}

/** Why there is no header to give. */
export const ProxyOutcome = {
  /** Too few bytes: they may become a header. */
  MORE: 0,
  /** Something else than a PROXY header. */
  NONE: 1,
  /** Begins as a header and breaks its grammar: section 2 has the connection aborted. */
  MALFORMED: 2,
} as const;
export type ProxyOutcome = (typeof ProxyOutcome)[keyof typeof ProxyOutcome];

/** Version 1 is named by these five octets, version 2 by its twelve (end of section 2.2). */
const LINE_SIGNATURE = signatureOf('PROXY');
const BINARY_SIGNATURE = signatureOf('\r\n\r\n\0\r\nQUIT\n');

/** Section 2.1, with its CR LF. */
const MAX_LINE_BYTES = 107;
const LINE_STARTS = ['PROXY TCP4 ', 'PROXY TCP6 ', 'PROXY UNKNOWN'];
const UNKNOWN_LINE = /^PROXY UNKNOWN(?: |$)/;
/** Before the last octet came: all that may stand in a line of TCP4 or TCP6. */
const TCP_LINE_PART = /^PROXY TCP[46] [\dA-Fa-f:. ]*$/;
const TCP_LINE = /^PROXY TCP([46]) ([\dA-Fa-f:.]+) ([\dA-Fa-f:.]+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})$/;
const MAX_PORT = 65_535;

const VERSION_2 = 2;
const Command = { LOCAL: 0, PROXY: 1 } as const;
const Family = { UNSPEC: 0, INET: 1, INET6: 2, UNIX: 3 } as const;
const Transport = { UNSPEC: 0, STREAM: 1, DGRAM: 2 } as const;
/** Signature, version and command, family and transport, length of the block. */
const FIXED_BYTES = 16;
/** Of the two addresses and ports, by family. */
const ADDRESS_BYTES = [0, 12, 36, 216] as const;
/** The type-length-value fields behind the addresses, all together. Senders are told to stay within one segment. */
const MAX_FIELDS_BYTES = 4096;
const FIELD_HEAD_BYTES = 3;
const CRC32C_FIELD = 0x03;
const CRC32C_BYTES = 4;

/** No header is longer; with so many bytes there is never MORE. */
export const MAX_PROXY_HEADER_BYTES: number = FIXED_BYTES + 216 + MAX_FIELDS_BYTES;

/** Reads the header that `bytes` begin with. At most one walk over `MAX_PROXY_HEADER_BYTES`. */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader | ProxyOutcome {
  const line = matchSignature(bytes, LINE_SIGNATURE);
  if (line === SignatureMatch.WHOLE) return readLine(bytes);
  const binary = matchSignature(bytes, BINARY_SIGNATURE);
  if (binary === SignatureMatch.WHOLE) return readBinary(bytes);
  return line === SignatureMatch.PART || binary === SignatureMatch.PART
    ? ProxyOutcome.MORE
    : ProxyOutcome.NONE;
}

/** Keeps the connection's own addresses. */
function ownAddresses(length: number): ProxyHeader {
  return { length, source: null, sourcePort: 0, destination: null, destinationPort: 0 };
}

/** Section 2.1. `bytes` begin with `PROXY`. */
function readLine(bytes: Uint8Array): ProxyHeader | ProxyOutcome {
  const text = latin1At(bytes, 0, Math.min(bytes.length, MAX_LINE_BYTES));
  const end = text.search(/[\r\n]/);
  if (end < 0) {
    const full = text.length === MAX_LINE_BYTES;
    return !full && mayBecomeLine(text) ? ProxyOutcome.MORE : ProxyOutcome.MALFORMED;
  }
  const header = readWholeLine(text.slice(0, end), end + 2);
  if (header === null || text[end] === '\n') return ProxyOutcome.MALFORMED;
  if (end + 1 < text.length) return text[end + 1] === '\n' ? header : ProxyOutcome.MALFORMED;
  return text.length < MAX_LINE_BYTES ? ProxyOutcome.MORE : ProxyOutcome.MALFORMED;
}

/** Whether a line without its end may go on. Its addresses are judged when all of it is here, as section 2.1 demands. */
function mayBecomeLine(text: string): boolean {
  if (LINE_STARTS.some((start) => start.startsWith(text))) return true;
  return UNKNOWN_LINE.test(text) || TCP_LINE_PART.test(text);
}

/** A line without its CR LF; null if it is malformed. */
function readWholeLine(line: string, length: number): ProxyHeader | null {
  // Whatever else an UNKNOWN line holds is to be ignored.
  if (UNKNOWN_LINE.test(line)) return ownAddresses(length);
  const match = TCP_LINE.exec(line);
  if (match === null) return null;
  const textOf = match[1] === '4' ? textOfV4 : textOfV6;
  const source = textOf(match[2]!);
  const destination = textOf(match[3]!);
  const sourcePort = Number(match[4]);
  const destinationPort = Number(match[5]);
  if (source === null || destination === null) return null;
  if (sourcePort > MAX_PORT || destinationPort > MAX_PORT) return null;
  return { length, source, sourcePort, destination, destinationPort };
}

/** Without leading zeros there is one way to write an IPv4 address, and `isIPv4` allows none. */
function textOfV4(text: string): string | null {
  return isIPv4(text) ? text : null;
}

/** Any spelling in the one of RFC 5952. The last 32 bits may be dotted: that is how senders write IPv4-mapped addresses. */
function textOfV6(text: string): string | null {
  if (!isIPv6(text)) return null;
  const [left = '', right = ''] = text.split('::');
  const octets = new Uint8Array(16);
  octets.set(octetsOf(left));
  const tail = octetsOf(right);
  octets.set(tail, 16 - tail.length);
  return addressText(octets);
}

/** The octets of a part of a valid IPv6 address, such as `2001:db8` or `ffff:1.2.3.4`. */
function octetsOf(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** Section 2.2. `bytes` begin with the signature. Every octet is judged as soon as it is here. */
function readBinary(bytes: Uint8Array): ProxyHeader | ProxyOutcome {
  const [versionAndCommand, familyAndTransport] = [bytes[12], bytes[13]];
  if (versionAndCommand === undefined) return ProxyOutcome.MORE;
  const command = versionAndCommand & 0x0f;
  if (versionAndCommand >> 4 !== VERSION_2 || command > Command.PROXY) return ProxyOutcome.MALFORMED;
  if (familyAndTransport === undefined) return ProxyOutcome.MORE;
  const family = command === Command.LOCAL ? Family.UNSPEC : familyAndTransport >> 4;
  const transport = command === Command.LOCAL ? Transport.UNSPEC : familyAndTransport & 0x0f;
  // Values without a meaning "must be rejected as invalid"; for LOCAL this octet is ignored.
  if (family > Family.UNIX || transport > Transport.DGRAM) return ProxyOutcome.MALFORMED;
  if (bytes.length < FIXED_BYTES) return ProxyOutcome.MORE;

  // Where family or transport are not told, nobody knows what the block holds: it is skipped as a whole.
  const known = family !== Family.UNSPEC && transport !== Transport.UNSPEC;
  const addressBytes = known ? ADDRESS_BYTES[family]! : 0;
  const blockBytes = uint16At(bytes, 14);
  if (blockBytes < addressBytes || blockBytes - addressBytes > MAX_FIELDS_BYTES)
    return ProxyOutcome.MALFORMED;
  const length = FIXED_BYTES + blockBytes;
  if (bytes.length < length) return ProxyOutcome.MORE;
  if (!known) return ownAddresses(length);
  if (!areFieldsSound(bytes.subarray(0, length), FIXED_BYTES + addressBytes)) return ProxyOutcome.MALFORMED;
  if (family === Family.UNIX) return ownAddresses(length);
  return addressesOf(bytes, length, family === Family.INET ? 4 : 16);
}

/** Both addresses, then both ports. A datagram's (a QUIC client's) are told in the same way and count as well. */
function addressesOf(bytes: Uint8Array, length: number, size: number): ProxyHeader {
  const destinationAt = FIXED_BYTES + size;
  const portsAt = destinationAt + size;
  return {
    length,
    source: addressText(bytes.subarray(FIXED_BYTES, destinationAt)),
    sourcePort: uint16At(bytes, portsAt),
    destination: addressText(bytes.subarray(destinationAt, portsAt)),
    destinationPort: uint16At(bytes, portsAt + 2),
  };
}

/**
 * Whether the type-length-value fields from `start` on fill the header exactly, and the checksum among them is right
 * (2.2.3: computed with zeros in its own place). Two of them could not both be, and one of another size is none.
 */
function areFieldsSound(header: Uint8Array, start: number): boolean {
  let checksumAt = 0;
  let at = start;
  while (at < header.length) {
    if (at + FIELD_HEAD_BYTES > header.length) return false;
    const valueAt = at + FIELD_HEAD_BYTES;
    const size = uint16At(header, at + 1);
    if (header[at] === CRC32C_FIELD) {
      if (checksumAt !== 0 || size !== CRC32C_BYTES) return false;
      checksumAt = valueAt;
    }
    at = valueAt + size;
  }
  if (at !== header.length) return false;
  if (checksumAt === 0) return true;
  return crc32c(header, checksumAt, checksumAt + CRC32C_BYTES) === uint32At(header, checksumAt);
}
