import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stickyKeyOf } from '../../../../src/primary/certs/sticky-key.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'penstock-sticky-key-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const none = (file: string): never => {
  throw new Error(`${file} is not damaged`);
};

describe('sticky-key', () => {
  it('is made once, of 32 random bytes that only the owner reads', () => {
    const key = stickyKeyOf(folder, none);
    expect(key).toHaveLength(32);
    expect(statSync(join(folder, 'sticky.key')).mode & 0o777).toBe(0o600);
    expect(stickyKeyOf(folder, none)).toEqual(key);
    const other = join(folder, 'other');
    mkdirSync(other);
    expect(stickyKeyOf(other, none)).not.toEqual(key);
  });

  it('takes the place of a damaged one, which is set aside', () => {
    writeFileSync(join(folder, 'sticky.key'), 'short');
    const damaged: string[] = [];
    const key = stickyKeyOf(folder, (file) => damaged.push(file));
    expect(key).toHaveLength(32);
    expect(damaged).toEqual([join(folder, 'sticky.key.damaged')]);
    expect(readFileSync(damaged[0] ?? '', 'utf8')).toBe('short');
    expect(stickyKeyOf(folder, none)).toEqual(key);
  });

  it('says how to mend a folder that cannot be read', () => {
    mkdirSync(join(folder, 'sticky.key'));
    expect(() => stickyKeyOf(folder, none)).toThrow(/sticky\.key cannot be read or written .* state_dir/);
  });
});
