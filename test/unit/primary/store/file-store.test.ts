import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
import { afterAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../../../src/kit/clock.ts';
import { FileStore } from '../../../../src/primary/store/file-store.ts';
import { lockOwner } from '../../../../src/primary/store/lock-owner.ts';
import { type StoreBed, storeContract } from '../../../support/store-contract.ts';
import { waitFor } from '../../../support/wait-for.ts';

const folder = mkdtempSync(join(tmpdir(), 'penstock-store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let places = 0;
const newRoot = (): string => join(folder, String(places++));

class StoppedClock implements Clock {
  now = Date.parse('2026-01-02T03:04:05.678Z');
  epochMs(): number {
    return this.now;
  }
  nowMs(): number {
    return this.now;
  }
}

function makeBed(): StoreBed {
  const root = newRoot();
  const clock = new StoppedClock();
  return {
    store: new FileStore(root, clock),
    other: new FileStore(root, clock),
    pass: (ms) => {
      clock.now += ms;
    },
  };
}

storeContract('files', makeBed);

describe('files', () => {
  it('are for their owner alone, in folders for their owner alone', async () => {
    const root = newRoot();
    const store = new FileStore(root, new StoppedClock());
    const before = process.umask(0);
    try {
      await store.put('certificates/*.example.com', Buffer.from('secret'));
      await store.lock('a', 1_000);
      await store.setAside('certificates/*.example.com');
      await store.put('certificates/*.example.com', Buffer.from('secret'));
    } finally {
      process.umask(before);
    }
    expect(readFileSync(join(root, 'certificates/%2a.example.com'), 'utf8')).toBe('secret');
    const all = readdirSync(root, { recursive: true, withFileTypes: true });
    expect(all.length).toBeGreaterThan(5);
    for (const entry of all) {
      const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
      expect([entry.name, mode]).toEqual([entry.name, entry.isFile() ? 0o600 : 0o700]);
    }
    expect(statSync(root).mode & 0o777).toBe(0o700);
  });

  it('that were left half written are no values', async () => {
    const root = newRoot();
    const store = new FileStore(root, new StoppedClock());
    await store.put('a/b', Buffer.from('whole'));
    writeFileSync(join(root, 'a', '.b.0011223344556677.tmp'), 'ha');
    expect(await store.list('')).toEqual(['a/b']);
  });

  it('that are not of the store are no values', async () => {
    const root = newRoot();
    const store = new FileStore(root, new StoppedClock());
    await store.put('a/b.example', Buffer.from('whole'));
    for (const name of ['b.example~', 'Notes.txt', '#b.example#', '%2A.example', 'x'.repeat(201)])
      writeFileSync(join(root, 'a', name), 'of somebody else');
    expect(await store.list('')).toEqual(['a/b.example']);
  });

  it('set aside have the time in their name', async () => {
    const root = newRoot();
    const store = new FileStore(root, new StoppedClock());
    await store.put('a/b', Buffer.from('damaged'));
    const to = await store.setAside('a/b');
    expect(to).toBe(join(root, '.damaged', 'a/b.2026-01-02T03-04-05-678Z'));
    expect(readFileSync(to ?? '', 'utf8')).toBe('damaged');
  });

  it('are not made before there is a value', async () => {
    const root = newRoot();
    const store = new FileStore(root, new StoppedClock());
    await store.get('a');
    await store.list('');
    await store.delete('a');
    store.watch('', () => {}).close();
    expect(existsSync(root)).toBe(false);
  });

  it('say what and where, when they cannot be written', async () => {
    const root = newRoot();
    writeFileSync(root, 'no folder');
    const store = new FileStore(root, new StoppedClock());
    const refusal = { code: 'PENSTOCK_STATE_UNWRITABLE', message: expect.stringContaining(root) };
    await expect(store.put('a', Buffer.from(''))).rejects.toMatchObject(refusal);
    await expect(store.lock('a', 1_000)).rejects.toMatchObject(refusal);
    mkdirSync(`${root}-2`);
    const other = new FileStore(`${root}-2`, new StoppedClock());
    await other.put('a/b', Buffer.from(''));
    await expect(other.put('a', Buffer.from(''))).rejects.toMatchObject({
      code: 'PENSTOCK_STATE_UNWRITABLE',
    });
    chmodSync(root, 0o600);
  });
});

describe('locks in files', () => {
  it('that are damaged hold nothing', async () => {
    const root = newRoot();
    const store = new FileStore(root, new StoppedClock());
    await store.lock('a', 1_000);
    writeFileSync(join(root, '.locks/a/1'), '{"until"');
    expect(await store.lock('a', 1_000)).not.toBeNull();
    expect(readdirSync(join(root, '.locks/a'))).toEqual(['2']);
  });

  it('hold no longer than their lease, though the clock was set back', async () => {
    const root = newRoot();
    const clock = new StoppedClock();
    const store = new FileStore(root, clock);
    await store.lock('a', 1_000);
    clock.now -= 86_400_000;
    expect(await store.lock('a', 1_000)).not.toBeNull();
  });

  it('end with the process that holds them, whoever waits for it, and with no other', async () => {
    const root = newRoot();
    const store = new FileStore(root, new StoppedClock());
    const isFree = async (owner: unknown, name: string): Promise<boolean> => {
      await store.lock(name, 1_000);
      const file = join(root, '.locks', name, '1');
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), owner }));
      return (await store.lock(name, 1_000)) !== null;
    };
    // The first has ended as soon as it is waited for, which the second never does.
    const holder = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ended = Number(await once(holder.stdout, 'data'));
    const [owner, zombie] = [lockOwner(holder.pid), lockOwner(ended)];
    expect(await isFree(owner, 'lives')).toBe(false);
    expect(await isFree({ ...owner, started: '1' }, 'number-used-again')).toBe(true);
    process.kill(ended, 'SIGKILL');
    await waitFor(() => isFree(zombie, `zombie-${places++}`), { what: 'the end of the first' });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(await isFree(owner, 'killed')).toBe(true);
    expect(await isFree({ ...owner, place: 'another machine' }, 'elsewhere')).toBe(false);
    expect(await isFree(null, 'unknown')).toBe(false);
  });
});
