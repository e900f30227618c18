/** Webhooks between a real log of events and real receivers, with waits of milliseconds instead of minutes. */

import { createHmac } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/kit/clock.ts';
import { createSecretMask } from '../../src/kit/secret-mask.ts';
import type { WebhookDraft } from '../../src/primary/draft.ts';
import { EventLog } from '../../src/primary/events/event-log.ts';
import { Webhooks } from '../../src/primary/events/webhooks.ts';
import { makeCertificate } from '../support/cert-maker.ts';
import { waitFor } from '../support/wait-for.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const HOUR_MS = 3_600_000;
const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

let folder = '';
let logged: string[] = [];
/** Added to the time. */
let laterMs = 0;
let events: EventLog;
let webhooks: Webhooks;
let receiver: WebhookReceiver;
const closing: (() => unknown)[] = [];

const clock: Clock = { epochMs: () => Date.now() + laterMs, nowMs: () => performance.now() };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'penstock-webhooks-'));
  logged = [];
  laterMs = 0;
  receiver = await startWebhookReceiver();
  open();
});
afterEach(async () => {
  await shut();
  await receiver.close();
  await Promise.all(closing.splice(0).map((close) => close()));
  rmSync(folder, { recursive: true });
});

/** As a start of penstock does. */
function open(): void {
  const log = pino({ level: 'info' }, { write: (line) => void logged.push(line) });
  events = new EventLog({ folder, clock, log, secrets: createSecretMask() });
  webhooks = new Webhooks({
    folder: join(folder, 'webhooks'),
    feed: events,
    clock,
    random: () => 0.5,
    log,
    times: { firstMs: 20, longestMs: 100, giveUpMs: 24 * HOUR_MS },
  });
}

async function shut(): Promise<void> {
  webhooks.close();
  await events.close();
}

function emit(...subjects: readonly string[]): void {
  for (const subject of subjects) events.emit({ type: 'DomainAdded', subject, data: { record: 'r' } });
}

const draft = (changes: Partial<WebhookDraft> = {}): WebhookDraft => ({
  url: `${receiver.url}/hook`,
  events: null,
  secrets: [SECRET],
  headers: [],
  timeoutMs: 2_000,
  ...changes,
});

const taken = (...subjects: readonly string[]): Promise<unknown> =>
  waitFor(() => receiver.taken.length >= subjects.length, { what: `the events ${subjects}` }).then(() =>
    expect(receiver.taken).toEqual(subjects),
  );

const told = (words: string): Promise<unknown> =>
  waitFor(() => logged.some((line) => line.includes(words)), { what: `the log to say "${words}"` });

