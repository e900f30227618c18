import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStored } from '../../../../src/bridge/snapshot/codec.ts';
import { prepareStateDir, storeLastGood } from '../../../../src/primary/publish/last-good.ts';
import { makePublication } from '../../../../src/primary/publish/publication.ts';
import { GOLDEN_CONTENT } from '../../../support/golden-content.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'penstock-last-good-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const envelope = (version: number): Uint8Array => makePublication(GOLDEN_CONTENT, version, 0).bytes;

describe('storeLastGood', () => {
  it('makes the state directory and keeps the snapshot there, for its owner only', () => {
    const state = join(folder, 'a', 'state');
    storeLastGood(state, envelope(3));
    const file = join(state, 'last-good.snapshot');
    expect(openStored(readFileSync(file)).version).toBe(3);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(state).mode & 0o777).toBe(0o700);
  });

  it('replaces the one before and leaves nothing else behind', () => {
    storeLastGood(folder, envelope(1));
    storeLastGood(folder, envelope(2));
    expect(readdirSync(folder)).toEqual(['last-good.snapshot']);
    expect(openStored(readFileSync(join(folder, 'last-good.snapshot'))).version).toBe(2);
  });
});

describe('a state directory that cannot be one', () => {
  const unwritable = expect.objectContaining({
    code: 'PENSTOCK_STATE_UNWRITABLE',
    message: expect.stringMatching(
      /^the state directory \S+ cannot be written \(.+\); name another one with state_dir$/,
    ),
  });

  const errorOf = (act: () => void): unknown => {
    try {
      act();
    } catch (error) {
      return error;
    }
    return null;
  };

  it('is a file, or lies below one', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(errorOf(() => prepareStateDir(file))).toEqual(unwritable);
    expect(errorOf(() => prepareStateDir(join(file, 'state')))).toEqual(unwritable);
    expect(errorOf(() => storeLastGood(file, envelope(1)))).toEqual(unwritable);
  });

  it('has a folder where the snapshot belongs', () => {
    mkdirSync(join(folder, 'last-good.snapshot', 'full'), { recursive: true });
    expect(errorOf(() => storeLastGood(folder, envelope(1)))).toEqual(unwritable);
  });
});
