/**
 * Makes dist/ out of build/ (what tsc wrote, a module a file): one file for each thing that is started, the parts that
 * they have in common beside them, the types of the library's doors, and the licences of what was taken in
 * (docs/decisions/0018-bundles.md says why).
 *
 *   dist/cli/main.js       the command
 *   dist/worker/main.js    the worker thread
 *   dist/primary/key-worker.js    the threads that make keys
 *   dist/library/*.js      the doors of the library; dist/types/ what they promise
 *   dist/chunks/*.js       common parts
 */

import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { rolldown } from 'rolldown';
import { BUILD, DIST, filesBelow, ROOT } from './build-state.mjs';

/**
 * Every output lies one folder below dist/, so that a path relative to `import.meta.url` means the same in a bundle as
 * in the sources of src/kit (src/kit/program-files.ts).
 */
const ENTRIES = {
  'cli/main': 'cli/main.js',
  'worker/main': 'worker/main.js',
  'primary/key-worker': 'primary/key-worker.js',
  'library/index': 'index.js',
  'library/snapshot': 'snapshot.js',
};
const DOORS = ['index.d.ts', 'snapshot.d.ts'];
/** They bring files that they find by their own place: native ones, or what a thread starts with. */
const OUTSIDE = [/^koffi$/, /^uWebSockets\.js$/, /^piscina$/];
/** What a worker may load: each thread pays for it in memory and time to start. */
const OF_WORKERS = /^(protobufjs|@protobufjs\/.*|long|lru-cache)$/;
export const NOTICES = 'THIRD-PARTY-NOTICES.md';

/** Writes dist/ and takes away what was there before; `keep` stays. */
export async function bundle(/** @type {readonly string[]} */ keep) {
  const build = await rolldown({
    input: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, join(BUILD, file)])),
    platform: 'node',
    external: OUTSIDE,
    onLog(level, log, handler) {
      // protobufjs asks for optional packages in a way that only works where there are some.
      if (log.code === 'EVAL' && log.id?.includes('@protobufjs/inquire')) return;
      handler(level === 'warn' ? 'error' : level, log);
    },
  });
  const { output } = await build.write({
    dir: DIST,
    format: 'esm',
    chunkFileNames: 'chunks/[name].js',
    // Each thread keeps the text of its program.
    comments: false,
    sourcemap: true,
  });
  await build.close();
  for (const chunk of output) if (chunk.type === 'chunk') escapeWideCharacters(join(DIST, chunk.fileName));
  chmodSync(join(DIST, 'cli', 'main.js'), 0o755);

  refuseStrangersInWorkers(output);
  const written = output.map((chunk) => chunk.fileName);
  written.push(...copyTypes());
  const modules = output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
  writeFileSync(join(DIST, NOTICES), notices(modules));
  written.push(NOTICES);

  const expected = new Set([...written, ...keep]);
  for (const name of filesBelow(DIST)) {
    if (!expected.has(name)) rmSync(join(DIST, name));
  }
}

/**
 * Each thread keeps the text of its program, with two bytes a character if a single one is beyond Latin-1. With comments gone these are in
 * strings, templates and regular expressions, where an escape means the same.
 */
function escapeWideCharacters(/** @type {string} */ file) {
  const text = readFileSync(file, 'utf8');
  const escaped = text.replace(
    /[^\u0000-\u00ff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  if (escaped !== text) writeFileSync(file, escaped);
}

/** Follows what a worker imports: the primary's libraries must not come along with a common part. */
function refuseStrangersInWorkers(/** @type {import('rolldown').RolldownOutput['output']} */ output) {
  const chunks = new Map(
    output.flatMap((chunk) => (chunk.type === 'chunk' ? [[chunk.fileName, chunk]] : [])),
  );
  const reached = new Set(['worker/main.js']);
  for (const fileName of reached) {
    const chunk = chunks.get(fileName);
    for (const id of chunk?.moduleIds ?? []) {
      const folder = packageFolder(id);
      const name = folder?.replace(/^.*node_modules\//, '');
      if (name !== undefined && !OF_WORKERS.test(name)) {
        throw new Error(
          `a worker would load ${name} (${relative(ROOT, id)}): import it where only the primary does`,
        );
      }
    }
    for (const next of chunk?.imports ?? []) reached.add(next);
  }
}

/** `node_modules/NAME` of a module of a package; undefined for our own. */
function packageFolder(/** @type {string} */ id) {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(relative(ROOT, id))?.[1];
}

/** The declarations that the doors lead to, as dist/types/…; nothing else is promised to anybody. */
function copyTypes() {
  const seen = new Set(DOORS);
  for (const name of seen) {
    const text = readFileSync(join(BUILD, name), 'utf8');
    for (const [, specifier] of text.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)\.ts['"]/g)) {
      seen.add(posix.join(posix.dirname(name), `${specifier}.d.ts`));
    }
    const target = join(DIST, 'types', name);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(BUILD, name), target);
  }
  return [...seen].map((name) => `types/${name}`);
}

/** Of every package that became a part of dist/. */
function notices(/** @type {readonly string[]} */ modules) {
  const folders = new Set(modules.map(packageFolder).filter((folder) => folder !== undefined));
  const parts = [...folders].sort().flatMap(packageNotice);
  return `${['# Packages that are a part of these files', '', ...parts].join('\n')}\n`;
}

/** Name, version and licence text of the package in a folder below the root, as lines. */
export function packageNotice(/** @type {string} */ folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
  const file = filesBelow(join(ROOT, folder)).find((path) => /^licen[sc]e(\.md|\.txt)?$/i.test(path));
  if (license === undefined && file === undefined) throw new Error(`${folder} has no licence`);
  const text = file === undefined ? [] : [readFileSync(join(ROOT, folder, file), 'utf8').trim(), ''];
  return [`## ${name} ${version} (${license ?? 'see below'})`, '', ...text];
}
