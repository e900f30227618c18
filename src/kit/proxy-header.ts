/**
 * The header that a connection of the PROXY protocol, version 2, begins with (HAProxy's "The PROXY protocol", section 2.2).
 * Any thread; pure. Reading such headers is the door's business.
 */

import { MAPPED_MARK, read, readAddress, V4_BITS, V6_BITS } from './read-address.ts';

/** Both ends of the connection for which another one is opened. */
export interface ProxiedConnection {
  /** IPv4 or IPv6 as text; anything else is told as unknown. */
  readonly source: string;
  /** 0 where it is not known. */
  readonly sourcePort: number;
  /** As above; where it is not known, the unspecified address of the source's family is told. */
  readonly destination: string;
  readonly destinationPort: number;
}

const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n';
const VERSION_2 = 0x20;
const Command = { LOCAL: 0, PROXY: 1 } as const;
/** Family and transport: over TCP, or not told. */
const UNSPEC = 0x00;
const INET_STREAM = 0x11;
const INET6_STREAM = 0x21;
const PORT_BYTES = 2;

/** As a byte string. Null: the connection is our own and carries nobody's requests (LOCAL). */
export function proxyHeader(connection: ProxiedConnection | null): string {
  if (connection === null) return SIGNATURE + fixedPart(Command.LOCAL, UNSPEC, '');
  const { source, sourcePort, destination, destinationPort } = connection;
  const sourceBits = readAddress(source);
  if (sourceBits === 0) return SIGNATURE + fixedPart(Command.PROXY, UNSPEC, '');
  const destinationBits = readAddress(destination);
  const isV6 = sourceBits === V6_BITS || destinationBits === V6_BITS;
  const addresses = octetsOf(source, isV6) + octetsOf(destination, isV6);
  const ports = octets(sourcePort, PORT_BYTES) + octets(destinationPort, PORT_BYTES);
  return SIGNATURE + fixedPart(Command.PROXY, isV6 ? INET6_STREAM : INET_STREAM, addresses + ports);
}

function fixedPart(command: number, family: number, block: string): string {
  return octets(VERSION_2 | command, 1) + octets(family, 1) + octets(block.length, 2) + block;
}

/** `isV6`: an IPv4 address becomes the IPv4-mapped one, since both ends are told in one family. */
function octetsOf(address: string, isV6: boolean): string {
  const bits = readAddress(address);
  const [first = 0, second = 0, third = 0, fourth = 0] = read;
  const v4 = bits === V4_BITS ? first : 0;
  if (!isV6) return octets(v4, 4);
  if (bits === V6_BITS) return octets(first, 4) + octets(second, 4) + octets(third, 4) + octets(fourth, 4);
  return octets(0, 8) + octets(bits === V4_BITS ? MAPPED_MARK : 0, 4) + octets(v4, 4);
}

/** In network order. */
function octets(value: number, count: number): string {
  let text = '';
  for (let shift = (count - 1) * 8; shift >= 0; shift -= 8)
    text += String.fromCharCode(shift < 32 ? (value >>> shift) & 0xff : 0);
  return text;
}
