// cold: runs once per connection
/**
 * What a TLS client asks for in its first message, the ClientHello (RFC 8446 4.1.2): enough of it to choose who serves the
 * connection. Worker; pure: reads bytes, keeps nothing, never throws. The TLS library judges the rest.
 *
 *   record    22 | version 3.x | length | fragment          one or more, RFC 8446 5.1
 *   message   1 | length (3 octets) | ClientHello            the fragments put together
 *
 * A longer prefix of the same bytes may be read again at any time: MORE becomes something else once, and that stays. Until
 * the message is whole only the heads of the records are looked at: one step for a hello in one record, and never more
 * than MAX_HELLO_BYTES / 6, about 3,000, for one in records of one octet. The message itself is read once, when it is whole.
 */

import { isIPv4 } from 'node:net';
import { normalizeHost } from '../../../kit/host.ts';
import { latin1At, uint16At } from './octets.ts';

export interface ClientHello {
  /** The host_name of the client, lower-case (RFC 6066 3). Empty if there is none, or it is no name of a host. */
  readonly serverName: string;
  /** `h2` is among `protocols`. */
  readonly offersHttp2: boolean;
  /** What the client would speak, best first, each octet as the character of its number (ALPN, RFC 7301). Never long: the hello is bounded. */
  readonly protocols: readonly string[];
}

/** Why there is no hello to give. */
export const HelloOutcome = {
  /** The message is not whole yet. */
  MORE: 0,
  /** The first octets are those of something else; an SSL 2.0 hello is something else too. */
  NOT_TLS: 1,
  /** Begins as TLS and breaks its grammar, or is not a ClientHello. */
  MALFORMED: 2,
  /** The message would end behind MAX_HELLO_BYTES, or is longer than MAX_MESSAGE_BYTES. */
  TOO_LARGE: 3,
} as const;
export type HelloOutcome = (typeof HelloOutcome)[keyof typeof HelloOutcome];

/** A ClientHello with its own head. A browser's, its key share against quantum computers included, has some 2 KiB. */
const MAX_MESSAGE_BYTES = 16_384;
/** The same with the heads of its records: a KiB of them. With so many bytes there is never MORE. */
export const MAX_HELLO_BYTES: number = MAX_MESSAGE_BYTES + 1024;

const HANDSHAKE = 22;
const TLS_MAJOR = 3;
const RECORD_HEAD_BYTES = 5;
const MAX_FRAGMENT_BYTES = 16_384;
const CLIENT_HELLO = 1;
const MESSAGE_HEAD_BYTES = 4;

const RANDOM_BYTES = 32;
const MAX_SESSION_ID_BYTES = 32;
const SERVER_NAME = 0;
const HOST_NAME = 0;
const ALPN = 16;

/** Reads the hello that `bytes` begin with. */
export function readClientHello(bytes: Uint8Array): ClientHello | HelloOutcome {
  /** Octets of the message in the records before this one; the message's own head, as far as it is here. */
  let before = 0;
  let head = 0;
  for (let at = 0; ; ) {
    const outcome = judgeRecordHead(bytes, at);
    if (outcome !== null) return outcome;
    const fragmentAt = at + RECORD_HEAD_BYTES;
    const fragmentBytes = uint16At(bytes, at + 3);
    const here = Math.min(fragmentBytes, bytes.length - fragmentAt);
    if (at === 0 && here > 0 && bytes[fragmentAt] !== CLIENT_HELLO) return HelloOutcome.MALFORMED;
    // Records may cut even the head of the message.
    for (let i = before; i < Math.min(before + here, MESSAGE_HEAD_BYTES); i++) {
      head = head * 0x100 + bytes[fragmentAt + i - before]!;
    }
    if (before + here >= MESSAGE_HEAD_BYTES) {
      const messageBytes = MESSAGE_HEAD_BYTES + (head & 0xff_ffff);
      const missing = messageBytes - before;
      // The message does not end before this: what is missing behind this record needs another record's head.
      const endsAt = fragmentAt + missing + (missing > fragmentBytes ? RECORD_HEAD_BYTES : 0);
      if (messageBytes > MAX_MESSAGE_BYTES || endsAt > MAX_HELLO_BYTES) return HelloOutcome.TOO_LARGE;
      if (missing <= here) return readHello(messageOf(bytes, messageBytes));
    }
    if (here < fragmentBytes) return HelloOutcome.MORE;
    before += fragmentBytes;
    at = fragmentAt + fragmentBytes;
  }
}

/** Null if a record of the handshake begins at `at`. Its minor version "MUST be ignored for all purposes" (RFC 8446 5.1). */
function judgeRecordHead(bytes: Uint8Array, at: number): HelloOutcome | null {
  const otherwise = at === 0 ? HelloOutcome.NOT_TLS : HelloOutcome.MALFORMED;
  const available = bytes.length - at;
  if (available > 0 && bytes[at] !== HANDSHAKE) return otherwise;
  if (available > 1 && bytes[at + 1] !== TLS_MAJOR) return otherwise;
  if (available < RECORD_HEAD_BYTES) return HelloOutcome.MORE;
  const fragmentBytes = uint16At(bytes, at + 3);
  return fragmentBytes === 0 || fragmentBytes > MAX_FRAGMENT_BYTES ? HelloOutcome.MALFORMED : null;
}

