/** From a thrown value to what a person sees on standard error and the exit status. One line, no stack. */

import { messageOf, PenstockError } from '../kit/errors.ts';
import { formatProblems } from '../kit/format-problems.ts';
import type { Problem } from '../kit/problem.ts';
import { ExitStatus } from './exit-status.ts';
import type { Io } from './io.ts';

/** Prints the error (with its stack where PENSTOCK_DEBUG=1) and returns the status to end with. */
export function reportError(error: unknown, io: Io): number {
  const known = error instanceof PenstockError;
  if (known) io.stderr(formatProblems(problemsOf(error), { color: io.colour }));
  const words = known
    ? `error: ${messageOf(error)} (${error.code})`
    : `error: ${messageOf(error)} (unexpected; PENSTOCK_DEBUG=1 shows where)`;
  io.stderr(`${words.replace(/\s*\n\s*/g, ' ')}\n`);
  if (io.env.PENSTOCK_DEBUG === '1' && error instanceof Error) io.stderr(`${error.stack ?? ''}\n`);
  return known ? error.exitStatus : ExitStatus.FAILED;
}

/** The problems that an error carries, or none. */
function problemsOf(error: PenstockError): readonly Problem[] {
  const detail = error.detail;
  if (Array.isArray(detail)) return detail.filter(isProblem);
  if (
    typeof detail === 'object' &&
    detail !== null &&
    'problems' in detail &&
    Array.isArray(detail.problems)
  ) {
    return detail.problems.filter(isProblem);
  }
  return [];
}

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === 'object' && value !== null && 'code' in value && 'origin' in value && 'message' in value
  );
}
