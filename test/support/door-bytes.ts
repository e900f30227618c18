/**
 * First bytes of connections, made by hand for tests of the door: PROXY headers of version 2, ClientHellos and their
 * records. Nothing here shares code with src, so that both sides of a comparison are not wrong in the same way.
 */

import { isDeepStrictEqual } from 'node:util';

/** `20 0d 0a`, blanks left out at will, as bytes. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replace(/\s/g, ''), 'hex');
}

export function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

/** `content` behind its length in one, two or three octets. */
export function withLength(octets: 1 | 2 | 3, content: Uint8Array): Buffer {
  const length = Buffer.alloc(octets);
  length.writeUIntBE(content.length, 0, octets);
  return Buffer.concat([length, content]);
}

export const PROXY_SIGNATURE: Buffer = hex('0d0a0d0a000d0a515549540a');

export interface BinaryHeader {
  /** 0x21, version 2 and PROXY, if left out. */
  readonly versionAndCommand?: number;
  /** 0x11, TCP over IPv4, if left out. */
  readonly family?: number;
  readonly addresses: Uint8Array;
  readonly fields?: readonly Field[];
}

/** Type and value. */
export type Field = readonly [type: number, value: Uint8Array];

/** A PROXY header of version 2. A field of type 3 with four zeros gets the right checksum. */
export function binaryHeader(wish: BinaryHeader): Buffer {
  const fields = (wish.fields ?? []).map(([type, value]) =>
    Buffer.concat([Buffer.of(type), withLength(2, value)]),
  );
  const header = Buffer.concat([
    PROXY_SIGNATURE,
    Buffer.of(wish.versionAndCommand ?? 0x21, wish.family ?? 0x11),
    withLength(2, Buffer.concat([wish.addresses, ...fields])),
  ]);
  let at = 16 + wish.addresses.length;
  for (const [type, value] of wish.fields ?? []) {
    if (type === 3 && value.length === 4 && value.every((octet) => octet === 0)) {
      header.writeUInt32BE(slowCrc32c(header), at + 3);
    }
    at += 3 + value.length;
  }
  return header;
}

/** Bit by bit, as the polynomial's division is taught. */
export function slowCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffffn;
  for (const octet of bytes) {
    crc ^= BigInt(octet);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x82f63b78n : crc >> 1n;
  }
  return Number(crc ^ 0xffffffffn);
}

export interface HelloParts {
  readonly sessionId?: Uint8Array;
  readonly suites?: Uint8Array;
  readonly compressions?: Uint8Array;
  /** Null: the hello ends before them. */
  readonly extensions?: readonly Uint8Array[] | null;
}

/** A ClientHello message (RFC 8446 4.1.2) with its four octets of head. */
export function helloMessage(parts: HelloParts): Buffer {
  const extensions = parts.extensions === null ? [] : [withLength(2, Buffer.concat(parts.extensions ?? []))];
  const body = Buffer.concat([
    hex('0303'),
    Buffer.alloc(32, 0xaa),
    withLength(1, parts.sessionId ?? Buffer.alloc(32, 0xbb)),
    withLength(2, parts.suites ?? hex('1301 1302')),
    withLength(1, parts.compressions ?? hex('00')),
    ...extensions,
  ]);
  return Buffer.concat([Buffer.of(1), withLength(3, body)]);
}

export function extension(type: number, data: Uint8Array): Buffer {
  return Buffer.concat([uint16(type), withLength(2, data)]);
}

/** server_name (RFC 6066 3): names of type host_name. */
export function serverNameExtension(...names: readonly string[]): Buffer {
  const list = names.map((name) => Buffer.concat([Buffer.of(0), withLength(2, Buffer.from(name, 'latin1'))]));
  return extension(0, withLength(2, Buffer.concat(list)));
}

/** application_layer_protocol_negotiation (RFC 7301 3.1). */
export function alpnExtension(...protocols: readonly string[]): Buffer {
  const list = protocols.map((name) => withLength(1, Buffer.from(name, 'latin1')));
  return extension(16, withLength(2, Buffer.concat(list)));
}

/** A record of the handshake (RFC 8446 5.1). */
export function record(fragment: Uint8Array, version = 0x0301): Buffer {
  return Buffer.concat([Buffer.of(22), uint16(version), withLength(2, fragment)]);
}

/** A message in records of these sizes; what they leave over comes in one more, or two where it is too long for one. */
export function inRecords(message: Uint8Array, sizes: readonly number[]): Buffer {
  const records: Buffer[] = [];
  let at = 0;
  for (const size of [...sizes, 16_384, message.length]) {
    if (at < message.length) records.push(record(message.subarray(at, at + size)));
    at += size;
  }
  return Buffer.concat(records);
}

export interface Decision<T> {
  /** How many of the bytes it took. */
  readonly at: number;
  readonly result: T;
}

/**
 * Reads every prefix of `bytes`: `more` up to some octet, one and the same result from there on. Null if all of them gave
 * `more`; an error if the result changed after it was given.
 */
export function decisionOn<T>(
  read: (bytes: Uint8Array) => T,
  more: unknown,
  bytes: Uint8Array,
): Decision<T> | null {
  let decision: Decision<T> | null = null;
  for (let length = 0; length <= bytes.length; length++) {
    // A copy: reading past the end of the prefix must not find the rest.
    const result = read(bytes.slice(0, length));
    if (decision === null) {
      if (result !== more) decision = { at: length, result };
    } else if (!isDeepStrictEqual(result, decision.result)) {
      const [was, is] = [decision.result, result].map((value) => JSON.stringify(value));
      throw new Error(`flips: ${was} with ${decision.at} bytes, ${is} with ${length}`);
    }
  }
  return decision;
}
