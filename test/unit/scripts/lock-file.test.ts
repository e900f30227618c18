/** The lock that keeps two installations or builds in one checkout apart. */

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLockFile } from '../../../scripts/lock-file.mjs';

const MODULE = new URL('../../../scripts/lock-file.mjs', import.meta.url).href;

describe('withLockFile', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'penstock-lock-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const options = (timeoutMs = 5_000) => ({ file: join(folder, 'lock'), what: 'a test', timeoutMs });

  /** Reads a number, lets others run, writes it plus one: loses counts without the lock. */
  function countInProcess(): Promise<number | null> {
    const code = `
      import { readFileSync, writeFileSync } from 'node:fs';
      import { setTimeout as sleep } from 'node:timers/promises';
      import { withLockFile } from ${JSON.stringify(MODULE)};
      await withLockFile({ file: 'lock', what: 'a count', timeoutMs: 15000 }, async () => {
        const count = Number(readFileSync('count', 'utf8'));
        await sleep(20);
        writeFileSync('count', String(count + 1));
      });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      cwd: folder,
      stdio: 'ignore',
    });
    return new Promise((resolve) => child.once('close', resolve));
  }

  it('lets one process in at a time', async () => {
    writeFileSync(join(folder, 'count'), '0');
    const codes = await Promise.all(Array.from({ length: 6 }, countInProcess));
    expect(codes).toEqual([0, 0, 0, 0, 0, 0]);
    expect(readFileSync(join(folder, 'count'), 'utf8')).toBe('6');
    expect(readdirSync(folder)).toEqual(['count']);
  });

  it('takes over the lock of a process that is gone', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.once('close', resolve));
    writeFileSync(join(folder, 'lock'), String(child.pid));
    expect(await withLockFile(options(), () => 'in')).toBe('in');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('gives up at the deadline while a living process holds it, and leaves its lock alone', async () => {
    writeFileSync(join(folder, 'lock'), String(process.ppid));
    await expect(withLockFile(options(50), () => 'in')).rejects.toThrow('a test');
    expect(existsSync(join(folder, 'lock'))).toBe(true);
  });

  it('is released when the work fails', async () => {
    await expect(
      withLockFile(options(), () => {
        throw new Error('broken');
      }),
    ).rejects.toThrow('broken');
    expect(readdirSync(folder)).toEqual([]);
  });
});
