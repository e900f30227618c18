/** What a running penstock cannot change by a reload: the number of workers, and the engine's limit of a head. Pure. */

import type { Problem } from '../kit/problem.ts';
import type { ConfigDraft } from './draft.ts';
import { usableCores } from './usable-cores.ts';

/** `limits.header_bytes: 0`: the engine needs some bound. */
const UNLIMITED_HEAD_BYTES = 1024 * 1024;

/** Bytes of request line and header section together that the engine has to take. */
export function headLimitOf({ limits }: ConfigDraft): number {
  const { headerBytes, urlBytes } = limits;
  return headerBytes === 0 || urlBytes === 0 ? UNLIMITED_HEAD_BYTES : headerBytes + urlBytes;
}

/** The number of workers. */
export function sizeOf({ workers }: ConfigDraft): number {
  return workers === 'auto' ? usableCores() : workers;
}

/** `headLimit` and `size`: what runs. */
export function restartProblems(draft: ConfigDraft, headLimit: number, size: number): readonly Problem[] {
  const problems: Problem[] = [];
  const add = (path: string, message: string): void => {
    problems.push({
      code: 'RESTART_NEEDED',
      path,
      message,
      origin: { file: draft.file, line: 1, column: 1 },
    });
  };
  if (headLimitOf(draft) > headLimit) {
    add('limits', `header_bytes and url_bytes together can grow beyond ${headLimit} bytes only by a restart`);
  }
  if (sizeOf(draft) !== size) {
    add('workers', `the number of workers changes from ${size} to ${sizeOf(draft)} only by a restart`);
  }
  return problems;
}
