import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSecretMask, type SecretMask } from '../../../../src/kit/secret-mask.ts';
import type { EventPage } from '../../../../src/primary/event.ts';
import { EventLog, type EventLogOptions } from '../../../../src/primary/events/event-log.ts';
import { waitFor } from '../../../support/wait-for.ts';

let folder = '';
let nowMs = 1_700_000_000_000;
let logged: string[] = [];
let secrets: SecretMask = createSecretMask();
const open: EventLog[] = [];

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'penstock-events-')), 'events');
  nowMs = 1_700_000_000_000;
  logged = [];
  secrets = createSecretMask();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((log) => log.close()));
  rmSync(join(folder, '..'), { recursive: true });
});

function start(bounds: EventLogOptions['bounds'] = {}): EventLog {
  const log = new EventLog({
    folder,
    clock: { epochMs: () => nowMs, nowMs: () => nowMs },
    log: pino({ level: 'info' }, { write: (line) => void logged.push(line) }),
    secrets,
    bounds,
  });
  open.push(log);
  return log;
}

const added = (subject: string) =>
  ({ type: 'DomainAdded', subject, data: { record: `_penstock-challenge.${subject}` } }) as const;

/** Emits one event for each subject and waits until they can be read. */
async function emit(log: EventLog, ...subjects: readonly string[]): Promise<void> {
  let told = false;
  for (const subject of subjects) log.emit(added(subject));
  const unsubscribe = log.subscribe(() => {
    told = true;
  });
  await waitFor(async () => told && (await subjectsOf(log)).includes(subjects.at(-1) ?? ''), {
    what: 'the events to settle',
  });
  unsubscribe();
}

const parsed = ({ lines }: EventPage): { id: number; subject: string; time: string; data: unknown }[] =>
  lines.map(({ json }) => JSON.parse(json));
const ALL = { types: null, limit: 100_000 };

/** Page by page, to the end. */
async function subjectsOf(log: EventLog, after = 0, limit = 100_000): Promise<string[]> {
  const subjects: string[] = [];
  let cursor = after;
  for (;;) {
    const page = await log.read({ types: null, limit, after: cursor });
    subjects.push(...parsed(page).map(({ subject }) => subject));
    if (page.cursor <= cursor) return subjects;
    cursor = page.cursor;
  }
}

const files = (): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));

