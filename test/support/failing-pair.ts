/**
 * Two endpoints for tests of retries, over HTTP/1.1 and over HTTP/2: the first fails in the way that the last segment of the path names,
 * the second answers everything.
 */

import { answer, type H2Origin, startH2Origin } from './h2-origin.ts';
import type { OriginConnection } from './raw-origin.ts';
import { type ScriptedOrigin, type ScriptedRequest, startScriptedOrigin } from './scripted-origin.ts';

const NGHTTP2_INTERNAL_ERROR = 2;
const NGHTTP2_REFUSED_STREAM = 7;

export interface FailingPair {
  readonly first: ScriptedOrigin;
  readonly second: ScriptedOrigin;
  readonly h2First: H2Origin;
  readonly h2Second: H2Origin;
  close(): Promise<void>;
}

/** The body, and the trailers behind it, as they came over the wire. */
async function bodyOf(connection: OriginConnection, { head }: ScriptedRequest): Promise<string> {
  const [, length = ''] = /^content-length: (\d+)/im.exec(head) ?? [];
  if (length !== '') return await connection.takeBytes(Number(length));
  return /^transfer-encoding: chunked/im.test(head) ? await connection.take('\r\n\r\n') : '';
}

/** A whole answer. */
export const reply = (status: string, body: string): string =>
  `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

const FAILURES: Readonly<Record<string, (connection: OriginConnection) => Promise<void> | void>> = {
  reset: (connection) => connection.reset(),
  end: (connection) => connection.end(),
  garbage: (connection) => connection.write('SSH-2.0-OpenSSH\r\n\r\n'),
  half: async (connection) => {
    await connection.write('HTTP/1.1 200 OK\r\nConte');
    connection.end();
  },
  silent: () => {},
  500: (connection) => connection.write(reply('500 Internal Server Error', 'no')),
  502: (connection) => connection.write(reply('502 Bad Gateway', 'no')),
  503: (connection) => connection.write(reply('503 Service Unavailable', 'no')),
  504: (connection) => connection.write(reply('504 Gateway Timeout', 'no')),
};

const scriptOf =
  (name: string, fails: boolean, came: string[]) =>
  async (connection: OriginConnection, request: ScriptedRequest): Promise<void> => {
    const [method = '', target = ''] = request.head.split(' ', 2);
    const body = await bodyOf(connection, request);
    came.push(`${name} ${method}${body.length > 100 ? ` ${body.length}` : body === '' ? '' : ` ${body}`}`);
    const failure = fails ? FAILURES[target.split('/').at(-1) ?? ''] : undefined;
    if (failure !== undefined) await failure(connection);
    else await connection.write(reply('200 OK', method === 'HEAD' ? '' : name));
  };

/** `came`: is told of each request: which endpoint, the method, and the body (or its length, where it is long). */
export async function startFailingPair(came: string[]): Promise<FailingPair> {
  const [first, second] = await Promise.all([startScriptedOrigin(), startScriptedOrigin()]);
  first.on('*', scriptOf('first', true, came));
  second.on('*', scriptOf('second', false, came));
  const h2First = await startH2Origin(({ stream, headers }) => {
    came.push(`first ${headers[':method']}`);
    const failure = headers[':path']?.split('/').at(-1) ?? '';
    if (failure === 'reset') stream.close(NGHTTP2_INTERNAL_ERROR);
    else if (failure === 'refused') stream.close(NGHTTP2_REFUSED_STREAM);
    else if (failure === '503') {
      stream.respond({ ':status': 503 });
      stream.end('no');
    }
  });
  const h2Second = await startH2Origin(({ stream, headers }) => {
    stream.resume().on('end', () => {
      came.push(`second ${headers[':method']}`);
      answer(stream, 'second');
    });
  });
  const close = async (): Promise<void> => {
    await Promise.all([first, second, h2First, h2Second].map((origin) => origin.close()));
  };
  return { first, second, h2First, h2Second, close };
}
