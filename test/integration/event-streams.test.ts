/** Streams of events over real sockets: what becomes of a client that does not read, of a follower whose penstock restarts, and of a token that changes. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { createSecretMask } from '../../src/kit/secret-mask.ts';
import { type Admin, startAdmin } from '../../src/primary/admin/server.ts';
import { Streams } from '../../src/primary/admin/streams.ts';
import { EventLog } from '../../src/primary/events/event-log.ts';
import { openEventStream } from '../support/event-stream.ts';
import { fakeControl } from '../support/fake-control.ts';
import { freePort } from '../support/free-port.ts';
import { PENSTOCK_MAIN } from '../support/run-penstock.ts';
import { waitFor, within } from '../support/wait-for.ts';

let folder = '';
let events: EventLog;
let follower: ChildProcess | null = null;
const closing: (() => unknown)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'penstock-streams-'));
  events = new EventLog({
    folder,
    clock: systemClock,
    log: pino({ level: 'silent' }),
    secrets: createSecretMask(),
  });
});
afterEach(async () => {
  follower?.kill('SIGKILL');
  follower = null;
  await Promise.all(closing.splice(0).map((close) => close()));
  await events.close();
  rmSync(folder, { recursive: true });
});

const emit = (subject: string): void =>
  events.emit({ type: 'DomainAdded', subject, data: { record: `_penstock-challenge.${subject}` } });

async function open(port = 0, token: string | null = null): Promise<Admin> {
  const admin = await startAdmin({
    address: { kind: 'tcp', host: '127.0.0.1', port },
    token,
    control: fakeControl({ events }),
    log: pino({ level: 'silent' }),
    secrets: createSecretMask(),
  });
  closing.push(() => admin.close());
  return admin;
}

describe('streams of events', () => {
  it('cut a client that does not read, whose memory is bounded meanwhile', async () => {
    const streams = new Streams(200);
    let sent = 0;
    const outcome = new Promise<boolean>((resolve) => {
      const server = createServer((_, response) => {
        const run = async (out: { send(text: string): Promise<boolean> }): Promise<void> => {
          while (await out.send('x'.repeat(64 * 1024))) sent++;
          resolve(response.destroyed);
        };
        streams.begin({ headers: {}, run }, response);
      });
      server.listen(0, '127.0.0.1', () => {
        const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
        socket.pause();
        socket.on('error', () => {});
        socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
        closing.push(() => {
          socket.destroy();
          server.close();
        });
      });
    });
    expect(await within(outcome, { what: 'the client to be cut' })).toBe(true);
    // What the kernel takes, and one piece more.
    expect(sent).toBeLessThan(400);
  });

  it('give a reader everything in its order, page by page', async () => {
    const admin = await open();
    for (let count = 0; count < 350; count++) emit(`host-${count}.test`);
    const stream = await openEventStream(`http://${admin.address}/v1/events?after=1`);
    const got = await stream.until(350);
    expect(got.map(({ data }) => data.subject)).toEqual(
      Array.from({ length: 350 }, (_, count) => `host-${count}.test`),
    );
    expect(stream.text()).toMatch(/^retry: 2000\n/);
    stream.close();
  });

  it('tell of a gap first, with an id to go on from', async () => {
    await events.close();
    events = new EventLog({
      folder,
      clock: systemClock,
      log: pino({ level: 'silent' }),
      secrets: createSecretMask(),
      bounds: { fileBytes: 200, maxFiles: 2, recentEvents: 1 },
    });
    const admin = await open();
    for (let count = 0; count < 10; count++) {
      const before = events.lastId;
      emit(`host-${count}.test`);
      await waitFor(() => events.lastId > before, { what: 'the event to settle' });
    }
    const stream = await openEventStream(`http://${admin.address}/v1/events`, { 'last-event-id': '5' });
    const [gap, first] = await stream.until(2);
    expect(gap).toEqual({
      id: String(gap?.data.keptAfter),
      event: 'gap',
      data: { after: 5, keptAfter: expect.any(Number) },
    });
    expect(Number(first?.id)).toBeGreaterThan(Number(gap?.id));
    const page = await fetch(`http://${admin.address}/v1/events?limit=100&after=5`);
    expect(await page.json()).toMatchObject({ gap: gap?.data });
    stream.close();
  });

  it('end when the token changes, and with the server', async () => {
    const admin = await open(0, 'first-token');
    const url = `http://${admin.address}/v1/events`;
    expect((await openEventStream(url)).status).toBe(401);
    const stream = await openEventStream(url, { authorization: 'Bearer first-token' });
    admin.setToken('first-token');
    emit('a.test');
    await stream.until(1);
    admin.setToken('second-token');
    await within(stream.ended, { what: 'the stream to end' });
    const second = await openEventStream(url, { authorization: 'Bearer second-token' });
    await admin.close();
    await within(second.ended, { what: 'the stream to end with the server', timeoutMs: 800 });
  });

  it('are resumed by penstock events --follow', async () => {
    const port = await freePort();
    const admin = await open(port);
    let stdout = '';
    let stderr = '';
    follower = spawn(process.execPath, [
      ...[PENSTOCK_MAIN, 'events', '--follow'],
      ...['--admin', `127.0.0.1:${port}`, '-c', '/none.yaml'],
    ]);
    follower.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    follower.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    emit('a.test');
    await waitFor(() => stdout.includes('a.test'), { what: 'the first event' });
    await admin.close();
    await waitFor(() => stderr.includes('the connection is lost and tried again'), { what: 'the end' });
    emit('b.test');
    await open(port);
    await waitFor(() => stdout.includes('b.test'), { what: 'the event that was missed' });
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(stderr).toContain('connected again');
  });

  it('are not begun by penstock events --follow where nothing listens', async () => {
    const port = await freePort();
    let stderr = '';
    const io = {
      stdout: () => {},
      stderr: (text: string) => {
        stderr += text;
      },
      env: {},
      colour: false,
    };
    expect(await runCli(['events', '--follow', '--admin', `127.0.0.1:${port}`, '-c', '/none.yaml'], io)).toBe(
      1,
    );
    expect(stderr).toContain('nothing listens there');
  });
});
