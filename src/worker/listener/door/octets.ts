// cold: runs once per connection
/** How the door reads octets: numbers in network order, text, and the signatures that protocols begin with. Worker; pure. */

/** How far some bytes agree with a signature. */
export const SignatureMatch = {
  /** They differ from it. */
  NO: 0,
  /** They agree with it as far as they go, but are too few. */
  PART: 1,
  /** They begin with all of it. */
  WHOLE: 2,
} as const;
export type SignatureMatch = (typeof SignatureMatch)[keyof typeof SignatureMatch];

export function matchSignature(bytes: Uint8Array, signature: Uint8Array): SignatureMatch {
  const length = Math.min(bytes.length, signature.length);
  for (let at = 0; at < length; at++) if (bytes[at] !== signature[at]) return SignatureMatch.NO;
  return length === signature.length ? SignatureMatch.WHOLE : SignatureMatch.PART;
}

/** An ASCII signature as bytes. */
export function signatureOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The caller knows that two octets are there. */
export function uint16At(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 0x100 + bytes[at + 1]!;
}

/** The caller knows that four octets are there. */
export function uint32At(bytes: Uint8Array, at: number): number {
  return uint16At(bytes, at) * 0x1_0000 + uint16At(bytes, at + 2);
}

/** Each octet from `start` to before `end` as the character of its number. */
export function latin1At(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
