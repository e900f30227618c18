/**
 * Where the engine does not do what the conformance files of HTTP/2 ask for. A case that names one of these asserts what the
 * engine does instead, and fails once the engine does what it should: the mark goes then, and the case stays.
 */

import { servedChunked, type Verdict } from './h2-conformance.ts';

export interface Deviation {
  /** What the engine does, for the title. */
  readonly today: string;
  readonly verdict: Verdict;
}

/** RFC 9113 8.2.2: a message with a field of the connection is malformed, and its trailers belong to it. */
export const DROPPED_FROM_TRAILERS: Deviation = {
  today: 'dropped, and the request served',
  verdict: servedChunked('5\r\nhello\r\n0\r\n\r\n'),
};
