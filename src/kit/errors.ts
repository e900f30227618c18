/**
 * The errors of the control plane. A code is a promise and never changes; a message may.
 * The request path does not use these: it speaks in fault numbers (`faults.ts`).
 */

/** Every code that penstock raises, with the exit status that a command ends with. */
export const ERROR_CODES = {
  PENSTOCK_CONFIG_INVALID: 2,
  PENSTOCK_CONFIG_UNREADABLE: 2,
  PENSTOCK_USAGE: 2,
  PENSTOCK_NATIVE_UNAVAILABLE: 1,
  PENSTOCK_ADDRESS_UNAVAILABLE: 1,
  PENSTOCK_STATE_UNWRITABLE: 1,
  PENSTOCK_WORKER_FAILED: 1,
  PENSTOCK_SNAPSHOT_INVALID: 1,
  PENSTOCK_ADMIN_UNREACHABLE: 1,
  PENSTOCK_RESTART_NEEDED: 2,
  PENSTOCK_DNS_FAILED: 1,
  PENSTOCK_CHALLENGE_FAILED: 1,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetail {
  readonly cause?: unknown;
  /** What a program may want to read: problems, addresses, a worker's number. Never a secret. */
  readonly detail?: unknown;
}

/** An error with a permanent code: says what went wrong, where, and how to mend it. */
export class PenstockError extends Error {
  readonly code: ErrorCode;
  readonly detail: unknown;

  constructor(code: ErrorCode, message: string, extra: ErrorDetail = {}) {
    super(message, extra.cause === undefined ? undefined : { cause: extra.cause });
    this.name = 'PenstockError';
    this.code = code;
    this.detail = extra.detail;
  }

  /** The exit status that a command ends with when this error reaches it. */
  get exitStatus(): number {
    return ERROR_CODES[this.code];
  }
}

/** The words of any thrown value, for a log line or a wrapping message. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
