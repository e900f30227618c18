/** How an attempt to get a certificate can fail. Types of errors only. */

import type { CauseCode, CauseStage } from './diagnosis/cause.ts';

/** What penstock itself found wrong on the way. */
export class IssueError extends Error {
  readonly code: CauseCode;

  constructor(code: CauseCode, message: string) {
    super(message);
    this.name = 'IssueError';
    this.code = code;
  }
}

export interface FailureFacts {
  /** How far it came. */
  readonly stage: CauseStage;
  /** The authority looked and did not find what it asked for. */
  readonly refuted: boolean;
  /** The order cannot be taken up again, or there is none. */
  readonly orderOver: boolean;
  /** An AuthorityError, an IssueError, or what a solver or the store throws. */
  readonly cause: unknown;
}

/** An attempt that failed: what the life cycle needs to know, around what went wrong. */
export class IssueFailure extends Error {
  readonly stage: CauseStage;
  readonly refuted: boolean;
  readonly orderOver: boolean;

  constructor({ stage, refuted, orderOver, cause }: FailureFacts) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'IssueFailure';
    this.stage = stage;
    this.refuted = refuted;
    this.orderOver = orderOver;
  }
}
