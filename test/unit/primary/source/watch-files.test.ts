/** The watch by itself; how it sets off reloads is in test/integration/reload-triggers.test.ts. */

import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/kit/clock.ts';
import { stampAt } from '../../../../src/primary/file-stamp.ts';
import { type FileWatch, watchFiles } from '../../../../src/primary/source/watch-files.ts';
import { waitFor } from '../../../support/wait-for.ts';

/** More than the files of a folder that are looked at for every rename in it. */
const MANY = 150;
/** More than one poll looks at. */
const MORE_THAN_A_TURN = 1_100;
/** Two looks and a good bit. */
const SETTLE_MS = 400;
/** Less than the poll takes. */
const TOLD_MS = 1_500;

let root = '';
let changes = 0;
let watch: FileWatch;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'penstock-watch-'));
  changes = 0;
  watch = watchFiles(systemClock, () => {
    changes++;
  });
});
afterEach(() => {
  watch.close();
  rmSync(root, { recursive: true });
});

const at = (...names: string[]): string => join(root, ...names);
const numbered = (count: number, folder = ''): string[] =>
  Array.from({ length: count }, (_, i) => at(folder, `${i}.pem`));

/** As a reload does: marks, reads, follows. `stamped`: the stamps of what was read are known. */
function read(paths: readonly string[], stamped: boolean): void {
  watch.mark();
  const stamps = paths.map((path) => [path, stampAt(path)?.text ?? 'none'] as const);
  watch.follow(paths, new Map(stamped ? stamps : []));
}

const told = (timeoutMs: number): Promise<boolean> =>
  waitFor(() => changes > 0, { what: 'the change to be told', timeoutMs });

function replace(path: string, text: string): void {
  writeFileSync(`${path}~`, text);
  renameSync(`${path}~`, path);
}

describe.each([
  ['files that were read with their stamps', true],
  ['other files', false],
])('watch-files, %s', (_name, stamped) => {
  it('one of many that is replaced by renaming, written in place or removed is told of, once', async () => {
    const paths = numbered(MANY);
    for (const path of paths) writeFileSync(path, 'old');
    const last = paths[MANY - 1] as string;
    read(paths, stamped);
    await sleep(SETTLE_MS);
    expect(changes).toBe(0);
    for (const change of [
      () => replace(last, 'new'),
      () => writeFileSync(last, 'newer'),
      () => unlinkSync(last),
    ]) {
      changes = 0;
      change();
      await told(TOLD_MS);
      read(paths, stamped);
    }
    await sleep(SETTLE_MS);
    expect(changes).toBe(1);
  });

  it('a file that came to be is told of', async () => {
    read([at('late.pem')], stamped);
    writeFileSync(at('late.pem'), 'new');
    await told(TOLD_MS);
  });

  it('links are followed where what they lead through is swapped', async () => {
    for (const version of ['1', '2']) mkdirSync(at(version));
    const paths = numbered(MANY);
    for (const [i, path] of paths.entries()) {
      for (const version of ['1', '2']) writeFileSync(at(version, `${i}.pem`), version);
      symlinkSync(`..data/${i}.pem`, path);
    }
    symlinkSync('1', at('..data'));
    read(paths, stamped);
    symlinkSync('2', at('..data~'));
    renameSync(at('..data~'), at('..data'));
    await told(TOLD_MS);
  });

  it('a change while it is being read is told of', async () => {
    const path = at('a.pem');
    writeFileSync(path, 'old');
    read([path], stamped);
    watch.mark();
    const stamp = stampAt(path)?.text ?? '';
    replace(path, 'new');
    watch.follow([path], new Map(stamped ? [[path, stamp]] : []));
    await told(TOLD_MS);
  });
});

describe('watch-files, what no folder tells of', () => {
  it('a file behind a link to another folder that is written in place: within a round of polls', async () => {
    mkdirSync(at('elsewhere'));
    mkdirSync(at('links'));
    const targets = numbered(MORE_THAN_A_TURN, 'elsewhere');
    const links = numbered(MORE_THAN_A_TURN, 'links');
    for (const [i, target] of targets.entries()) {
      writeFileSync(target, 'old');
      symlinkSync(target, links[i] as string);
    }
    read(links, true);
    await sleep(SETTLE_MS);
    writeFileSync(targets[MORE_THAN_A_TURN - 1] as string, 'new');
    await told(5_000);
  });

  it('a folder that another one takes the place of, and what changes in that one', async () => {
    mkdirSync(at('live'));
    mkdirSync(at('next'));
    for (const folder of ['live', 'next']) writeFileSync(at(folder, 'a.pem'), folder);
    const path = at('live', 'a.pem');
    read([path], true);
    renameSync(at('live'), at('before'));
    renameSync(at('next'), at('live'));
    await told(3_000);
    read([path], true);
    changes = 0;
    replace(path, 'newer');
    await told(TOLD_MS);
  });
});
