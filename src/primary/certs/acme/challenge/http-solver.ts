/**
 * Answers challenges of http-01 (RFC 8555 8.3): hands the token to every worker, then asks for it itself, as the authority will, on each plain listener,
 * before the authority is told. Primary thread. What lies between the authority and the listeners (port 80, DNS) is not seen from here.
 */

import { isIP } from 'node:net';
import { messageOf, type PenstockError } from '../../../../kit/errors.ts';
import { challengeError } from './challenge-problem.ts';
import { fetchAnswer, type PlainAddress } from './self-fetch.ts';
import type { Challenge, ChallengeSolver } from './solver.ts';

export interface HttpSolverGround {
  /** The whole set, by token. Resolves once every worker answers so. */
  setChallenges(tokens: readonly (readonly [token: string, keyAuthorization: string])[]): Promise<void>;
  /** Where plain HTTP is served now. */
  plainListeners(): readonly PlainAddress[];
}

/** A token is base64url (RFC 8555 8.1); anything else would be another path. */
const TOKEN = /^[A-Za-z0-9_-]{1,256}$/;

export class HttpSolver implements ChallengeSolver {
  readonly type = 'http-01';
  readonly #ground: HttpSolverGround;
  readonly #answers = new Map<string, string>();

  constructor(ground: HttpSolverGround) {
    this.#ground = ground;
  }

  async present({ host, token, keyAuthorization }: Challenge, signal: AbortSignal): Promise<void> {
    if (!TOKEN.test(token))
      throw refusal(host, 'the authority gave a token that is not base64url (RFC 8555 8.1)');
    signal.throwIfAborted();
    this.#answers.set(token, keyAuthorization);
    await this.#hand(host);
    const listeners = this.#ground.plainListeners();
    if (listeners.length === 0)
      throw refusal(host, 'no plain listener is open (listen.http); open one, or use challenge: dns-01');
    const path = `/.well-known/acme-challenge/${token}`;
    for (const listener of listeners) {
      const found = await fetchAnswer({ listener, host, path, expected: keyAuthorization, signal });
      signal.throwIfAborted();
      if (found === null) continue;
      const where = `${isIP(listener.host) === 6 ? `[${listener.host}]` : listener.host}:${listener.port}`;
      throw refusal(host, `penstock's own listener ${where} does not give the answer: ${found}`);
    }
  }

  async cleanUp({ host, token }: Challenge): Promise<void> {
    if (this.#answers.delete(token)) await this.#hand(host);
  }

  async #hand(host: string): Promise<void> {
    try {
      await this.#ground.setChallenges([...this.#answers]);
    } catch (error) {
      throw refusal(host, messageOf(error));
    }
  }
}

function refusal(host: string, why: string): PenstockError {
  return challengeError('http_self_check', `the http-01 challenge of ${host} cannot be answered: ${why}`);
}
