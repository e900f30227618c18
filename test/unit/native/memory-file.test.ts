import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withMemoryFile, withTmpfsFile } from '../../../src/native/memory-file.ts';

const CONTENT = Buffer.from('-----BEGIN NOTHING-----\n'.repeat(1000));
const linux = process.platform === 'linux';

const openFiles = (): number => readdirSync('/proc/self/fd').length;

describe.runIf(linux)('with-memory-file', () => {
  it('gives a path that reads as the content, any number of times', () => {
    const seen = withMemoryFile(CONTENT, 'test', (path) => {
      expect(path).toMatch(/^\/proc\/self\/fd\/\d+$/);
      return [readFileSync(path), readFileSync(path)];
    });
    expect(seen).toEqual([CONTENT, CONTENT]);
  });

  it('closes the file when the use ends, in whatever way', () => {
    const before = openFiles();
    for (let round = 0; round < 20; round++) {
      withMemoryFile(CONTENT, 'test', () => null);
      expect(() =>
        withMemoryFile(CONTENT, 'test', () => {
          throw new Error('the use failed');
        }),
      ).toThrow('the use failed');
    }
    expect(openFiles()).toBe(before);
  });

  it('holds two files at once, and empty ones', () => {
    withMemoryFile(Buffer.from('a'), 'a', (a) =>
      withMemoryFile(new Uint8Array(0), 'b', (b) => {
        expect(readFileSync(a, 'utf8')).toBe('a');
        expect(readFileSync(b, 'utf8')).toBe('');
      }),
    );
  });
});

describe.runIf(linux && existsSync('/dev/shm'))('with-tmpfs-file', () => {
  it('gives a private file that is gone after its use', () => {
    let seen = '';
    withTmpfsFile(CONTENT, ['/dev/shm'], (path) => {
      seen = path;
      expect(readFileSync(path)).toEqual(CONTENT);
      expect(statSync(path).mode & 0o777).toBe(0o600);
    });
    expect(existsSync(seen)).toBe(false);
    expect(() =>
      withTmpfsFile(CONTENT, ['/dev/shm'], (path) => {
        seen = path;
        throw new Error('the use failed');
      }),
    ).toThrow('the use failed');
    expect(existsSync(seen)).toBe(false);
  });

  it('passes over a folder that is missing or on a disk', () => {
    // /proc is no tmpfs on any system, and cannot be written either.
    const path = withTmpfsFile(CONTENT, ['/nonexistent', '/proc', '/dev/shm'], (used) => used);
    expect(path.startsWith('/dev/shm/')).toBe(true);
  });

  it('is an error where there is no tmpfs at all', () => {
    const use = (): never => {
      throw new Error('must not be called');
    };
    expect(() => withTmpfsFile(CONTENT, ['/nonexistent', '/proc'], use)).toThrow(
      expect.objectContaining({ code: 'PENSTOCK_NATIVE_UNAVAILABLE' }),
    );
    expect(() => withTmpfsFile(CONTENT, ['/nonexistent', '/proc'], use)).toThrow('/proc is not a tmpfs');
  });

  it('leaves no descriptor open', () => {
    const probe = openSync('/dev/null', 'r');
    closeSync(probe);
    for (let round = 0; round < 5; round++) withTmpfsFile(CONTENT, ['/dev/shm'], () => null);
    const again = openSync('/dev/null', 'r');
    closeSync(again);
    expect(again).toBe(probe);
  });
});
