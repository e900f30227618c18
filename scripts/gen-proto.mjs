/**
 * Generates src/bridge/snapshot/gen from proto/: static code, no runtime reflection. Committed; test/guards/proto-fresh
 * runs this with --check and fails when the committed files are stale.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const pbjs = createRequire(import.meta.url)('protobufjs-cli/pbjs');
const pbts = createRequire(import.meta.url)('protobufjs-cli/pbts');
const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'src/bridge/snapshot/gen');

const run = (tool, args) =>
  new Promise((resolve, reject) =>
    tool.main(args, (error, output) => (error ? reject(error) : resolve(output))),
  );

const js = await run(pbjs, [
  ...['--target', 'static-module', '--wrap', 'es6', '--es6', '--dependency', 'protobufjs/minimal.js'],
  ...['--no-create', '--no-verify', '--no-convert', '--no-delimited', '--no-service', '--no-typeurl'],
  ...['--force-number', '--root', 'penstock', '--path', join(root, 'proto')],
  'penstock/v1/snapshot.proto',
]);
const scratch = mkdtempSync(join(tmpdir(), 'penstock-proto-'));
let types;
try {
  writeFileSync(join(scratch, 'snapshot.js'), js);
  types = await run(pbts, [join(scratch, 'snapshot.js')]);
} finally {
  rmSync(scratch, { recursive: true });
}

const outputs = { 'snapshot.js': js, 'snapshot.d.ts': types };
let stale = false;
for (const [name, content] of Object.entries(outputs)) {
  const path = join(target, name);
  if (process.argv.includes('--check')) {
    if (readFileSync(path, 'utf8') !== content) {
      stale = true;
      console.error(`${path} is stale: run npm run gen:proto`);
    }
  } else writeFileSync(path, content);
}
process.exitCode = stale ? 1 : 0;
