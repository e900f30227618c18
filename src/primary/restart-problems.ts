/** What a running penstock cannot change by a reload: the number of workers. Pure. */

import type { Problem } from '../kit/problem.ts';
import type { ConfigDraft } from './draft.ts';
import { usableCores } from './usable-cores.ts';

/** The number of workers that are asked for. */
export function sizeOf({ workers }: ConfigDraft): number {
  return workers === 'auto' ? usableCores() : workers;
}

/** `size`: what was asked for at the start. */
export function restartProblems(draft: ConfigDraft, size: number): readonly Problem[] {
  if (sizeOf(draft) === size) return [];
  const message = `the number of workers changes from ${size} to ${sizeOf(draft)} only by a restart`;
  return [
    { code: 'RESTART_NEEDED', path: 'workers', message, origin: { file: draft.file, line: 1, column: 1 } },
  ];
}
