/**
 * An origin that answers each path with the bytes, and the manners, that a test wrote for it: for answers that no
 * well-behaved server gives. It serves one request after the other on a connection, until a script ends it.
 */

import { type OriginConnection, type RawOrigin, startRawOrigin } from './raw-origin.ts';

export interface ScriptedRequest {
  /** Start line and fields, Latin-1, with the empty line. */
  readonly head: string;
  readonly path: string;
  /** Counts the requests on this connection from 1. */
  readonly number: number;
}

/** Bytes to answer with, or a function that does as it likes; it must read a body that it wants to go past. */
export type OriginAnswer =
  | string
  | ((connection: OriginConnection, request: ScriptedRequest) => Promise<void> | void);

export interface ScriptedOrigin extends RawOrigin {
  readonly address: string;
  /** Sets the answer of a path; `*` for all others. */
  on(path: string, answer: OriginAnswer): void;
}

export async function startScriptedOrigin(): Promise<ScriptedOrigin> {
  const answers = new Map<string, OriginAnswer>();
  const origin = await startRawOrigin(async (connection) => {
    for (let number = 1; ; number++) {
      const head = await connection.take('\r\n\r\n').catch(() => '');
      if (head === '') return;
      const path = head.split(' ', 2)[1] ?? '';
      const answer =
        answers.get(path) ?? answers.get('*') ?? 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n';
      if (typeof answer === 'string') await connection.write(answer);
      else await answer(connection, { head, path, number });
    }
  });
  return {
    ...origin,
    address: `127.0.0.1:${origin.port}`,
    on: (path, answer) => void answers.set(path, answer),
  };
}
