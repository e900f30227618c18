/** What the log says of a reload. Primary thread. */

import { LogField } from '../kit/names.ts';
import type { ReloadResult } from './control.ts';
import type { Log } from './log.ts';
import { placeOf } from './problem-lines.ts';

export function reportReload(log: Log['logger'], result: ReloadResult): void {
  const { version, trigger, outcome, message, problems } = result;
  const fields = { [LogField.SNAPSHOT]: version, [LogField.TRIGGER]: trigger, [LogField.OUTCOME]: outcome };
  if (outcome === 'applied') log.info(fields, 'reloaded');
  else if (outcome === 'unchanged') log.debug(fields, message);
  else {
    log.error(fields, `reload ${outcome}, the configuration before serves on: ${message}`);
    for (const problem of problems) log.error({ [LogField.CODE]: problem.code }, placeOf(problem));
  }
}