describe('event-log', () => {
  it('keeps lines of JSON in a file that only its owner reads, with ids that are times or more', async () => {
    const log = start();
    await emit(log, 'a.test', 'b.test');
    nowMs += 50;
    await emit(log, 'c.test');
    const lines = readFileSync(join(folder, '0.jsonl'), 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { id: nowMs - 50, time: '2023-11-14T22:13:20.000Z', ...added('a.test') },
      { id: nowMs - 49, time: '2023-11-14T22:13:20.000Z', ...added('b.test') },
      { id: nowMs, time: '2023-11-14T22:13:20.050Z', ...added('c.test') },
    ]);
    expect(statSync(join(folder, '0.jsonl')).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(log.lastId).toBe(nowMs);
  });

  it('goes on behind a restart, with greater ids also where the clock went back', async () => {
    await emit(start(), 'a.test');
    nowMs -= 10_000;
    const log = start();
    expect(await subjectsOf(log)).toEqual(['a.test']);
    await emit(log, 'b.test');
    const [first, second] = parsed(await log.read({ ...ALL, after: 0 }));
    expect(second?.id).toBe((first?.id ?? 0) + 1);
    expect(parsed(await log.read({ ...ALL, after: first?.id ?? 0 })).map(({ subject }) => subject)).toEqual([
      'b.test',
    ]);
  });

  it.each([
    ['half a line', '{"id":1700000000009,"ti'],
    ['zeros', '\0'.repeat(4096)],
    ['zeros with line ends', `\0\0\n\0\0\n`],
    ['a line that is no event', '[]\n'],
  ])('sets %s at the end aside and goes on before it', async (_, rest) => {
    const log = start();
    await emit(log, 'a.test');
    await log.close();
    const whole = readFileSync(join(folder, '0.jsonl'), 'utf8');
    appendFileSync(join(folder, '0.jsonl'), rest);
    const again = start();
    expect(logged.join('')).toContain('an event that a crash left unfinished was set aside');
    expect(readFileSync(join(folder, '0.jsonl.torn'), 'utf8')).toBe(rest);
    expect(readFileSync(join(folder, '0.jsonl'), 'utf8')).toBe(whole);
    await emit(again, 'b.test');
    expect(await subjectsOf(again)).toEqual(['a.test', 'b.test']);
  });

  it('passes over what was damaged in the middle', async () => {
    const log = start();
    await emit(log, 'a.test', 'b.test', 'c.test');
    await log.close();
    const file = join(folder, '0.jsonl');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^(.*\n).*\n/, '$1{"id":\n'));
    expect(await subjectsOf(start())).toEqual(['a.test', 'c.test']);
  });

  it('begins new files and drops the oldest; whoever asks for what was dropped is told', async () => {
    const log = start({ fileBytes: 600, maxFiles: 3, recentEvents: 2 });
    const subjects = Array.from({ length: 40 }, (_, index) => `host-${index}.test`);
    for (const subject of subjects) await emit(log, subject);
    const names = files();
    expect(names).toHaveLength(3);
    for (const name of names) expect(statSync(join(folder, name)).size).toBeLessThan(900);
    const keptAfter = Number.parseInt(names[0] ?? '', 10);
    const kept = subjects.filter((_, index) => 1_700_000_000_000 + index > keptAfter);
    expect(kept.length).toBeGreaterThan(5);
    expect(await subjectsOf(log)).toEqual(kept);
    expect(await subjectsOf(log, 0, 3)).toEqual(kept);
    // From the beginning is no gap, from a known place is one.
    expect((await log.read({ ...ALL, after: 0 })).gap).toBeNull();
    const after = 1_700_000_000_001;
    expect((await log.read({ ...ALL, after })).gap).toEqual({ after, keptAfter });
    expect((await log.read({ ...ALL, after: keptAfter })).gap).toBeNull();
    expect(await subjectsOf(start({ recentEvents: 2 }))).toEqual(kept);
    // What was set aside goes with its file.
    const [oldest = ''] = names;
    writeFileSync(join(folder, `${oldest}.torn`), '');
    for (let count = 0; count < 9; count++) await emit(log, `more-${count}.test`);
    expect(readdirSync(folder)).not.toContain(oldest);
    expect(readdirSync(folder)).not.toContain(`${oldest}.torn`);
  });

  it('gives the newest, in memory or not, oldest of them first', async () => {
    const log = start({ recentEvents: 2, fileBytes: 300 });
    for (const subject of ['a.test', 'b.test', 'c.test', 'd.test']) await emit(log, subject);
    const newest = async (limit: number) =>
      parsed(await log.newest({ types: null, limit })).map(({ subject }) => subject);
    expect(await newest(1)).toEqual(['d.test']);
    expect(await newest(3)).toEqual(['b.test', 'c.test', 'd.test']);
    expect(await newest(10)).toEqual(['a.test', 'b.test', 'c.test', 'd.test']);
    expect((await log.newest({ types: null, limit: 1 })).cursor).toBe(log.lastId);
  });

  it('filters by type, and tells how far it looked', async () => {
    const log = start();
    log.emit({ type: 'DomainRemoved', subject: 'gone.test', data: { wasVerified: false } });
    await emit(log, 'a.test', 'b.test');
    const page = await log.read({ types: new Set(['DomainRemoved']), limit: 100, after: 0 });
    expect(parsed(page).map(({ subject }) => subject)).toEqual(['gone.test']);
    expect(page.cursor).toBe(log.lastId);
    const newest = await log.newest({ types: new Set(['DomainRemoved']), limit: 1 });
    expect(parsed(newest).map(({ subject }) => subject)).toEqual(['gone.test']);
  });

  it('masks secrets, also those that became known afterwards, and leaves out data that is too large', async () => {
    secrets.set(['hunter2-hunter2']);
    const log = start();
    await emit(log, 'hunter2-hunter2.later-secret.test'.replace('hunter2-hunter2', 'x'));
    log.emit({
      type: 'ConfigurationFailed',
      subject: 'f',
      data: { trigger: 'api', message: 'no hunter2-hunter2' },
    });
    log.emit({
      type: 'ConfigurationFailed',
      subject: 'f',
      data: { trigger: 'api', message: 'x'.repeat(70_000) },
    });
    await emit(log, 'last.test');
    const text = readFileSync(join(folder, '0.jsonl'), 'utf8');
    expect(text).toContain('no [secret]');
    expect(text).not.toContain('hunter2');
    expect(text).toContain('"data":{"omitted":true}');
    secrets.set(['later-secret']);
    const page = await log.read({ ...ALL, after: 0 });
    expect(page.lines[0]?.json).toContain('x.[secret].test');
  });

  it('goes on behind what a write left that failed in the middle', async () => {
    const log = start({ retryMs: 20 });
    await emit(log, 'a.test');
    await log.close();
    const again = start({ retryMs: 20 });
    // A full disk: what is written to it fails.
    const file = join(folder, '0.jsonl');
    renameSync(file, `${file}.kept`);
    symlinkSync('/dev/full', file);
    await emit(again, 'b.test');
    expect(logged.join('')).toContain('events cannot be written (ENOSPC');
    renameSync(`${file}.kept`, file);
    appendFileSync(file, '{"id":1700000000001,"ti');
    await waitFor(() => logged.join('').includes('events are written again'), {
      what: 'the event to be written',
    });
    expect(await subjectsOf(start())).toEqual(['a.test', 'b.test']);
  });

  it('may be written by two at once', async () => {
    const ending = start();
    await emit(ending, 'a.test');
    const beginning = start();
    await emit(ending, 'b.test');
    nowMs += 1_000;
    await emit(beginning, 'c.test');
    nowMs += 1_000;
    await emit(ending, 'd.test');
    expect(await subjectsOf(start())).toEqual(['a.test', 'b.test', 'c.test', 'd.test']);
    expect(logged).toEqual([]);
  });

  it('keeps what it is read by, whatever is a secret', async () => {
    secrets.set(['type', 'Domain', '2023']);
    await emit(start(), 'a.test');
    secrets.set([]);
    expect(parsed(await start().read({ ...ALL, after: 0 }))).toMatchObject([
      { type: 'DomainAdded', subject: 'a.test' },
    ]);
  });

  it('keeps events in memory where the disk takes none, and writes them once it does', async () => {
    writeFileSync(folder, 'a file where the folder should be');
    const log = start({ retryMs: 20, recentEvents: 3 });
    await emit(log, 'a.test', 'b.test');
    expect(await subjectsOf(log)).toEqual(['a.test', 'b.test']);
    await emit(log, 'c.test', 'd.test');
    expect(await subjectsOf(log)).toEqual(['b.test', 'c.test', 'd.test']);
    // What was dropped without having been written is told, too.
    expect((await log.read({ ...ALL, after: 1_699_999_999_999 })).gap).toMatchObject({
      after: 1_699_999_999_999,
    });
    expect(logged.filter((line) => line.includes('events cannot be written'))).toHaveLength(1);
    rmSync(folder);
    await waitFor(() => logged.join('').includes('events are written again; 1 of them were dropped before'), {
      what: 'the events to be written',
    });
    expect(await subjectsOf(start())).toEqual(['b.test', 'c.test', 'd.test']);
  });

  it('ends in time where the folder cannot be used', async () => {
    rmSync(folder, { recursive: true, force: true });
    writeFileSync(folder, '');
    chmodSync(folder, 0o400);
    const log = start();
    log.emit(added('a.test'));
    await log.close();
    expect(logged.join('')).toContain('make room on the disk');
  });
});
