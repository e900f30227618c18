/**
 * What issuance asks about its failures, as hooks: whether an order can succeed, what it means that one did not, and what a limit of the authority
 * is about. Primary thread.
 */

import type { AuthorityError } from '../authority-error.ts';
import type { WaitScope } from '../budget/budget.ts';
import type { Cause } from './cause.ts';
import { classify, type FailedAttempt } from './classify.ts';
import type { Judgement } from './judge-probes.ts';
import { waitScopeOf } from './limit-words.ts';
import { isPublicAddress } from './own-addresses.ts';
import { type PreCheckMeans, type PreCheckQuestion, preCheck } from './pre-checks.ts';

export interface DiagnosisMeans extends Omit<PreCheckMeans, 'causeOfError'> {
  /** Milliseconds since the epoch. */
  readonly epochMs: () => number;
}

export interface Diagnosis {
  /** Rejects with the signal's reason alone. */
  preCheck(host: string, facts: Omit<PreCheckQuestion, 'host'>, signal: AbortSignal): Promise<Judgement>;
  /** Never throws. */
  classify(failed: Omit<FailedAttempt, 'publicAddresses' | 'isPublic'>): Cause;
  waitScopeOf(refusal: AuthorityError): WaitScope;
}

/** `means`: asked for each time, since resolvers and solver change with the configuration. */
export function createDiagnosis(means: () => DiagnosisMeans): Diagnosis {
  return {
    preCheck(host, facts, signal) {
      const { epochMs, ...rest } = means();
      const { authority, clockSkewMs } = facts;
      const causeOfError = (error: unknown): Cause =>
        classify({
          host,
          authority,
          stage: 'before_order',
          error,
          clockSkewMs,
          nowMs: epochMs(),
          warnings: [],
          publicAddresses: [],
          isPublic: rest.isPublic,
        });
      return preCheck({ ...facts, host }, { ...rest, causeOfError }, signal);
    },
    classify: (failed) => {
      const { ownAddresses, isPublic } = means();
      return classify({ ...failed, isPublic, publicAddresses: ownAddresses().filter(isPublicAddress) });
    },
    waitScopeOf: ({ message, problem }) => waitScopeOf(problem?.detail ?? message),
  };
}
