/** A configuration as the commands need it: read, checked and compiled by the very functions that `run` uses. */

import { resolve } from 'node:path';
import type { Snapshot } from '../bridge/snapshot/model.ts';
import { PenstockError } from '../kit/errors.ts';
import { formatProblems } from '../kit/format-problems.ts';
import type { Problem } from '../kit/problem.ts';
import type { ConfigDraft } from '../primary/draft.ts';
import type { Io } from './io.ts';

export interface Loaded {
  readonly draft: ConfigDraft;
  readonly snapshot: Snapshot;
}

export interface Attempt {
  /** Null where the configuration is wrong; `problems` then says why. */
  readonly loaded: Loaded | null;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** For `check`, which reports problems itself. */
export async function tryConfiguration(file: string, io: Io): Promise<Attempt> {
  // Loaded here, so that `version` and `--help` do not pay for parsers and protobuf.
  const { prepareConfiguration } = await import('../primary/pipeline.ts');
  const { prepared, problems, warnings } = await prepareConfiguration(resolve(file), io.env);
  return { loaded: prepared, problems, warnings };
}

/** For commands that need a good one: rejects with PENSTOCK_CONFIG_INVALID and the problems; prints warnings. */
export async function loadConfiguration(file: string, io: Io): Promise<Loaded> {
  const { loaded, problems, warnings } = await tryConfiguration(file, io);
  if (loaded === null) {
    throw new PenstockError('PENSTOCK_CONFIG_INVALID', `${file} is not a valid configuration`, {
      detail: { problems },
    });
  }
  io.stderr(formatProblems(warnings, { color: io.colour }));
  return loaded;
}