/** The message without its head, put together if it lies in several records. The caller knows that it is whole. */
function messageOf(bytes: Uint8Array, messageBytes: number): Uint8Array {
  if (uint16At(bytes, 3) >= messageBytes) {
    return bytes.subarray(RECORD_HEAD_BYTES + MESSAGE_HEAD_BYTES, RECORD_HEAD_BYTES + messageBytes);
  }
  const message = new Uint8Array(messageBytes);
  let at = 0;
  for (let filled = 0; filled < messageBytes; ) {
    const fragmentAt = at + RECORD_HEAD_BYTES;
    const end = Math.min(fragmentAt + uint16At(bytes, at + 3), fragmentAt + messageBytes - filled);
    // Octet by octet: a view of each fragment would cost more than its octets where they are few.
    for (at = fragmentAt; at < end; at++) message[filled++] = bytes[at]!;
  }
  return message.subarray(MESSAGE_HEAD_BYTES);
}

/** The fields before the extensions (RFC 8446 4.1.2); all of `hello` is theirs. */
function readHello(hello: Uint8Array): ClientHello | HelloOutcome {
  const end = hello.length;
  // Two octets of legacy_version.
  let at = 2 + RANDOM_BYTES;
  if (at + 1 > end) return HelloOutcome.MALFORMED;
  const sessionIdBytes = hello[at]!;
  at += 1 + sessionIdBytes;
  if (sessionIdBytes > MAX_SESSION_ID_BYTES || at + 2 > end) return HelloOutcome.MALFORMED;
  const suitesBytes = uint16At(hello, at);
  at += 2 + suitesBytes;
  if (suitesBytes === 0 || suitesBytes % 2 !== 0 || at + 1 > end) return HelloOutcome.MALFORMED;
  const compressionsBytes = hello[at]!;
  at += 1 + compressionsBytes;
  if (compressionsBytes === 0 || at > end) return HelloOutcome.MALFORMED;
  // TLS 1.2 may do without extensions (RFC 5246 7.4.1.2).
  if (at === end) return { serverName: '', offersHttp2: false, protocols: [] };
  if (at + 2 > end || at + 2 + uint16At(hello, at) !== end) return HelloOutcome.MALFORMED;
  return readExtensions(hello, at + 2);
}

/** The extensions from `at` to the end of the hello (RFC 8446 4.2); those that decide may come once. */
function readExtensions(hello: Uint8Array, start: number): ClientHello | HelloOutcome {
  let serverName: string | null = null;
  let protocols: readonly string[] | null = null;
  let at = start;
  while (at < hello.length) {
    const dataAt = at + 4;
    if (dataAt > hello.length) return HelloOutcome.MALFORMED;
    const end = dataAt + uint16At(hello, at + 2);
    if (end > hello.length) return HelloOutcome.MALFORMED;
    const type = uint16At(hello, at);
    if (type === SERVER_NAME) {
      if (serverName !== null) return HelloOutcome.MALFORMED;
      serverName = readServerName(hello, dataAt, end);
      if (serverName === null) return HelloOutcome.MALFORMED;
    } else if (type === ALPN) {
      if (protocols !== null) return HelloOutcome.MALFORMED;
      protocols = readProtocols(hello, dataAt, end);
      if (protocols === null) return HelloOutcome.MALFORMED;
    }
    at = end;
  }
  protocols ??= [];
  return { serverName: serverName ?? '', offersHttp2: protocols.includes('h2'), protocols };
}

/**
 * The host_name of a ServerNameList (RFC 6066 3), empty if it has none; null if the list is malformed. Names of other
 * types have their length in the same place, and no type may come twice.
 */
function readServerName(hello: Uint8Array, start: number, end: number): string | null {
  if (!isListOf(hello, start, end)) return null;
  let hostName: string | null = null;
  let at = start + 2;
  while (at < end) {
    const nameAt = at + 3;
    if (nameAt > end) return null;
    const nameEnd = nameAt + uint16At(hello, at + 1);
    if (nameEnd === nameAt || nameEnd > end) return null;
    if (hello[at] === HOST_NAME) {
      if (hostName !== null) return null;
      hostName = hostNameOf(latin1At(hello, nameAt, nameEnd));
    }
    at = nameEnd;
  }
  return hostName ?? '';
}

/** Lower-case; empty for what RFC 6066 3 does not allow: a final dot, addresses, octets that no name of a host has. */
function hostNameOf(text: string): string {
  if (text.endsWith('.') || /[:[]/.test(text) || isIPv4(text)) return '';
  return normalizeHost(text) ?? '';
}

/** A ProtocolNameList (RFC 7301 3.1): at least one name, none empty. Null if it is malformed. */
function readProtocols(hello: Uint8Array, start: number, end: number): string[] | null {
  if (!isListOf(hello, start, end)) return null;
  const protocols: string[] = [];
  const list = latin1At(hello, start + 2, end);
  let at = 0;
  while (at < list.length) {
    const nameEnd = at + 1 + list.charCodeAt(at);
    if (nameEnd === at + 1 || nameEnd > list.length) return null;
    protocols.push(list.slice(at + 1, nameEnd));
    at = nameEnd;
  }
  return protocols;
}

/** Whether the data from `start` to `end` is one list with two octets of length, and not empty. */
function isListOf(hello: Uint8Array, start: number, end: number): boolean {
  return start + 2 < end && start + 2 + uint16At(hello, start) === end;
}
