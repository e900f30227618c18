/** The files that a single binary holds: the program as the package has it, and of the packages that are not bundled what it loads of them. */

import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DIST, filesBelow, ROOT } from './build-state.mjs';
import { NOTICES, packageNotice } from './bundle.mjs';
import { unpackPackage } from './registry-package.mjs';

/** A module inside an executable cannot import one of a file (src/cli/single-binary.ts). */
const START = `import('./dist/cli/main.js');\n`;

/**
 * Paths as they are unpacked → contents.
 * @param {{ target: string, abi: string, nodeVersion: string, nodeLicence: string, folder: string }} wish `folder`: for what has to be unpacked
 * @returns {Map<string, Buffer>}
 */
export function programFiles({ target, abi, nodeVersion, nodeLicence, folder }) {
  const files = new Map();
  const copy = (/** @type {string} */ place, /** @type {RegExp} */ names, from = join(ROOT, place)) => {
    for (const path of filesBelow(from)) {
      if (names.test(path)) files.set(`${place}/${path}`, readFileSync(join(from, path)));
    }
  };
  const { name, version, type } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  files.set('package.json', Buffer.from(`${JSON.stringify({ name, version, type }, null, 2)}\n`));
  files.set('start.cjs', Buffer.from(START));
  files.set('LICENSE', readFileSync(join(ROOT, 'LICENSE')));
  copy('dist', /\.js$/);
  copy('node_modules/piscina', /^(package\.json|dist\/.*\.m?js)$/);

  const system = target.replace('-', '_');
  const koffi = `@koromix/koffi-${target}`;
  copy('node_modules/koffi', /^(package\.json|index\.cjs|src\/koffi\/.*\.cjs)$/);
  copy(
    `node_modules/${koffi}`,
    /^(package\.json|index\.js|linux_\w+\/koffi\.node)$/,
    nativePackage(koffi, folder),
  );
  copy('node_modules/uWebSockets.js', new RegExp(`^(package\\.json|uws\\.js|uws_${system}_${abi}\\.node)$`));
  const natives = [`${koffi}/${system}/koffi.node`, `uWebSockets.js/uws_${system}_${abi}.node`];
  const missing = natives.filter((path) => !files.has(`node_modules/${path}`));
  if (missing.length > 0)
    throw new Error(`for Node.js ${nodeVersion} on ${target} there is no ${missing.join(' and no ')}`);

  const more = ['koffi', 'uWebSockets.js', 'piscina'].flatMap((one) => packageNotice(`node_modules/${one}`));
  const node = [`## Node.js ${nodeVersion}`, '', nodeLicence.trim(), ''];
  const bundled = readFileSync(join(DIST, NOTICES), 'utf8');
  files.set(NOTICES, Buffer.from(`${bundled}\n${[...more, ...node].join('\n')}`));
  return files;
}

/** Where koffi's package for a system is: installed, if it is this one's, else as the lock file names it. @param {string} name @param {string} folder */
function nativePackage(name, folder) {
  const path = `node_modules/${name}`;
  if (existsSync(join(ROOT, path, 'package.json'))) return join(ROOT, path);
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const { version, integrity } = packages[path] ?? {};
  if (integrity === undefined) throw new Error(`package-lock.json has no hash of ${name}`);
  return unpackPackage({ name, version, integrity }, mkdtempSync(join(folder, 'koffi-')));
}
