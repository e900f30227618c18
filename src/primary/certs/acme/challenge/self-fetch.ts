/**
 * Asks one of penstock's own plain listeners for the answer to a challenge. Primary thread. Bounded in time and size; what is wrong is given in
 * words, never thrown. The connection is plain HTTP/1.1 from this machine: a listener reads a PROXY header only where one is sent.
 */

import { request } from 'node:http';
import { messageOf } from '../../../../kit/errors.ts';

export interface PlainAddress {
  /** An IP address; empty for every interface. */
  readonly host: string;
  readonly port: number;
}

export interface AnswerQuestion {
  readonly listener: PlainAddress;
  /** The name that the authority asks by. */
  readonly host: string;
  readonly path: string;
  readonly expected: string;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 5_000;
/** A listener on every interface is on the loopback as well. */
const LOOPBACK: Readonly<Record<string, string>> = { '': '127.0.0.1', '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Half a sentence about what was found in place of the answer; null: the answer. */
export function fetchAnswer({
  listener,
  host,
  path,
  expected,
  signal,
}: AnswerQuestion): Promise<string | null> {
  return new Promise((resolve) => {
    const asked = request({
      host: LOOPBACK[listener.host] ?? listener.host,
      port: listener.port,
      path,
      headers: { host },
      agent: false,
      signal,
    });
    const done = (found: string | null): void => {
      clearTimeout(timer);
      resolve(found);
      asked.destroy();
    };
    const timer = setTimeout(() => done(`nothing came within ${TIMEOUT_MS / 1000} s`), TIMEOUT_MS);
    asked.on('error', (error) => done(messageOf(error)));
    asked.on('response', (response) => {
      if (response.statusCode !== 200) {
        done(`status ${response.statusCode}`);
        return;
      }
      let text = '';
      response.setEncoding('latin1');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > expected.length) done('something else');
      });
      response.on('error', (error) => done(messageOf(error)));
      response.on('end', () => done(text === expected ? null : 'something else'));
    });
    asked.end();
  });
}
