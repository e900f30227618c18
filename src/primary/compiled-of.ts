/** What a run of the pipeline made, its warnings told. Primary thread. */

import { PenstockError } from '../kit/errors.ts';
import type { Log } from './log.ts';
import type { Compiled, PipelineResult } from './pipeline.ts';
import { placeOf } from './problem-lines.ts';

/**
 * From here on the log hides the secrets of it.
 * @throws PenstockError PENSTOCK_CONFIG_INVALID with the problems in `detail`
 */
export function compiledOf(result: PipelineResult, configFile: string, log: Log): Compiled {
  for (const warning of result.warnings) log.logger.warn({ code: warning.code }, placeOf(warning));
  const { compiled, problems } = result;
  if (compiled === null) {
    const message = `${configFile} is not a valid configuration`;
    throw new PenstockError('PENSTOCK_CONFIG_INVALID', message, { detail: { problems } });
  }
  log.secrets.set(compiled.draft.secretValues);
  return compiled;
}