describe('webhooks', () => {
  it('post each event signed as Standard Webhooks has it, from the first configuration on', async () => {
    emit('before.test');
    await waitFor(() => events.lastId > 0, { what: 'the event to settle' });
    webhooks.adopt([
      draft({
        secrets: [SECRET, `whsec_${Buffer.alloc(32, 9).toString('base64')}`],
        headers: [{ name: 'X-Team', value: 'ops' }],
      }),
    ]);
    emit('a.test');
    await taken('a.test');
    const [request] = receiver.requests;
    const { headers, body } = request!;
    expect(JSON.parse(body)).toEqual({
      type: 'DomainAdded',
      timestamp: new Date(events.lastId).toISOString(),
      id: events.lastId,
      subject: 'a.test',
      data: { record: 'r' },
    });
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': expect.stringMatching(/^penstock\/\d/),
      'webhook-id': expect.stringMatching(new RegExp(`^msg_[0-9a-f]{16}_${events.lastId}$`)),
      'x-team': 'ops',
    });
    expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(5);
    const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const sign = (key: Buffer): string => `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
    expect(headers['webhook-signature']).toBe(`${sign(Buffer.alloc(24, 7))} ${sign(Buffer.alloc(32, 9))}`);
  });

  it('keep the order through failures, and the id of each message', async () => {
    let failures = 3;
    receiver.answer = () => ({ status: failures-- > 0 ? 503 : 200 });
    webhooks.adopt([draft()]);
    emit('a.test', 'b.test', 'c.test');
    await taken('a.test', 'b.test', 'c.test');
    expect(receiver.requests.map(({ event }) => event.subject)).toEqual([
      ...Array(4).fill('a.test'),
      'b.test',
      'c.test',
    ]);
    expect(new Set(receiver.requests.slice(0, 4).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(logged.filter((line) => line.includes('is tried again'))).toHaveLength(1);
    expect(logged.join('')).toContain('the receiver answered 503');
    await told('the receiver takes events again');
  });

  it('wait as long as Retry-After says', async () => {
    receiver.answer = () =>
      receiver.requests.length === 1 ? { status: 429, headers: { 'retry-after': '1' } } : { status: 200 };
    webhooks.adopt([draft()]);
    emit('a.test');
    await taken('a.test');
    const [first, second] = receiver.requests;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThan(990);
  });

  it('try again where a receiver is slow, refuses, or redirects, which is not followed', async () => {
    const target = await startWebhookReceiver();
    closing.push(target.close);
    receiver.answer = () => {
      const count = receiver.requests.length;
      if (count === 1) return null;
      return count === 2 ? { status: 307, headers: { location: target.url } } : { status: 200 };
    };
    webhooks.adopt([draft({ timeoutMs: 150 })]);
    emit('a.test');
    await taken('a.test');
    expect(receiver.requests).toHaveLength(3);
    expect(target.requests).toHaveLength(0);
    expect(logged.join('')).toContain('no answer within 0.15 s');
  });

  it('go on behind a restart where they stood, with what happened meanwhile', async () => {
    webhooks.adopt([draft()]);
    emit('a.test');
    await taken('a.test');
    const { port } = receiver;
    await receiver.close();
    emit('b.test');
    await told('is tried again');
    await shut();
    open();
    emit('c.test');
    await waitFor(() => events.lastId > 0, { what: 'the event to settle' });
    webhooks.adopt([draft()]);
    receiver = await startWebhookReceiver(port);
    await taken('b.test', 'c.test');
    const [name = ''] = readdirSync(join(folder, 'webhooks'));
    expect(name).toMatch(/^[0-9a-f]{16}\.json$/);
    expect(statSync(join(folder, 'webhooks', name)).mode & 0o777).toBe(0o600);
  });

  it('give an event up after a day of failures, say so, and go on with the next', async () => {
    receiver.answer = () => ({ status: 500 });
    webhooks.adopt([draft()]);
    emit('a.test', 'b.test');
    await told('is tried again');
    laterMs = 23 * HOUR_MS;
    emit('c.test');
    const before = receiver.requests.length;
    await waitFor(() => receiver.requests.length > before + 2, { what: 'more attempts' });
    expect(new Set(receiver.requests.map(({ event }) => event.subject))).toEqual(new Set(['a.test']));
    laterMs = 24 * HOUR_MS + 60_000;
    await told('the receiver has failed for 24 hours, events given up: ');
    receiver.answer = () => ({ status: 200 });
    await taken('c.test');
    const counts = logged.map((line) => Number(/events given up: (\d)/.exec(line)?.[1] ?? 0));
    expect(counts.reduce((sum, count) => sum + count)).toBe(2);
  });

  it('stop at 410, until the entry changes', async () => {
    receiver.answer = () => ({ status: 410 });
    webhooks.adopt([draft()]);
    emit('a.test', 'b.test');
    await told('answered 410 (gone)');
    receiver.answer = () => ({ status: 200 });
    webhooks.adopt([draft()]);
    webhooks.adopt([draft({ timeoutMs: 1_000 })]);
    await taken('a.test', 'b.test');
    expect(receiver.requests).toHaveLength(3);
  });

  it('send only the types that are asked for, each receiver by itself', async () => {
    const other = await startWebhookReceiver();
    closing.push(other.close);
    receiver.answer = () => ({ status: 500 });
    webhooks.adopt([draft(), draft({ url: other.url, events: ['DomainRemoved'] })]);
    emit('a.test');
    events.emit({ type: 'DomainRemoved', subject: 'b.test', data: { wasVerified: false } });
    await waitFor(() => other.taken.length > 0, { what: 'the other receiver' });
    expect(other.taken).toEqual(['b.test']);
  });

  it('forget one that is removed, and begin from now on with a position that is damaged', async () => {
    webhooks.adopt([draft()]);
    emit('a.test');
    await taken('a.test');
    webhooks.adopt([]);
    expect(readdirSync(join(folder, 'webhooks'))).toEqual([]);
    emit('b.test');
    await waitFor(async () => (await events.newest({ types: null, limit: 9 })).lines.length === 2, {
      what: 'the event to settle',
    });
    webhooks.adopt([draft()]);
    const [name = ''] = readdirSync(join(folder, 'webhooks'));
    await shut();
    writeFileSync(join(folder, 'webhooks', name), '{"after":');
    open();
    webhooks.adopt([draft()]);
    expect(logged.join('')).toContain('its position cannot be read, it begins with the events from now on');
    emit('c.test');
    await taken('a.test', 'c.test');
  });

  it('check the certificate of a receiver, and tell nothing of its URL but the origin', async () => {
    const { certPem, keyPem } = await makeCertificate({ hosts: ['localhost'] });
    const server = createTlsServer({ cert: certPem, key: keyPem }, (_, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo;
    const url = `https://mallory:pass-word@localhost:${port}/services/T00-secret-path?key=secret-query`;
    webhooks.adopt([draft({ url })]);
    emit('a.test');
    await told('is tried again');
    const text = logged.join('');
    expect(text).toMatch(/self.signed certificate/);
    expect(text).toContain(`webhooks[0] (https://localhost:${port})`);
    expect(text).not.toMatch(/mallory|pass-word|secret/);
    const positions = readdirSync(join(folder, 'webhooks')).map((name) =>
      readFileSync(join(folder, 'webhooks', name), 'utf8'),
    );
    expect(positions.join('')).not.toMatch(/mallory|pass-word|secret/);
  });
});
