/**
 * Writes the table of causes into docs/automatic-certificates.md, from the catalogue that the messages of penstock come from. Needs a build.
 * A guard test (test/guards/troubleshooting-fresh.test.ts) fails while the table is stale.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withTroubleshooting } from './troubleshooting-table.mjs';

const { CAUSES } = await import('../build/primary/certs/acme/diagnosis/causes.js').catch((error) => {
  process.stderr.write(`Run "npm run build" first: ${error.message}\n`);
  process.exit(1);
});

const target = new URL('../docs/automatic-certificates.md', import.meta.url);
writeFileSync(target, withTroubleshooting(readFileSync(target, 'utf8'), CAUSES));
process.stdout.write(`wrote ${fileURLToPath(target)}\n`);
