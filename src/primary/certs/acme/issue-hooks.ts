/**
 * What issuance asks of others: whether the budget allows an order, whether it can succeed, what a failure means, and who is told. Primary
 * thread.
 */

import type { Budget } from './budget/budget.ts';
import type { Cause, CauseStage } from './diagnosis/cause.ts';
import type { Diagnosis } from './diagnosis/diagnosis.ts';
import type { Environment } from './lifecycle.ts';

export type CertificateEvent =
  | {
      readonly type: 'CertificateIssued';
      /** The host. */
      readonly subject: string;
      readonly data: {
        readonly environment: Environment;
        readonly renewal: boolean;
        /** Milliseconds since the epoch; null: of staging, which is thrown away. */
        readonly notAfterMs: number | null;
      };
    }
  | {
      readonly type: 'CertificateFailed';
      readonly subject: string;
      readonly data: {
        readonly environment: Environment;
        readonly stage: CauseStage;
        readonly code: string;
        readonly message: string;
        /** Milliseconds since the epoch. */
        readonly nextAttemptMs: number;
      };
    };

export interface IssueHooks {
  /** None of it rejects but where the store cannot be used. */
  readonly budget: Budget;
  readonly diagnosis: Diagnosis;
  /** Never throws, never waits. */
  readonly emit: (event: CertificateEvent) => void;
}

/** A reason that penstock itself found not to order at all. */
export class FoundBefore extends Error {
  readonly found: Cause;

  constructor(found: Cause) {
    super(found.message);
    this.name = 'FoundBefore';
    this.found = found;
  }
}
