// cold: read once per session
/** What penstock asks of an endpoint's HTTP/2, and what it allows a session to cost. Worker thread. */

import type { ClientSessionOptions } from 'node:http2';
import { MAX_FIELDS, MAX_HEAD_BYTES } from '../head-reader.ts';

/**
 * What an endpoint may send ahead on one stream whose client does not read: all that a slow client costs. One stream comes
 * to 1 Gbit/s where a round trip takes 2 ms.
 */
export const STREAM_WINDOW_BYTES: number = 256 * 1024;

/**
 * The same for all streams of a session together. It bounds speed and no memory, since node:http2 gives it back as soon as
 * bytes arrive, so that one slow client never holds up the others.
 */
export const SESSION_WINDOW_BYTES: number = 16 * 1024 * 1024;

/** At once over one session, whatever the endpoint allows. Bounds what a lost session takes with it. */
export const MAX_STREAMS = 10_000;

/** Per endpoint and worker: 100 streams each, as many servers allow, are 6,400 requests at once. */
export const MAX_SESSIONS = 64;

/** Identifiers of streams end at 2^31 and every second one is ours (RFC 9113 5.1.1). */
export const MAX_REQUESTS: number = 2 ** 30 - 1;

/** No frame for this long while a request waits: the endpoint is asked whether it lives. */
export const QUIET_MS = 10_000;

/**
 * Between two such questions, unless it has said something else since. gRPC servers end the session of a client that asks
 * more often while they have nothing to send ("too_many_pings").
 */
export const PING_SPACING_MS = 300_000;

/** The least time for an answer to a PING; a busy endpoint is not a dead one. */
export const MIN_PING_MS = 2_000;

/** A session that is over has so long to send and take its last frames. */
export const CLOSING_MS = 5_000;

export const SESSION_OPTIONS: ClientSessionOptions = {
  settings: {
    enablePush: false,
    initialWindowSize: STREAM_WINDOW_BYTES,
    // Above our own limit, so that a head just too large is told as such and not as a broken stream.
    maxHeaderListSize: 2 * MAX_HEAD_BYTES,
  },
  maxHeaderListPairs: 2 * MAX_FIELDS,
  // The heads of requests have limits of their own (`limits.header_bytes`); this one would end the session.
  maxSendHeaderBlockLength: 64 * 1024 * 1024,
  // Megabytes. Only a last resort: each stream is bounded, and what node:http2 does at this limit is refuse answers.
  maxSessionMemory: 1024,
};
