import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cacheFile, privateCacheFolder } from '../../../src/native/private-cache.ts';

const CONTENT = Buffer.from('a native library');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'penstock-cache-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const refused = expect.objectContaining({ code: 'PENSTOCK_NATIVE_UNAVAILABLE' });

describe('private-cache-folder', () => {
  it('makes PENSTOCK_CACHE, closed to others', () => {
    const path = join(folder, 'a', 'b');
    expect(privateCacheFolder({ PENSTOCK_CACHE: path, XDG_CACHE_HOME: '/elsewhere' })).toBe(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  });

  it('takes XDG_CACHE_HOME, then the home folder', () => {
    expect(privateCacheFolder({ XDG_CACHE_HOME: folder, HOME: '/elsewhere' })).toBe(join(folder, 'penstock'));
    expect(privateCacheFolder({ XDG_CACHE_HOME: 'relative', HOME: folder })).toBe(
      join(folder, '.cache', 'penstock'),
    );
  });

  it('goes on to the temporary folder where the home folder cannot be had', () => {
    writeFileSync(join(folder, 'file'), '');
    vi.stubEnv('TMPDIR', folder);
    const path = privateCacheFolder({ HOME: join(folder, 'file', 'home') });
    vi.unstubAllEnvs();
    expect(path).toBe(join(folder, `penstock-${process.getuid?.()}`));
  });

  it('does not go on from a PENSTOCK_CACHE that cannot be had', () => {
    writeFileSync(join(folder, 'file'), '');
    const environment = { PENSTOCK_CACHE: join(folder, 'file', 'x'), HOME: folder };
    expect(() => privateCacheFolder(environment)).toThrow(refused);
    expect(() => privateCacheFolder(environment)).toThrow(
      /no cache folder can be made \(ENOTDIR.*PENSTOCK_CACHE=/,
    );
  });

  it('rejects a folder that others can enter, and says how to close it', () => {
    const path = join(folder, 'penstock');
    mkdirSync(path);
    chmodSync(path, 0o755);
    expect(() => privateCacheFolder({ XDG_CACHE_HOME: folder, HOME: '/elsewhere' })).toThrow(refused);
    expect(() => privateCacheFolder({ PENSTOCK_CACHE: path })).toThrow(
      `(mode 755). Close it with: chmod 700 ${path}`,
    );
  });

  it('rejects a link, even to a good folder', () => {
    mkdirSync(join(folder, 'real'), { mode: 0o700 });
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    expect(() => privateCacheFolder({ PENSTOCK_CACHE: join(folder, 'link') })).toThrow('is not a folder');
  });

  it.runIf(process.getuid?.() === 0)('rejects a folder of another user', () => {
    const path = join(folder, 'theirs');
    mkdirSync(path, { mode: 0o700 });
    chownSync(path, 65534, 65534);
    expect(() => privateCacheFolder({ PENSTOCK_CACHE: path })).toThrow(
      `the cache ${path} belongs to user 65534, and penstock runs as user 0`,
    );
  });
});

describe('cache-file', () => {
  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  const cached = (where: string, bytes: Uint8Array = CONTENT): string =>
    cacheFile(where, 'lib', sha256(bytes), () => bytes);

  it('asks for the bytes only where there is no such file', () => {
    const path = cached(folder);
    const asked = (): Uint8Array => expect.fail('asked for');
    expect(cacheFile(folder, 'lib', sha256(CONTENT), asked)).toBe(path);
  });

  it('keeps nothing that has another sum than it should', () => {
    expect(() => cacheFile(folder, 'lib', sha256(Buffer.from('another')), () => CONTENT)).toThrow(refused);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('writes a file once and names it after its content', () => {
    const path = cached(folder);
    expect(readFileSync(path)).toEqual(CONTENT);
    expect(statSync(path).mode & 0o777).toBe(0o500);
    expect(dirname(path)).toBe(folder);
    const { ino } = statSync(path);
    expect(cached(folder)).toBe(path);
    expect(statSync(path).ino).toBe(ino);
    expect(cached(folder, Buffer.from('another'))).not.toBe(path);
    expect(readdirSync(folder).length).toBe(2);
  });

  it('replaces a file that was changed', () => {
    const path = cached(folder);
    chmodSync(path, 0o700);
    writeFileSync(path, 'something else');
    expect(cached(folder)).toBe(path);
    expect(readFileSync(path)).toEqual(CONTENT);
    expect(statSync(path).mode & 0o777).toBe(0o500);
  });

  it('replaces a link and a file that others may write', () => {
    const path = cached(folder);
    chmodSync(path, 0o722);
    cached(folder);
    expect(statSync(path).mode & 0o777).toBe(0o500);

    const elsewhere = join(folder, 'elsewhere');
    writeFileSync(elsewhere, CONTENT);
    rmSync(path);
    symlinkSync(elsewhere, path);
    cached(folder);
    writeFileSync(elsewhere, 'changed later');
    expect(readFileSync(path)).toEqual(CONTENT);
  });

  it('says where it could not write', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => cached(join(folder, 'file'))).toThrow(refused);
    expect(() => cached(join(folder, 'file'))).toThrow(
      /^the cache .* cannot be used: \S*file\/lib-\w+\.node cannot be written \(ENOTDIR.*PENSTOCK_CACHE=/,
    );
  });
});
