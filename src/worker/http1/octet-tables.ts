// hot: runs once per request
/**
 * Classes of octets, as tables of 256 entries: what the grammar of RFC 9110 5.5/5.6.2 and RFC 9112 allows where.
 * Worker thread; pure data. Nothing here reads past the range that it is given.
 */

/** 1 for tchar (RFC 9110 5.6.2): what field names and methods are made of. */
export const TOKEN: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) =>
  /^[!#$%&'*+.^_`|~0-9A-Za-z-]$/.test(String.fromCharCode(octet)) ? 1 : 0,
);

/** 1 for what a field value or reason phrase may hold (RFC 9110 5.5): HTAB, SP, VCHAR, obs-text; no control. */
export const FIELD_TEXT: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet === 0x09 || (octet >= 0x20 && octet !== 0x7f) ? 1 : 0,
);

/** The ASCII lower case of an octet; the others unchanged. */
export const LOWER: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet,
);

/** The value of a hexadecimal digit; -1 for any other octet. */
export const HEX: Int8Array = Int8Array.from({ length: 256 }, (_, octet) => {
  const digit = Number.parseInt(String.fromCharCode(octet), 16);
  return octet < 0x80 && !Number.isNaN(digit) ? digit : -1;
});

export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const EQUALS = 0x3d;
export const DIGIT_0 = 0x30;
export const DIGIT_9 = 0x39;
export const DEL = 0x7f;

/** An ASCII word as bytes; in lower case, for `startsWithWord`. */
// hot-ok: at load
export function word(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Whether the bytes at `start` are `lower` in any case. The caller knows that so many bytes are there. */
export function startsWithWord(bytes: Uint8Array, start: number, lower: Uint8Array): boolean {
  for (let i = 0; i < lower.length; i++) {
    if (LOWER[bytes[start + i]!] !== lower[i]) return false;
  }
  return true;
}
