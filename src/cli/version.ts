/** `penstock version`. */

import { isSea } from 'node:sea';
import { Command } from 'commander';
import { PENSTOCK_VERSION } from '../kit/version.ts';
import { ExitStatus } from './exit-status.ts';
import type { Done, Io } from './io.ts';

/** Such as `penstock 0.1.0 (node v20.20.0, linux x64)`, with `, single binary` where it is one. */
export function versionLine(): string {
  const binary = isSea() ? ', single binary' : '';
  return `penstock ${PENSTOCK_VERSION} (node ${process.version}, ${process.platform} ${process.arch}${binary})`;
}

export function versionCommand(io: Io, done: Done): Command {
  return new Command('version')
    .description('print the version')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  penstock version --json\n')
    .action((options: { readonly json?: true }) => {
      const data = {
        version: PENSTOCK_VERSION,
        node: process.version,
        platform: process.platform,
        arch: process.arch,
        singleBinary: isSea(),
      };
      io.stdout(options.json ? `${JSON.stringify(data)}\n` : `${versionLine()}\n`);
      done(ExitStatus.DONE);
    });
}
