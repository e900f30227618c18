#!/usr/bin/env node
/** The `penstock` command: takes the process's arguments, ends with the exit status of what was asked. */

import { processIo } from './io.ts';
import { runCli } from './program.ts';

// Set, not called: what was written to a pipe is still on its way out.
process.exitCode = await runCli(process.argv.slice(2), processIo());
