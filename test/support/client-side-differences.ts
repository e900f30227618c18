/** Where the engines differ in what `client-side.ts` promises: the contract suite skips these cases, each with its reason. */

import type { Variant } from './client-side-bed.ts';

type Reasons = Partial<Record<Variant['kind'], string>>;

const NO_STREAMS = 'HTTP/1 has no streams to give up';

/** By the sentence of a case. */
export const DIFFERENCES: Readonly<Record<string, Reasons>> = Object.freeze({
  'Latin-1 in a value comes as the bytes that it is': {
    'uws HTTP/1': 'uWS decodes values as UTF-8: what is none is lost',
  },
  'UTF-8 at the very ends of a value comes as the bytes that it is': {
    'uws HTTP/1': 'uWS takes bytes from 0x80 up for blanks there and cuts them off',
  },
  'names of fields keep their case': {
    'uws HTTP/1': 'uWS gives names in lower case',
    'node HTTP/2': 'HTTP/2 has lower case only (RFC 9113 8.2.1)',
  },
  'nobody attached and no answer yet: the body is discarded': {
    'node HTTP/2': 'a stream that nobody attached to is not read: its window closes until it is answered',
  },
  '100 is not sent where nobody attaches': { 'uws HTTP/1': 'uWS sends 100 itself, before anyone is asked' },
  'trailers of the request are known with the last piece': {
    'uws HTTP/1': 'uWS answers 505 to trailers and closes',
  },
  'a body that cannot be understood is told, and can still be answered': {
    'uws HTTP/1': 'uWS answers 400 itself and closes: the client side is told `onClientAborted`',
    'node HTTP/2': 'its frames are the framing: a client on node:http2 cannot send such a body',
  },
  'the head leaves with flush, before any body': {
    'uws HTTP/1': 'uWS sends a head with the first piece of its body and not before',
  },
  'the reason of the status goes out': { 'node HTTP/2': 'HTTP/2 has no reason phrases (RFC 9113 8.3.2)' },
  'answer with close: the connection closes after it': {
    'node HTTP/2': 'other streams share the connection: `close` means nothing',
  },
  'a streamed answer with close: the client is told, and the connection closes': {
    'uws HTTP/1':
      'uWS closes only where it is told so with the head: the client is told, and is cut after 10 s of idling',
    'node HTTP/2': 'other streams share the connection: `close` means nothing',
  },
  'trailers of the answer go out to a client that reads them': {
    'uws HTTP/1': 'uWS writes the end of a chunked body itself: trailers are dropped',
  },
  'more bytes than announced: the client sees a broken message': {
    'uws HTTP/1': 'uWS ends the answer at the announced length and drops what is over',
  },
  'closed by a client that waits for its answer: told once, at once': {
    'node HTTP/1':
      'a client may close its side once it has sent all (RFC 9112 9.6): told when something is written to it',
  },
  'a client that sends no more still gets its answer': {
    'uws HTTP/1': 'uWS takes the end of the sending side for the end of the connection',
    'node HTTP/2': 'a peer that sends no more can open no window: the connection ends',
  },
  'given up (stream reset) by a client that waits for its answer: told once, at once': {
    'uws HTTP/1': NO_STREAMS,
    'node HTTP/1': NO_STREAMS,
  },
  'given up (stream reset) in the midst of the upload: told once, and nothing after it': {
    'uws HTTP/1': NO_STREAMS,
    'node HTTP/1': NO_STREAMS,
  },
  'given up (stream reset) while its upload is paused: told once, when resumed at the latest': {
    'uws HTTP/1': NO_STREAMS,
    'node HTTP/1': NO_STREAMS,
  },
  'given up (stream reset) in the midst of the answer: told once, and nothing after it': {
    'uws HTTP/1': NO_STREAMS,
    'node HTTP/1': NO_STREAMS,
  },
});

/** Why `promise` is not kept by `variant`; null if it is. */
export function differenceOf(promise: string, { kind }: Variant): string | null {
  return DIFFERENCES[promise]?.[kind] ?? null;
}
