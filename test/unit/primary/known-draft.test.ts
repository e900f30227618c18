import { mkdtempSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConfigDraft } from '../../../src/primary/draft.ts';
import { KnownDraft } from '../../../src/primary/known-draft.ts';

const MINUTE_MS = 60_000;

let folder = '';
let file = '';
let known: KnownDraft;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'penstock-draft-'));
  file = join(folder, 'penstock.yaml');
  known = new KnownDraft();
});
afterEach(() => rmSync(folder, { recursive: true }));

const answering = (body: string): string =>
  `routes: [{ path: /, respond: { status: 200, body: "${body}" } }]\n`;

/** By default as the file of a certificate sets it off, when all files have been left alone for a minute. */
function read(trustStamps = true, laterMs = MINUTE_MS): ConfigDraft | null {
  return known.read({ file, env: {}, startedMs: Date.now() + laterMs, trustStamps }).draft;
}

function bodyOf(draft: ConfigDraft | null): unknown {
  return draft?.routes[0]?.action;
}

const answer = (body: string): object => expect.objectContaining({ body });

describe('known-draft', () => {
  it('a configuration whose files did not change is the one of before', () => {
    writeFileSync(file, answering('one'));
    const before = read();
    expect(bodyOf(before)).toEqual(answer('one'));
    expect(read()).toBe(before);
    expect(known.read({ file, env: {}, startedMs: Date.now() + MINUTE_MS, trustStamps: true })).toMatchObject(
      {
        problems: [],
        watchedFiles: [file],
      },
    );
  });

  it('is read where a reload was asked for, or the stamp is not settled', () => {
    writeFileSync(file, answering('one'));
    const before = read();
    expect(read(false)).not.toBe(before);
    const asked = read();
    expect(read(true, 0)).not.toBe(asked);
  });

  const ways: readonly [string, () => void][] = [
    [
      'renamed over',
      () => {
        writeFileSync(`${file}~`, answering('two'));
        renameSync(`${file}~`, file);
      },
    ],
    [
      'written in place, with its size and times put back',
      () => {
        const { atime, mtime } = statSync(file);
        writeFileSync(file, answering('two'));
        utimesSync(file, atime, mtime);
      },
    ],
  ];
  it.each(ways)('is read where its file was %s', (_name, change) => {
    writeFileSync(file, answering('one'));
    read();
    change();
    expect(bodyOf(read())).toEqual(answer('two'));
  });

  it('is read where a file that it names changed, also one behind a link', () => {
    for (const value of ['one', 'two']) writeFileSync(join(folder, value), value);
    const point = (to: string): void => {
      symlinkSync(to, join(folder, 'value~'));
      renameSync(join(folder, 'value~'), join(folder, 'value'));
    };
    point('one');
    writeFileSync(file, answering('${file:value}'));
    read();
    // Only now it is known before the reading which files are looked at.
    const second = read();
    expect(read()).toBe(second);
    point('two');
    expect(bodyOf(read())).toEqual(answer('two'));
  });

  it('one that is not valid is read again, and not taken from before', () => {
    writeFileSync(file, answering('one'));
    read();
    writeFileSync(file, 'routes: 1\n');
    expect(read()).toBeNull();
    expect(read()).toBeNull();
    writeFileSync(file, answering('three'));
    expect(bodyOf(read())).toEqual(answer('three'));
  });
});
