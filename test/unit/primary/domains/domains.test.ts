import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Domains } from '../../../../src/primary/domains/domains.ts';
import type { PenstockEvent } from '../../../../src/primary/event.ts';
import { FileStore } from '../../../../src/primary/store/file-store.ts';
import type { Store } from '../../../../src/primary/store/store.ts';

let folder = '';
let logged: string[] = [];
let events: PenstockEvent[] = [];
let asked: string[] = [];
let answer: () => readonly string[] | Promise<readonly string[]> = () => [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'penstock-domains-'));
  logged = [];
  events = [];
  asked = [];
  answer = () => [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const clock = { epochMs: () => 1_700_000_000_000, nowMs: () => 0 };

async function open(store: Store = new FileStore(folder, clock)): Promise<Domains> {
  const domains = new Domains({
    store,
    clock,
    log: pino({ level: 'info' }, { write: (line) => void logged.push(line) }),
    events: { emit: (event) => void events.push(event) },
    txt: async (name) => {
      asked.push(name);
      return await answer();
    },
  });
  await domains.load();
  return domains;
}

function recordValueOf(domains: Domains, host: string): string {
  const result = domains.get(host);
  return 'domain' in result ? result.domain.record.value : '';
}

describe('domains', () => {
  it('have one token each, also where two ask at once', async () => {
    const domains = await open();
    const results = await Promise.all([
      domains.add('a.test'),
      domains.add('*.a.test'),
      domains.add('b.test'),
    ]);
    const values = results.map((result) => ('domain' in result ? result.domain.record.value : ''));
    expect(values[0]).toMatch(/^penstock-verification=[\w-]{27}$/);
    expect(values[1]).toBe(values[0]);
    expect(values[2]).not.toBe(values[0]);
    expect(events.map(({ type, subject }) => `${type} ${subject}`)).toEqual([
      'DomainAdded a.test',
      'DomainAdded b.test',
    ]);
    expect(JSON.stringify(events)).not.toContain(values[0]);
  });

  it('are verified by the one right value among others, and then never asked for again', async () => {
    const domains = await open();
    await domains.add('a.test');
    const value = recordValueOf(domains, 'a.test');
    answer = () => ['v=spf1 -all', value];
    expect(await domains.verify('a.test')).toMatchObject({
      domain: { host: 'a.test', verifiedMs: 1_700_000_000_000 },
    });
    answer = () => [];
    expect(await domains.verify('*.a.test')).toMatchObject({ domain: { verifiedMs: 1_700_000_000_000 } });
    expect(asked).toEqual(['_penstock-challenge.a.test']);
    expect(events.at(-1)).toEqual({
      type: 'DomainVerified',
      subject: 'a.test',
      data: { record: '_penstock-challenge.a.test' },
    });
  });

  it('tell a bounded part of what DNS has instead', async () => {
    const domains = await open();
    await domains.add('a.test');
    answer = () => Array.from({ length: 50 }, () => 'x'.repeat(5_000));
    const result = await domains.verify('a.test');
    expect(result).toMatchObject({ fault: 'wrong_value' });
    expect(JSON.stringify(result).length).toBeLessThan(2_000);
  });

  it('are not verified by the answer for a token that is gone', async () => {
    const domains = await open();
    await domains.add('a.test');
    const old = recordValueOf(domains, 'a.test');
    let settle = (_: readonly string[]): void => {};
    answer = () => (asked.length > 1 ? [] : new Promise((resolve) => (settle = resolve)));
    const verifying = domains.verify('a.test');
    await domains.remove('a.test');
    await domains.add('a.test');
    settle([old]);
    expect(await verifying).toMatchObject({ fault: 'not_found' });
    await domains.remove('a.test');
    expect(await domains.verify('a.test')).toMatchObject({ fault: 'unknown' });
  });

  it('are read again behind a restart; damaged ones are set aside', async () => {
    const domains = await open();
    await domains.add('a.test');
    await domains.add('b.test');
    await domains.add('c.test');
    const list = domains.list();
    expect(list.map(({ host }) => host)).toEqual(['a.test', 'b.test', 'c.test']);
    writeFileSync(join(folder, 'domains', 'b.test'), '{"host":"b.test"');
    writeFileSync(join(folder, 'domains', 'c.test'), readFileSync(join(folder, 'domains', 'a.test')));
    expect((await open()).list()).toEqual(list.slice(0, 1));
    expect(logged.filter((line) => line.includes('a damaged domain was set aside'))).toHaveLength(2);
    expect(readdirSync(join(folder, '.damaged', 'domains'))).toHaveLength(2);
  });

  it('are read, though one of them cannot be', async () => {
    const domains = await open();
    for (const host of ['a.test', 'b.test', 'c.test']) await domains.add(host);
    class Unreadable extends FileStore {
      override async get(key: string): Promise<Buffer | null> {
        if (key === 'domains/b.test') throw new Error('EIO: i/o error');
        return await super.get(key);
      }
    }
    expect((await open(new Unreadable(folder, clock))).list().map(({ host }) => host)).toEqual([
      'a.test',
      'c.test',
    ]);
    expect(logged.filter((line) => line.includes('a domain cannot be read: EIO'))).toHaveLength(1);
    expect((await open()).list()).toHaveLength(3);
  });

  it('are not verified where DNS does not say', async () => {
    const domains = await open();
    await domains.add('a.test');
    answer = () => Promise.reject(new Error('DNS: no answer'));
    expect(await domains.verify('a.test')).toEqual({
      fault: 'dns_failure',
      detail: 'DNS: no answer. Try again, or name other servers with domains.resolvers.',
      seen: [],
    });
  });

  it('stay as they are where the disk takes no change', async () => {
    const domains = await open();
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'a file where the folder should be');
    expect(await domains.add('a.test')).toMatchObject({
      fault: 'state',
      detail: expect.stringContaining('state_dir'),
    });
    expect(domains.list()).toEqual([]);
    expect(events).toEqual([]);
    rmSync(folder);
    mkdirSync(folder);
    expect(await domains.add('a.test')).toMatchObject({ isNew: true });
  });
});
