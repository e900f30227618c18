// hot: runs once per request
/** What a request field is to the proxy, by its name. Pure. */

import { isName, lower } from './field-name.ts';

export const FieldKind = {
  /** Forwarded as it came. */
  PLAIN: 0,
  HOST: 1,
  CONNECTION: 2,
  CONTENT_LENGTH: 3,
  TRANSFER_ENCODING: 4,
  /** Meant for the next hop only (RFC 9110 7.6.1). */
  HOP: 5,
  /** X-Forwarded-*, Forwarded, X-Real-IP: believed from trusted peers only. */
  FORWARDING: 6,
  REQUEST_ID: 7,
  /** Answered here, not by the endpoint. */
  EXPECT: 8,
  TE: 9,
  /** Goes on where it asks for a WebSocket; else it is meant for this hop only. */
  UPGRADE: 10,
} as const;
export type FieldKind = (typeof FieldKind)[keyof typeof FieldKind];

const UNDERSCORE = 0x5f;
const HYPHEN = 0x2d;
const LOWER_X = 0x78;
const FORWARDED_PREFIX = 'x-forwarded-';

/** 1 for the letters, in either case, that the names below begin with. Other characters may count as one of them: they just cost a look. */
const IS_FIRST: Uint8Array = new Uint8Array(32);
for (const letter of 'cefhkptux') IS_FIRST[letter.charCodeAt(0) & 0x1f] = 1;

/** The kind of the field whose name stands at `start`..`end` of `text`, in any case. Sorted by length: that tells most apart. */
export function fieldKind(text: string, start: number, end: number): FieldKind {
  if (IS_FIRST[text.charCodeAt(start) & 0x1f] === 0) return FieldKind.PLAIN;
  switch (end - start) {
    case 2:
      return isName(text, start, 'te') ? FieldKind.TE : FieldKind.PLAIN;
    case 4:
      return isName(text, start, 'host') ? FieldKind.HOST : FieldKind.PLAIN;
    case 6:
      return isName(text, start, 'expect') ? FieldKind.EXPECT : FieldKind.PLAIN;
    case 7:
      if (isName(text, start, 'upgrade')) return FieldKind.UPGRADE;
      return isName(text, start, 'trailer') ? FieldKind.HOP : FieldKind.PLAIN;
    case 9:
      if (isName(text, start, 'forwarded')) return FieldKind.FORWARDING;
      return kindOr(FieldKind.PLAIN, text, start, 'x-real-ip', FieldKind.FORWARDING);
    case 10:
      if (isName(text, start, 'connection')) return FieldKind.CONNECTION;
      return kindOr(FieldKind.PLAIN, text, start, 'keep-alive', FieldKind.HOP);
    case 12:
      return kindOr(forwardingKind(text, start, end), text, start, 'x-request-id', FieldKind.REQUEST_ID);
    case 14:
      return kindOr(
        forwardingKind(text, start, end),
        text,
        start,
        'content-length',
        FieldKind.CONTENT_LENGTH,
      );
    case 16:
      return kindOr(forwardingKind(text, start, end), text, start, 'proxy-connection', FieldKind.HOP);
    case 17:
      return kindOr(
        forwardingKind(text, start, end),
        text,
        start,
        'transfer-encoding',
        FieldKind.TRANSFER_ENCODING,
      );
    case 18:
      return isName(text, start, 'proxy-authenticate') ? FieldKind.HOP : forwardingKind(text, start, end);
    case 19:
      return isName(text, start, 'proxy-authorization') ? FieldKind.HOP : forwardingKind(text, start, end);
    default:
      return forwardingKind(text, start, end);
  }
}

/** Every X-Forwarded-* field. */
function forwardingKind(text: string, start: number, end: number): FieldKind {
  if ((text.charCodeAt(start) | 0x20) !== LOWER_X || end - start < FORWARDED_PREFIX.length)
    return FieldKind.PLAIN;
  if (!isTwin(text, start, FORWARDED_PREFIX)) return FieldKind.PLAIN;
  for (let at = start; at < end; at++) if (text.charCodeAt(at) === UNDERSCORE) return FieldKind.HOP;
  return FieldKind.FORWARDING;
}

/**
 * `kind` if the name is `known`, else `other`. A name with underscores for hyphens becomes the same variable in CGI and WSGI,
 * so it would reach the application as the real field: such a twin of a field that penstock itself decides about goes nowhere.
 */
function kindOr(other: FieldKind, text: string, start: number, known: string, kind: FieldKind): FieldKind {
  if (!isTwin(text, start, known)) return other;
  return isName(text, start, known) ? kind : FieldKind.HOP;
}

/** Whether `known` stands at `start`, in any case, also with underscores in place of its hyphens. */
function isTwin(text: string, start: number, known: string): boolean {
  for (let i = 0; i < known.length; i++) {
    const code = text.charCodeAt(start + i);
    const wanted = known.charCodeAt(i);
    if (code !== wanted && lower(code) !== wanted && !(code === UNDERSCORE && wanted === HYPHEN))
      return false;
  }
  return true;
}
