/** Problems on their way from the error that carries them to the log. Pure. */

import type { PenstockError } from '../kit/errors.ts';
import type { Problem } from '../kit/problem.ts';

/** The problems that an error carries; none where it is about something else. */
export function problemsOf(error: PenstockError): readonly Problem[] {
  const { detail } = error;
  return typeof detail === 'object' && detail !== null && 'problems' in detail
    ? (detail.problems as Problem[])
    : [];
}

/** One line of a log: where, what. */
export function placeOf({ origin, code, message }: Problem): string {
  return `${origin.file}:${origin.line}:${origin.column} ${code} ${message}`;
}
