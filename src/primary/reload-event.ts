/** The event that a reload, or a start, is. Primary thread; pure. */

import type { ReloadResult } from './control.ts';
import type { PenstockEvent } from './event.ts';

/** Of the problems of a configuration. */
const MAX_PROBLEMS = 20;
const MAX_MESSAGE_LENGTH = 500;

/** `file`: the configuration. Null: nothing changed. */
export function reloadEvent(
  file: string,
  result: Pick<ReloadResult, 'outcome' | 'trigger' | 'version' | 'digest' | 'message' | 'problems'>,
): PenstockEvent | null {
  const { outcome, trigger, version, digest, message, problems } = result;
  switch (outcome) {
    case 'unchanged':
      return null;
    case 'applied':
      return { type: 'ConfigurationApplied', subject: file, data: { trigger, version, digest } };
    case 'failed':
      return { type: 'ConfigurationFailed', subject: file, data: { trigger, message } };
    case 'rejected': {
      const shown = problems.slice(0, MAX_PROBLEMS).map(({ code, path, message: words, origin }) => ({
        code,
        path,
        message: words.slice(0, MAX_MESSAGE_LENGTH),
        file: origin.file,
        line: origin.line,
      }));
      return {
        type: 'ConfigurationRejected',
        subject: file,
        data: { trigger, message, problemCount: problems.length, problems: shown },
      };
    }
  }
}
