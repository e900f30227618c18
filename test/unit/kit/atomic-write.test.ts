import {
  lstatSync,
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
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileAtomic, makeFolder, removeFile, writeFileAtomic } from '../../../src/kit/atomic-write.ts';

const OLD = Buffer.from('old');
const NEW = Buffer.from('new content');

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'penstock-atomic-'));
  path = join(folder, 'file');
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('write-file-atomic', () => {
  it('makes a file with the mode that was asked for, whatever the umask is', () => {
    const before = process.umask(0o077);
    try {
      writeFileAtomic(path, NEW, 0o644);
    } finally {
      process.umask(before);
    }
    expect(readFileSync(path)).toEqual(NEW);
    expect(statSync(path).mode & 0o777).toBe(0o644);
  });

  it('replaces a file by another inode and leaves nothing beside it', () => {
    writeFileAtomic(path, OLD, 0o600);
    const { ino } = statSync(path);
    writeFileAtomic(path, NEW, 0o600);
    expect(readFileSync(path)).toEqual(NEW);
    expect(statSync(path).ino).not.toBe(ino);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('replaces a symbolic link rather than what it points to', () => {
    const target = join(folder, 'target');
    writeFileSync(target, OLD);
    symlinkSync(target, path);
    writeFileAtomic(path, NEW, 0o600);
    expect(lstatSync(path).isSymbolicLink()).toBe(false);
    expect(readFileSync(path)).toEqual(NEW);
    expect(readFileSync(target)).toEqual(OLD);
  });

  it('leaves no temporary file behind when the place cannot be taken', () => {
    mkdirSync(path);
    expect(() => writeFileAtomic(path, NEW, 0o600)).toThrow(/EISDIR|EEXIST|ENOTEMPTY/);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('does not make the folder', () => {
    expect(() => writeFileAtomic(join(folder, 'missing', 'file'), NEW, 0o600)).toThrow('ENOENT');
  });
});

describe('create-file-atomic', () => {
  it('makes a file that is not there', () => {
    expect(createFileAtomic(path, NEW, 0o500)).toBe(true);
    expect(readFileSync(path)).toEqual(NEW);
    expect(statSync(path).mode & 0o777).toBe(0o500);
    expect(statSync(path).nlink).toBe(1);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('never touches a file that is there', () => {
    writeFileSync(path, OLD);
    const { ino } = statSync(path);
    expect(createFileAtomic(path, NEW, 0o500)).toBe(false);
    expect(readFileSync(path)).toEqual(OLD);
    expect(statSync(path).ino).toBe(ino);
    expect(readdirSync(folder)).toEqual(['file']);
  });
});

describe('make-folder', () => {
  it('makes all that are missing, and leaves those that are there as they are', () => {
    const { mode } = statSync(folder);
    makeFolder(join(folder, 'a', 'b'), 0o700);
    makeFolder(join(folder, 'a', 'b'), 0o755);
    expect(statSync(folder).mode).toBe(mode);
    for (const made of ['a', 'a/b']) expect(statSync(join(folder, made)).mode & 0o777).toBe(0o700);
  });
});

describe('remove-file', () => {
  it('removes a symbolic link rather than what it points to, and says what is not there', () => {
    const target = join(folder, 'target');
    writeFileSync(target, OLD);
    symlinkSync(target, path);
    removeFile(path);
    expect(readdirSync(folder)).toEqual(['target']);
    expect(() => removeFile(path)).toThrow('ENOENT');
  });
});
