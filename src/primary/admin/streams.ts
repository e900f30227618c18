/** Answers of the admin server that do not end by themselves: how many there may be, and what becomes of a client that does not read. Primary thread. */

import type { ServerResponse } from 'node:http';
import { type AdminStream, problemAnswer, type StreamOut } from './answer.ts';

/** Each holds a connection; the server's other connections are for everything else. */
const MAX_STREAMS = 16;
/** A client that takes nothing of a piece for as long is cut off. It resumes where it was. */
const STALL_MS = 10_000;
const RETRY_AFTER_SECONDS = 10;

export class Streams {
  readonly #open = new Set<ServerResponse>();
  readonly #stallMs: number;

  /** Milliseconds. */
  constructor(stallMs: number = STALL_MS) {
    this.#stallMs = stallMs;
  }

  /** The answer where there are too many already; null: the stream has begun. */
  begin(stream: AdminStream, response: ServerResponse): ReturnType<typeof problemAnswer> | null {
    if (this.#open.size >= MAX_STREAMS) {
      return problemAnswer(503, `There are ${MAX_STREAMS} streams already; end one of them.`, {
        headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
      });
    }
    this.#open.add(response);
    response.once('close', () => this.#open.delete(response));
    response.writeHead(200, { ...stream.headers, server: 'penstock', connection: 'close' });
    void stream.run(outTo(response, this.#stallMs)).then(() => response.end());
    return null;
  }

  /** Clients connect again and are asked for the token that holds then. */
  end(): void {
    for (const response of this.#open) response.destroy();
  }
}

function outTo(response: ServerResponse, stallMs: number): StreamOut {
  return {
    get isOpen() {
      return !response.destroyed;
    },
    async send(text) {
      if (response.destroyed) return false;
      if (response.write(text)) return true;
      return await new Promise((resolve) => {
        const stalled = setTimeout(() => response.destroy(), stallMs);
        const settle = (): void => {
          clearTimeout(stalled);
          response.off('drain', settle);
          response.off('close', settle);
          resolve(!response.destroyed);
        };
        response.once('drain', settle);
        response.once('close', settle);
      });
    },
    onEnd(onEnd) {
      if (response.destroyed) onEnd();
      else response.once('close', onEnd);
    },
  };
}
