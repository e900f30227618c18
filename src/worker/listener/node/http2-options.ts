// cold: runs once per connection
/** What a connection of HTTP/2 is told and held to (RFC 9113 6.5.2, 10.5). Worker thread; pure. */

import { Setting } from '../../http2/protocol.ts';
import type { EngineSettings } from './engine-ground.ts';

/**
 * Requests that one connection may have under way. RFC 9113 6.5.2 wants 100 or more; nginx has 128, Go 250. More would let one
 * connection hold the memory of many; 10,000 concurrent streams are 40 connections.
 */
export const MAX_STREAMS = 256;
/** What a client may send of one body before the exchange has taken any of it: what a paused upload holds in memory. */
export const STREAM_WINDOW_BYTES: number = 128 * 1024;
/** The same for all streams of a connection together. It is given back as it comes, so it bounds what is under way, not what is held. */
export const CONNECTION_WINDOW_BYTES: number = 1024 * 1024;
/** Field lines of a request, as HTTP/1 may have, and four pseudo fields. */
export const MAX_FIELDS: number = 256 + 4;
/** RFC 9113 6.5.2 counts that much for each field beside name and value. */
const FIELD_OVERHEAD = 32;
/** Where the configuration sets no limit. */
const UNLIMITED_HEAD_BYTES: number = 128 * 1024;

/**
 * Bytes of a head, as RFC 9113 6.5.2 counts them: twice what is allowed, so that a request beyond the limit can still be answered
 * with 431 or 414; what is larger than that ends with a reset.
 */
export function listBytes({ headerBytes, urlBytes }: EngineSettings): number {
  const hasLimit = headerBytes > 0 && urlBytes > 0;
  return 2 * (hasLimit ? headerBytes + urlBytes : UNLIMITED_HEAD_BYTES) + MAX_FIELDS * FIELD_OVERHEAD;
}

/** Identifiers and values in turn. No extended CONNECT (RFC 8441). */
export function ourSettings(settings: EngineSettings): readonly number[] {
  return [
    ...[Setting.MAX_CONCURRENT_STREAMS, MAX_STREAMS],
    ...[Setting.INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES],
    ...[Setting.MAX_HEADER_LIST_SIZE, listBytes(settings)],
  ];
}
