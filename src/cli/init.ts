/** `penstock init`: writes a commented starter file. */

import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { messageOf, PenstockError } from '../kit/errors.ts';
import { DEFAULT_CONFIG_FILE } from './config-option.ts';
import { ExitStatus } from './exit-status.ts';
import type { Done, Io } from './io.ts';
import { STARTER } from './starter.ts';

export function initCommand(io: Io, done: Done): Command {
  return new Command('init')
    .description('write a commented starter configuration')
    .argument('[file]', 'where to', DEFAULT_CONFIG_FILE)
    .option('--force', 'overwrite an existing file')
    .addHelpText('after', '\nExample:\n  penstock init my.yaml && penstock check -c my.yaml\n')
    .action((file: string, options: { readonly force?: true }) => {
      writeStarter(file, options.force === true);
      io.stdout(`wrote ${file}; next: penstock check -c ${file} && penstock run -c ${file}\n`);
      done(ExitStatus.DONE);
    });
}

function writeStarter(file: string, force: boolean): void {
  try {
    // `wx` leaves the decision to the file system, so that no file slips in between a look and the write.
    writeFileSync(file, STARTER, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw new PenstockError(
      'PENSTOCK_USAGE',
      exists ? `${file} exists; --force overwrites it` : `cannot write ${file}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
