/**
 * Writes schema/penstock.schema.json from the definition that validates configurations. Needs a build.
 * A guard test (test/guards/schema-fresh.test.ts) fails while the file is stale.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const { configJsonSchema } = await import('../build/primary/validate/json-schema.js').catch((error) => {
  process.stderr.write(`Run "npm run build" first: ${error.message}\n`);
  process.exit(1);
});

const target = new URL('../schema/penstock.schema.json', import.meta.url);
mkdirSync(new URL('.', target), { recursive: true });
writeFileSync(target, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
process.stdout.write(`wrote ${fileURLToPath(target)}\n`);
