// hot: runs once per request
/**
 * What a field of a response means to a proxy, told from its name without making a string. Worker thread; pure.
 * Zero means "forward as it is"; everything else is either framing that the client side writes itself or hop-by-hop.
 */

import { startsWithWord, word } from '../http1/octet-tables.ts';

/** The kinds of response fields. Sources: RFC 9110 7.6.1 (hop-by-hop), 8.6, 6.6.1; RFC 9112 6.1. */
export const FieldKind = {
  FORWARD: 0,
  CONNECTION: 1,
  CONTENT_LENGTH: 2,
  TRANSFER_ENCODING: 3,
  KEEP_ALIVE: 4,
  PROXY_CONNECTION: 5,
  UPGRADE: 6,
  TRAILER: 7,
  TE: 8,
  /** Hop-by-hop since RFC 2616 13.5.1: challenges for the proxy itself, never for our client. */
  PROXY_AUTHENTICATE: 9,
  /** End to end, but the engine writes its own. */
  DATE: 10,
  /** Any other field that the Connection field names. */
  NAMED_BY_CONNECTION: 11,
} as const;

export type FieldKind = (typeof FieldKind)[keyof typeof FieldKind];

const TE = word('te');
const DATE = word('date');
const TRAILER = word('trailer');
const UPGRADE = word('upgrade');
const CONNECTION = word('connection');
const KEEP_ALIVE = word('keep-alive');
const CONTENT_LENGTH = word('content-length');
const PROXY_CONNECTION = word('proxy-connection');
const TRANSFER_ENCODING = word('transfer-encoding');
const PROXY_AUTHENTICATE = word('proxy-authenticate');

/** The kind of the field whose name lies at `start`..`end`, in any case. */
export function fieldKind(bytes: Uint8Array, start: number, end: number): FieldKind {
  switch (end - start) {
    case 2:
      return startsWithWord(bytes, start, TE) ? FieldKind.TE : FieldKind.FORWARD;
    case 4:
      return startsWithWord(bytes, start, DATE) ? FieldKind.DATE : FieldKind.FORWARD;
    case 7:
      if (startsWithWord(bytes, start, TRAILER)) return FieldKind.TRAILER;
      return startsWithWord(bytes, start, UPGRADE) ? FieldKind.UPGRADE : FieldKind.FORWARD;
    case 10:
      if (startsWithWord(bytes, start, CONNECTION)) return FieldKind.CONNECTION;
      return startsWithWord(bytes, start, KEEP_ALIVE) ? FieldKind.KEEP_ALIVE : FieldKind.FORWARD;
    case 14:
      return startsWithWord(bytes, start, CONTENT_LENGTH) ? FieldKind.CONTENT_LENGTH : FieldKind.FORWARD;
    case 16:
      return startsWithWord(bytes, start, PROXY_CONNECTION) ? FieldKind.PROXY_CONNECTION : FieldKind.FORWARD;
    case 17:
      return startsWithWord(bytes, start, TRANSFER_ENCODING)
        ? FieldKind.TRANSFER_ENCODING
        : FieldKind.FORWARD;
    case 18:
      return startsWithWord(bytes, start, PROXY_AUTHENTICATE)
        ? FieldKind.PROXY_AUTHENTICATE
        : FieldKind.FORWARD;
    default:
      return FieldKind.FORWARD;
  }
}
