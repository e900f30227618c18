/**
 * What a single-file executable starts with (scripts/build-binary.mjs makes it): unpacks the program that it holds and starts that, as the
 * package would be started. Primary thread. Bundled by itself, as CommonJS: Node.js runs nothing else from inside an executable
 * (docs/decisions/0031-single-binary.md).
 */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { getAsset, getRawAsset } from 'node:sea';
import { gunzipSync } from 'node:zlib';
import { type ProgramManifest, unpackProgram } from '../native/unpack-program.ts';
import { processIo } from './io.ts';
import { reportError } from './report-error.ts';

const MANIFEST = 'manifest.json';
/** Imports the command's module, which only a file can do. */
const START = 'start.cjs';

try {
  const manifest = JSON.parse(getAsset(MANIFEST, 'utf8')) as ProgramManifest;
  const folder = unpackProgram(manifest, (path) => gunzipSync(getRawAsset(path) as ArrayBuffer));
  createRequire(join(folder, START))(`./${START}`);
} catch (error) {
  process.exitCode = reportError(error, processIo());
}
