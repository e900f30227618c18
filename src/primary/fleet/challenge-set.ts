/**
 * The tokens that workers answer authorities with, and who waits for all workers to have them. Primary thread. Each set is whole and has a number; a
 * worker that is made gets the set of then, and answers for every later one.
 */

import type { ChallengesMessage, ChallengeToken } from '../../bridge/messages.ts';
import { PenstockError } from '../../kit/errors.ts';

/** More orders than that are never under way. */
export const MAX_CHALLENGES = 10_000;
/** A worker is at another request for milliseconds at most. */
const ANSWER_MS = 5_000;

/** A worker, as far as it matters here. */
interface Answering {
  readonly id: number;
  readonly alive: boolean;
  readonly challengesNumber: number;
}

interface Waiting {
  readonly number: number;
  readonly timer: NodeJS.Timeout;
  readonly resolve: () => void;
}

export class ChallengeSet {
  readonly #slots: () => readonly Answering[];
  readonly #waiting = new Set<Waiting>();
  #message: ChallengesMessage = { type: 'challenges', number: 0, tokens: [] };

  constructor(slots: () => readonly Answering[]) {
    this.#slots = slots;
  }

  get message(): ChallengesMessage {
    return this.#message;
  }

  /** The set from now on. To be sent to every worker that is alive. Throws a PenstockError where it is too large. */
  replace(tokens: readonly ChallengeToken[]): ChallengesMessage {
    if (tokens.length > MAX_CHALLENGES) {
      throw new PenstockError(
        'PENSTOCK_WORKER_FAILED',
        `${tokens.length} challenges are under way, and workers answer ${MAX_CHALLENGES} at most`,
      );
    }
    this.#message = { type: 'challenges', number: this.#message.number + 1, tokens };
    return this.#message;
  }

  /** Resolves once no worker that lives answers from an older set. Rejects with a PenstockError that names those that still do after 5 s. */
  answered(): Promise<void> {
    const { number } = this.#message;
    if (this.#behind(number).length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        const ids = this.#behind(number).map(({ id }) => id);
        const message = `worker ${ids.join(', ')} has not taken the answers to the authority within ${ANSWER_MS / 1000} s; it is busy or hangs`;
        reject(new PenstockError('PENSTOCK_WORKER_FAILED', message, { detail: { workers: ids } }));
      }, ANSWER_MS);
      const waiting: Waiting = { number, timer, resolve };
      this.#waiting.add(waiting);
    });
  }

  /** A worker has answered, or ended. */
  look(): void {
    for (const waiting of this.#waiting) {
      if (this.#behind(waiting.number).length > 0) continue;
      clearTimeout(waiting.timer);
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }

  #behind(number: number): readonly Answering[] {
    return this.#slots().filter(({ alive, challengesNumber }) => alive && challengesNumber < number);
  }
}
