/** How this very program is started once more, as another process. Primary thread. */

import { isSea } from 'node:sea';

export interface OwnCommand {
  readonly command: string;
  /** What comes before the arguments of the program. */
  readonly args: readonly string[];
}

/** The single binary is its own interpreter; else it is Node.js, with the options and the script of this process. */
export function ownCommand(): OwnCommand {
  const script = process.argv[1];
  if (isSea() || script === undefined) return { command: process.execPath, args: [] };
  return { command: process.execPath, args: [...process.execArgv, script] };
}
