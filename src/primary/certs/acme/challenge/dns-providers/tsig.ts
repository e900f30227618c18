/**
 * Signatures of DNS messages with a shared secret: TSIG (RFC 8945). Pure. A request is signed; an answer is believed only where its signature
 * fits. HMAC-MD5 is not offered: the RFC advises against it, and a key of SHA-256 is made as easily.
 */

import { createHmac, timingSafeEqual } from 'node:crypto';
import { behindName, HEADER_BYTES, recordsIn, wireName, words } from './dns-update.ts';

export const TSIG_HASHES: Readonly<Record<string, string>> = Object.freeze({
  'hmac-sha1': 'sha1',
  'hmac-sha224': 'sha224',
  'hmac-sha256': 'sha256',
  'hmac-sha384': 'sha384',
  'hmac-sha512': 'sha512',
});

export interface TsigKey {
  readonly name: string;
  /** A key of `TSIG_HASHES`. */
  readonly algorithm: string;
  readonly secret: Buffer;
}

export interface SignedRequest {
  readonly message: Buffer;
  /** The answer's signature covers it. */
  readonly mac: Buffer;
}

/** What the signature of an answer says. `error`: RFC 8945 3; 0 for none. */
export interface TsigAnswer {
  readonly fits: boolean;
  readonly error: number;
}

const TYPE_TSIG = 250;
const CLASS_ANY = 255;
const FUDGE_S = 300;
/** Where a header counts the additional records. */
const ADDITIONAL = 10;

export function signRequest(message: Buffer, key: TsigKey, epochMs: number): SignedRequest {
  const times = timeAndFudge(Math.floor(epochMs / 1000), FUDGE_S);
  const mac = macOf(key, [message, variables(key, times, words(0, 0))]);
  const content = Buffer.concat([
    wireName(key.algorithm),
    times,
    words(mac.length),
    mac,
    message.subarray(0, 2),
    words(0, 0),
  ]);
  const record = Buffer.concat([
    wireName(key.name),
    words(TYPE_TSIG, CLASS_ANY, 0, 0, content.length),
    content,
  ]);
  return { message: Buffer.concat([withAdditional(message, 1), record]), mac };
}

/** Throws RangeError for a message that ends too early. */
export function checkAnswer(answer: Buffer, key: TsigKey, requestMac: Buffer): TsigAnswer {
  const record = recordsIn(answer).at(-1);
  if (record === undefined || record.type !== TYPE_TSIG) return { fits: false, error: 0 };
  const times = behindName(answer, record.content);
  const macLength = answer.readUInt16BE(times + 8);
  const behindMac = times + 10 + macLength;
  const mac = answer.subarray(times + 10, behindMac);
  // Behind the signature: the original id, then error and other data, which are signed.
  const error = answer.readUInt16BE(behindMac + 2);
  const unsigned = withAdditional(answer.subarray(0, record.start), -1);
  answer.copy(unsigned, 0, behindMac, behindMac + 2);
  const expected = macOf(key, [
    words(requestMac.length),
    requestMac,
    unsigned,
    variables(key, answer.subarray(times, times + 8), answer.subarray(behindMac + 2, record.end)),
  ]);
  return { fits: mac.length === expected.length && timingSafeEqual(mac, expected), error };
}

function macOf({ algorithm, secret }: TsigKey, parts: readonly Buffer[]): Buffer {
  const hmac = createHmac(TSIG_HASHES[algorithm] ?? 'sha256', secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** RFC 8945 4.3.3. */
function variables(key: TsigKey, times: Buffer, errorAndOther: Buffer): Buffer {
  return Buffer.concat([
    wireName(key.name),
    words(CLASS_ANY, 0, 0),
    wireName(key.algorithm),
    times,
    errorAndOther,
  ]);
}

function timeAndFudge(epochS: number, fudgeS: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUIntBE(epochS, 0, 6);
  bytes.writeUInt16BE(fudgeS, 6);
  return bytes;
}

/** A copy whose header counts one additional record more or less. */
function withAdditional(message: Buffer, change: 1 | -1): Buffer {
  if (message.length < HEADER_BYTES) throw new RangeError('a message without a whole header');
  const copy = Buffer.from(message);
  copy.writeUInt16BE(copy.readUInt16BE(ADDITIONAL) + change, ADDITIONAL);
  return copy;
}
