import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ProgramManifest, unpackProgram } from '../../../src/native/unpack-program.ts';

const FILES: Readonly<Record<string, string>> = {
  'package.json': '{}',
  'dist/cli/main.js': 'main',
  'node_modules/lib/lib.node': 'native',
};
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const MANIFEST: ProgramManifest = {
  name: 'penstock-1.2.3-abc',
  files: Object.fromEntries(Object.entries(FILES).map(([path, text]) => [path, sha256(text)])),
};

let cache: string;
let asked: string[];
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'penstock-unpack-'));
  asked = [];
});
afterEach(() => rmSync(cache, { recursive: true }));

const unpack = (manifest = MANIFEST): string =>
  unpackProgram(
    manifest,
    (path) => {
      asked.push(path);
      return Buffer.from(FILES[path] ?? '');
    },
    { PENSTOCK_CACHE: cache },
  );

describe('unpack-program', () => {
  it('writes every file below a folder of the program, closed to others', () => {
    const folder = unpack();
    expect(folder).toBe(join(cache, MANIFEST.name));
    for (const [path, text] of Object.entries(FILES)) {
      expect(readFileSync(join(folder, path), 'utf8')).toBe(text);
      expect(statSync(join(folder, path)).mode & 0o777).toBe(0o500);
    }
    expect(statSync(join(folder, 'dist')).mode & 0o777).toBe(0o700);
    expect(asked).toEqual(Object.keys(FILES));
  });

  it('reads nothing from the executable where all is there', () => {
    unpack();
    asked = [];
    unpack();
    expect(asked).toEqual([]);
  });

  it('writes anew what is missing, changed, or no file at all', () => {
    const folder = unpack();
    asked = [];
    rmSync(join(folder, 'package.json'));
    chmodSync(join(folder, 'dist/cli/main.js'), 0o700);
    writeFileSync(join(folder, 'dist/cli/main.js'), 'something else');
    unpack();
    expect(asked).toEqual(['package.json', 'dist/cli/main.js']);
    expect(readFileSync(join(folder, 'dist/cli/main.js'), 'utf8')).toBe('main');
  });

  it('goes on where another start was killed', () => {
    const folder = join(cache, MANIFEST.name);
    mkdirSync(join(folder, 'dist/cli'), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'dist/cli/.main.js.0123.tmp'), 'ma');
    unpack();
    expect(readFileSync(join(folder, 'dist/cli/main.js'), 'utf8')).toBe('main');
  });

  it('keeps nothing that the executable does not hold as its manifest says', () => {
    const wrong = { ...MANIFEST, files: { 'package.json': sha256('another') } };
    expect(() => unpack(wrong)).toThrow(expect.objectContaining({ code: 'PENSTOCK_NATIVE_UNAVAILABLE' }));
    expect(existsSync(join(cache, MANIFEST.name, 'package.json'))).toBe(false);
    expect(readdirSync(cache)).toEqual([]);
  });
});
