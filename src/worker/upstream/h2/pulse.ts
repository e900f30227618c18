// cold: looked at ten times a second per session, but for noting a request
/**
 * Whether a session that waits for its endpoint is still alive: when to ask (PING), and when to give it up. Worker thread;
 * pure. A host that lost its power says nothing; without this every new request would be sent to it until the kernel gives
 * up, after a quarter of an hour.
 */

import { PING_SPACING_MS, QUIET_MS } from './session-settings.ts';

export const Verdict = { FINE: 0, ASK: 1, DEAD: 2 } as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

export class Pulse {
  /** Bytes heard when it was last looked at, answers to our questions left out. */
  #heardBytes = -1;
  #heardMs = 0;
  #askedMs = 0;
  #waiting = false;
  /** Questions since the endpoint last said anything but an answer to one. */
  #questions = 0;
  #news = false;

  /** A request is sent: a reason to ask again earlier. `alone`: nothing was waited for before. */
  onRequest(nowMs: number, alone: boolean): void {
    this.#news = true;
    if (alone) this.#heardMs = nowMs;
  }

  /** The endpoint answered a question. */
  onAnswer(heardBytes: number): void {
    this.#waiting = false;
    this.#heardBytes = heardBytes;
  }

  /**
   * `heardBytes`: all that came over the connection so far; `answerMs`: how long the endpoint may take to answer. After ASK
   * the caller sends a PING and tells of its answer.
   */
  feel(nowMs: number, answerMs: number, heardBytes: number): Verdict {
    if (heardBytes !== this.#heardBytes) {
      this.#heardBytes = heardBytes;
      this.#heardMs = nowMs;
      this.#waiting = false;
      this.#questions = 0;
      this.#news = false;
      return Verdict.FINE;
    }
    if (this.#waiting) return nowMs - this.#askedMs >= answerMs ? Verdict.DEAD : Verdict.FINE;
    if (nowMs - Math.max(this.#heardMs, this.#askedMs) < QUIET_MS || !this.#mayAsk(nowMs))
      return Verdict.FINE;
    this.#waiting = true;
    this.#askedMs = nowMs;
    this.#questions++;
    this.#news = false;
    return Verdict.ASK;
  }

  /** At most two questions at short notice: gRPC servers forgive two. */
  #mayAsk(nowMs: number): boolean {
    if (this.#questions === 0 || (this.#questions === 1 && this.#news)) return true;
    return nowMs - this.#askedMs >= PING_SPACING_MS;
  }
}
