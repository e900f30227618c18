// cold: runs once per connection
/**
 * What a connection of HTTP/2 is told and held to (RFC 9113 6.5.2, 10.5). Worker thread; pure. Where no figure is given here,
 * nghttp2's own bound holds: 8 CONTINUATION frames a head, 32 entries a SETTINGS frame, 1,000 unsent acknowledgements.
 */

import type { ServerOptions } from 'node:http2';
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
/** Where the configuration sets no limit. nghttp2 takes no more than 144 KiB of encoded head. */
const UNLIMITED_HEAD_BYTES: number = 128 * 1024;
/** An endpoint's head of 64 KiB, what the route adds, and nghttp2's allowance for encoding: a larger one would never be sent. */
const MAX_RESPONSE_HEAD_BYTES: number = 1024 * 1024;
/** Beyond it new streams are refused: what 256 readers that do not read hold (`HELD_BYTES`), and the sessions' own memory. */
const MAX_SESSION_MIB = 64;

/**
 * Header list size: twice what is allowed, so that a request beyond the limit can still be answered with 431 or 414; what is
 * larger than that ends with a reset. No push, no extended CONNECT.
 */
export function http2Options(settings: EngineSettings): ServerOptions {
  const { headerBytes, urlBytes } = settings;
  const hasLimit = headerBytes > 0 && urlBytes > 0;
  const listBytes = hasLimit ? 2 * (headerBytes + urlBytes) : 2 * UNLIMITED_HEAD_BYTES;
  return {
    maxSessionMemory: MAX_SESSION_MIB,
    maxHeaderListPairs: MAX_FIELDS,
    maxSendHeaderBlockLength: MAX_RESPONSE_HEAD_BYTES,
    settings: {
      maxConcurrentStreams: MAX_STREAMS,
      initialWindowSize: STREAM_WINDOW_BYTES,
      maxHeaderListSize: listBytes + MAX_FIELDS * FIELD_OVERHEAD,
    },
  };
}
