import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FUSE, findBase } from '../../../scripts/binary-base.mjs';

const here = `${process.platform}-${process.arch}`;
const other = here === 'linux-x64' ? 'linux-arm64' : 'linux-x64';
const find = (release: string | undefined, target: string) =>
  findBase({ release, target, folder: join(tmpdir(), 'not-used') });

describe('binary-base', () => {
  it('is the Node.js that runs, if nothing else is asked for', () => {
    const base = find(undefined, here);
    expect(base).toMatchObject({
      node: process.execPath,
      maker: process.execPath,
      version: process.versions.node,
      abi: process.versions.modules,
    });
    expect(base.licence).toMatch(/Node\.js is licensed|nodejs\/node\/blob\/v/);
  });

  it('knows the mark that injecting looks for', () => {
    expect(readFileSync(process.execPath).indexOf(`${FUSE}:0`)).toBeGreaterThan(0);
  });

  it('refuses a target that nothing is made for, and names those that are', () => {
    expect(() => find(undefined, 'win32-x64')).toThrow(
      '--target win32-x64: binaries are made for linux-x64 and linux-arm64',
    );
  });

  it('refuses to make of this Node.js what is for another system', () => {
    expect(() => find(undefined, other)).toThrow(`this Node.js is for ${here}; name a release`);
  });

  it('refuses a release that is not pinned', () => {
    expect(() => find('23', here)).toThrow('--node 23: there is a pinned release of 24 only');
  });
});
