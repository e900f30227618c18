import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PenstockError } from '../../../src/kit/errors.ts';
import { prepareUws, setHeaderLimit } from '../../../src/native/prepare.ts';
import { isOlder, type System } from '../../../src/native/system.ts';
import { loadUws } from '../../../src/native/uws.ts';
import { findUwsFile } from '../../../src/native/uws-file.ts';

const packageFolder = dirname(createRequire(import.meta.url).resolve('uWebSockets.js'));
const system: System = { platform: 'linux', arch: 'x64', abi: '115', node: '20.20.2', glibc: '2.39' };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'penstock-native-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The message of the one error that this room may throw. */
function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(PenstockError);
    expect((error as PenstockError).code).toBe('PENSTOCK_NATIVE_UNAVAILABLE');
    return (error as PenstockError).message;
  }
  throw new Error('nothing was refused');
}

describe('find-uws-file', () => {
  it.each([
    ['linux', 'x64', '115', '2.39'],
    ['linux', 'arm64', '127', '2.36'],
    ['linux', 'x64', '137', '2.38'],
    ['darwin', 'arm64', '141', null],
  ])('finds the build for %s %s, ABI %s', (platform, arch, abi, glibc) => {
    const file = findUwsFile({ platform, arch, abi, node: 'x', glibc }, {});
    expect(file).toMatchObject({
      source: 'package',
      path: join(packageFolder, `uws_${platform}_${arch}_${abi}.node`),
    });
  });

  it('rejects a Node.js that has no build, and names those that have one', () => {
    expect(refusal(() => findUwsFile({ ...system, abi: '131', node: '23.1.0' }, {}))).toBe(
      'uWebSockets.js cannot be used: there is no build for Node.js 23.1.0 (ABI 131). Run penstock with Node.js 20, 22, 24, 25.',
    );
  });

  it('rejects a platform that has no build', () => {
    expect(refusal(() => findUwsFile({ ...system, arch: 'riscv64' }, {}))).toContain(
      'there is no build for linux on riscv64',
    );
    expect(refusal(() => findUwsFile({ ...system, platform: 'freebsd' }, {}))).toContain('PENSTOCK_UWS=');
  });

  it('rejects musl', () => {
    expect(refusal(() => findUwsFile({ ...system, glibc: null }, {}))).toContain('no build for musl');
  });

  it('rejects a glibc that no edit helps', () => {
    const message = refusal(() => findUwsFile({ ...system, glibc: '2.35' }, {}));
    expect(message).toContain('it needs glibc 2.36 or newer and this system has 2.35');
  });

  it('rejects a missing package', () => {
    const missing = (): string => {
      throw new Error('Cannot find module');
    };
    expect(refusal(() => findUwsFile(system, {}, missing))).toBe(
      'uWebSockets.js cannot be used: the package uWebSockets.js is not installed. Run: npm ci',
    );
    expect(refusal(() => findUwsFile(system, {}, () => folder))).toContain(
      `${join(folder, 'uws_linux_x64_115.node')} cannot be read (ENOENT`,
    );
  });

  it('rejects a file that is not the pinned one', () => {
    const other = join(folder, 'other');
    mkdirSync(other);
    // Named for Node.js 20, but the build for 22.
    copyFileSync(join(packageFolder, 'uws_linux_x64_127.node'), join(other, 'uws_linux_x64_115.node'));
    const message = refusal(() => findUwsFile(system, {}, () => other));
    expect(message).toContain('is not the file of version 20.56.0');
    expect(message).toContain('its SHA-256 is 0e0af5d0');
    expect(message).toContain('npm ci');
  });
});

describe('PENSTOCK_UWS', () => {
  it('is taken as it is, on any system', () => {
    const path = join(folder, 'mine.node');
    writeFileSync(path, 'anything');
    const file = findUwsFile({ ...system, platform: 'freebsd' }, { PENSTOCK_UWS: path });
    expect(file).toEqual({ source: 'override', path });
    expect(prepareUws({ PENSTOCK_UWS: path }, system)).toEqual({ source: 'override', path });
  });

  it('means nothing when it is empty', () => {
    expect(findUwsFile(system, { PENSTOCK_UWS: '' }).source).toBe('package');
  });

  it('rejects a missing file, a folder, and a name that Node.js would read as JavaScript', () => {
    const path = join(folder, 'dir.node');
    mkdirSync(path);
    expect(refusal(() => findUwsFile(system, { PENSTOCK_UWS: join(folder, 'none.node') }))).toContain(
      `there is no file ${join(folder, 'none.node')}, which PENSTOCK_UWS names`,
    );
    expect(refusal(() => findUwsFile(system, { PENSTOCK_UWS: path }))).toContain('is not a file');
    expect(refusal(() => findUwsFile(system, { PENSTOCK_UWS: '/bin/sh' }))).toContain(
      'does not name a .node file',
    );
  });

  it('rejects a file that cannot be loaded, with the reason', () => {
    const path = join(folder, 'text.node');
    writeFileSync(path, 'not a library');
    const message = refusal(() => loadUws({ PENSTOCK_UWS: path }));
    expect(message).toContain(`${path}, which PENSTOCK_UWS names, cannot be loaded (`);
    expect(message).toContain('unset PENSTOCK_UWS');
  });

  it.runIf(process.platform === 'linux' && process.arch === 'x64')('rejects another native module', () => {
    const require = createRequire(import.meta.url);
    const koffi = createRequire(require.resolve('koffi')).resolve('@koromix/koffi-linux-x64');
    const path = join(dirname(koffi), 'linux_x64', 'koffi.node');
    expect(refusal(() => loadUws({ PENSTOCK_UWS: path }))).toContain(
      `${path} is not a build of uWebSockets.js`,
    );
  });
});

describe('is-older', () => {
  it.each([
    ['2.36', '2.38', true],
    ['2.38', '2.38', false],
    ['2.4', '2.38', true],
    ['2.100', '2.38', false],
    ['3.0', '2.38', false],
  ])('compares %s with %s by number', (a, b, older) => {
    expect(isOlder(a, b)).toBe(older);
  });
});

describe('set-header-limit', () => {
  it('rejects what is not a size', () => {
    expect(() => setHeaderLimit(-1)).toThrow(RangeError);
    expect(() => setHeaderLimit(1.5)).toThrow(RangeError);
    expect(() => setHeaderLimit(Number.NaN)).toThrow(RangeError);
  });
});
