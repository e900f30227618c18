/** What became of the reloads of a running penstock: the last one, and how many ended how. Primary thread. */

import type { Clock } from '../kit/clock.ts';
import { messageOf, PenstockError } from '../kit/errors.ts';
import type { ReloadResult, ReloadTrigger } from './control.ts';
import type { Log } from './log.ts';
import { problemsOf } from './problem-lines.ts';
import { reportReload } from './report-reload.ts';

export type ReloadOutcome = Pick<ReloadResult, 'outcome' | 'message' | 'problems'>;

export class Reloads {
  readonly #clock: Clock;
  readonly #log: Log['logger'];
  readonly #counts = new Map<string, number>();
  #last: ReloadResult | null = null;

  constructor(clock: Clock, log: Log['logger']) {
    this.#clock = clock;
    this.#log = log;
  }

  get last(): ReloadResult | null {
    return this.#last;
  }

  /** By outcome. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** `serving`: the snapshot that serves, afterwards. Rejects only where that throws. */
  async run(
    trigger: ReloadTrigger,
    apply: () => Promise<ReloadOutcome>,
    serving: () => Pick<ReloadResult, 'version' | 'digest'>,
  ): Promise<ReloadResult> {
    const startedMs = this.#clock.nowMs();
    const outcome = await apply().catch(failureOf);
    const { version, digest } = serving();
    const durationMs = Math.round(this.#clock.nowMs() - startedMs);
    const result = { ...outcome, trigger, version, digest, atMs: this.#clock.epochMs(), durationMs };
    this.#last = result;
    this.#counts.set(result.outcome, (this.#counts.get(result.outcome) ?? 0) + 1);
    reportReload(this.#log, result);
    return result;
  }
}

function failureOf(error: unknown): ReloadOutcome {
  const problems = error instanceof PenstockError ? problemsOf(error) : [];
  const rejected = error instanceof PenstockError && error.exitStatus === 2;
  return { outcome: rejected ? 'rejected' : 'failed', message: messageOf(error), problems };
}
