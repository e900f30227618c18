/** A run that is kept in bench/results: a JSON file with every figure and a Markdown file with the tables. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { commitName, machineName } from './machine.mjs';

/** Of what, when and where the figures are. */
export function factsOfRun() {
  return {
    when: new Date().toISOString(),
    commit: commitName(),
    machine: `${machineName()}, Linux ${release()}`,
  };
}

/** `data`: with what `factsOfRun` gave; `text`: Markdown. Gives the path of the latter. */
export function storeRun(root, kind, { data, text }) {
  const folder = join(root, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const name = `${kind}-${data.when.slice(0, 16).replaceAll(':', '')}-${data.commit}`;
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(data, null, 1)}\n`);
  const file = join(folder, `${name}.md`);
  writeFileSync(file, `${text}\n`);
  return file;
}
