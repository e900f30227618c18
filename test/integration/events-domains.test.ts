/**
 * Events and domains as users meet them: one penstock after another with one state directory, its admin endpoints and commands, a receiver of webhooks
 * and a real DNS server. The tests build on each other in their order.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { openEventStream } from '../support/event-stream.ts';
import { expectApplied } from '../support/expect-applied.ts';
import { requireProgram } from '../support/programs.ts';
import { PENSTOCK_MAIN, type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { startTxtServer, type TxtServer } from '../support/txt-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
const JSON_FIELDS = { headers: { accept: 'application/json' } };

requireProgram('pebble-challtestsrv')('events and domains', () => {
  let stateDir = '';
  let dns: TxtServer;
  let receiver: WebhookReceiver;
  let penstock: RunningPenstock;
  let follower: ChildProcess | null = null;

  const config = (changes: object = {}): object => ({
    state_dir: stateDir,
    workers: 1,
    routes: [{ respond: { status: 200, body: 'first' } }],
    domains: { resolvers: [dns.address] },
    webhooks: [{ url: `${receiver.url}/hook?key=not-to-be-shown`, secret: SECRET }],
    ...changes,
  });
  const start = async (): Promise<void> => {
    penstock = await runPenstock({ config: config() });
  };
  const cli = async (...argv: string[]) => {
    let stdout = '';
    let stderr = '';
    const io = {
      stdout: (text: string) => {
        stdout += text;
      },
      stderr: (text: string) => {
        stderr += text;
      },
      env: {},
      colour: false,
    };
    const status = await runCli([...argv, '--admin', penstock.adminUrl, '-c', '/none.yaml'], io);
    return { status, stdout, stderr };
  };
  const post = (path: string, body?: object) =>
    penstock.admin(path, { method: 'POST', ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const typesSince = async (after: number): Promise<string[]> =>
    (await penstock.admin(`/v1/events?limit=100&after=${after}`)).json.events.map(
      ({ type }: { type: string }) => type,
    );

  beforeAll(async () => {
    stateDir = join(mkdtempSync(join(tmpdir(), 'penstock-state-')), 'state');
    [dns, receiver] = await Promise.all([startTxtServer(), startWebhookReceiver()]);
    await start();
  });
  afterAll(async () => {
    follower?.kill('SIGKILL');
    await penstock.stop();
    await receiver.close();
    rmSync(join(stateDir, '..'), { recursive: true });
  });

  it('begin with the configuration that was applied, in a page of JSON', async () => {
    // Nobody is told of an event before it is on the disk.
    const page = await waitFor(
      async () => {
        const answer = await penstock.admin('/v1/events', JSON_FIELDS);
        return answer.json.events.length > 0 ? answer : null;
      },
      { what: 'the first event' },
    );
    expect(page.json).toEqual({
      events: [
        {
          id: expect.any(Number),
          time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
          type: 'ConfigurationApplied',
          subject: penstock.configFile,
          data: { trigger: 'start', version: 1, digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
        },
      ],
      gap: null,
      next: page.json.events[0].id,
    });
    const head = await fetch(`${penstock.adminUrl}/v1/events`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ]);
  });

  it.each(['after=x', 'after=9007199254740993', 'limit=0', 'limit=1001', 'limit=', 'type=Nothing'])(
    'refuse ?%s',
    async (query) => {
      const { status, json } = await penstock.admin(`/v1/events?${query}`, JSON_FIELDS);
      expect(status).toBe(400);
      expect(json).toMatchObject({ type: 'about:blank', title: 'Bad Request' });
    },
  );

  it('stream, and go on behind the event that a client saw last', async () => {
    const url = `${penstock.adminUrl}/v1/events`;
    const stream = await openEventStream(`${url}?after=0`);
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    });
    const [first] = await stream.until(1);
    expect(first).toMatchObject({ event: 'ConfigurationApplied', data: { data: { trigger: 'start' } } });
    expect(first?.id).toBe(String(first?.data.id));
    penstock.writeConfig(
      config({ routes: [{ respond: {}, acess: { allow: ['10.0.0.0/8'] } }], admin_token: 5 }),
    );
    expect((await penstock.reload()).status).toBe(422);
    const rejected = (await stream.until(2))[1];
    expect(rejected).toMatchObject({
      event: 'ConfigurationRejected',
      data: { subject: penstock.configFile, data: { problemCount: 2 } },
    });
    expect(rejected?.data.data.problems[0]).toMatchObject({ code: 'UNKNOWN_KEY', file: penstock.configFile });
    stream.close();
    penstock.writeConfig(config({ routes: [{ respond: { status: 200, body: 'second' } }] }));
    expectApplied(await penstock.reload());
    // The field counts more than the query, which a client repeats.
    const resumed = await openEventStream(`${url}?after=0&type=ConfigurationApplied`, {
      'last-event-id': rejected?.id ?? '',
    });
    const [applied] = await resumed.until(1);
    expect(applied).toMatchObject({ event: 'ConfigurationApplied', data: { data: { version: 2 } } });
    resumed.close();
  });

  it('stream what comes from now on where nothing else is asked for, to some clients at a time', async () => {
    const streams = await Promise.all(
      Array.from({ length: 17 }, () => openEventStream(`${penstock.adminUrl}/v1/events?type=DomainAdded`)),
    );
    const open = streams.filter(({ status }) => status === 200);
    const refused = streams.filter(({ status }) => status === 503);
    // The server may not know yet that a stream of the test before has ended.
    expect(open.length).toBeLessThanOrEqual(16);
    expect(open.length + refused.length).toBe(17);
    expect(refused[0]?.headers['retry-after']).toBe('10');
    expect((await penstock.admin('/healthz')).status).toBe(200);
    await post('/v1/domains', { host: 'streamed.test' });
    const [added] = (await open[0]?.until(1)) ?? [];
    expect(added).toMatchObject({ event: 'DomainAdded', data: { subject: 'streamed.test' } });
    for (const stream of streams) stream.close();
    await penstock.admin('/v1/domains/streamed.test', { method: 'DELETE' });
    // All have left once there is room for another one.
    await waitFor(
      async () => {
        const stream = await openEventStream(`${penstock.adminUrl}/v1/events`);
        stream.close();
        return stream.status === 200;
      },
      { what: 'room for a stream' },
    );
  });

  it('are printed by the command, also as they come', async () => {
    const { stdout } = await cli('events', '--type', 'ConfigurationRejected');
    expect(stdout).toMatch(
      /^\S+Z {2}ConfigurationRejected {2}\S+penstock\.yaml: 2 problems \(by (api|file)\)\n {4}\S+:\d+ UNKNOWN_KEY /,
    );
    const lines = (await cli('events', '--json', '--after', '0')).stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).type)).toEqual(await typesSince(0));
    let followed = '';
    follower = spawn(process.execPath, [
      ...[PENSTOCK_MAIN, 'events', '--follow', '--limit', '1', '--json'],
      ...['--admin', penstock.adminUrl, '-c', '/none.yaml'],
    ]);
    follower.stdout?.setEncoding('utf8').on('data', (text: string) => {
      followed += text;
    });
    await waitFor(() => followed.includes('DomainRemoved'), { what: 'the last event' });
    await post('/v1/domains', { host: 'followed.test' });
    await waitFor(() => followed.includes('"followed.test"'), { what: 'the event that came' });
    expect(followed.trimEnd().split('\n')).toHaveLength(2);
  });

  it('domains: are added once, and asked for at a real name server', async () => {
    const name = '_penstock-challenge.shop.test';
    const added = await cli('domains', 'add', 'Shop.Test');
    const value = /"(penstock-verification=[\w-]{27})"/.exec(added.stdout)?.[1] ?? '';
    expect(added).toEqual({
      status: 0,
      stdout: `create this DNS record, then run: penstock domains verify shop.test\n\n  ${name}.  TXT  "${value}"\n`,
      stderr: '',
    });
    const again = await post('/v1/domains', { host: '*.shop.test.' });
    expect(again).toMatchObject({
      status: 200,
      json: { host: 'shop.test', record: { name, type: 'TXT', value } },
    });

    expect(await post('/v1/domains/shop.test/verify')).toMatchObject({
      status: 422,
      json: { title: 'Unprocessable Content', code: 'not_found', seen: [] },
    });
    await dns.add(name, 'penstock-verification=of-somebody-else');
    expect(await post('/v1/domains/shop.test/verify')).toMatchObject({
      status: 422,
      json: { code: 'wrong_value', seen: ['penstock-verification=of-somebody-else'] },
    });
    const failed = await cli('domains', 'verify', 'shop.test');
    expect(failed).toMatchObject({ status: 1, stdout: '' });
    expect(failed.stderr).toContain(
      `The TXT records at ${name} have other values. Add one with the value ${value}`,
    );

    await dns.add(name, value);
    const { status, stdout } = await cli('domains', 'verify', 'shop.test');
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^shop\.test is verified, since \d{4}-/),
    });
    // Verified is verified, whatever becomes of the record.
    await dns.clear(name);
    expect(await post('/v1/domains/shop.test/verify')).toMatchObject({
      status: 200,
      json: { verified: true },
    });

    await post('/v1/domains', { host: 'broken.test' });
    await dns.fail('_penstock-challenge.broken.test');
    const broken = await post('/v1/domains/broken.test/verify');
    expect(broken).toMatchObject({ status: 502, json: { code: 'dns_failure' } });
    expect(broken.json.detail).toContain('(SERVFAIL)');
  });

  it('domains: tell what is wrong with a request', async () => {
    const answers = await Promise.all([
      post('/v1/domains', { host: 'no host' }),
      post('/v1/domains', { host: '192.0.2.1' }),
      post('/v1/domains', { name: 'x.test' }),
      penstock.admin('/v1/domains/unknown.test'),
      post('/v1/domains/unknown.test/verify'),
      penstock.admin('/v1/domains/unknown.test', { method: 'DELETE' }),
      penstock.admin('/v1/domains/%zz'),
      penstock.admin('/v1/domains/shop.test/verify'),
      penstock.admin('/v1/domains', { method: 'DELETE' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 404, 404, 404, 400, 405, 405]);
    for (const { json } of answers) expect(json.type).toBe('about:blank');
  });

  it('both survive a restart, and webhooks go on', async () => {
    const before = (await penstock.admin('/v1/events', JSON_FIELDS)).json.next;
    await waitFor(() => receiver.requests.some(({ event }) => event.id === before), {
      what: 'the last event',
    });
    const { port } = receiver;
    await receiver.close();
    await post('/v1/domains', { host: 'meanwhile.test' });
    await waitFor(() => penstock.stderr().includes('is tried again'), { what: 'an attempt that fails' });
    expect((await penstock.stop()).code).toBe(0);
    await start();
    expect(await typesSince(before)).toEqual(['DomainAdded', 'ConfigurationApplied']);
    const list = await cli('domains', 'list');
    expect(list.stdout.split('\n').map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual([
      ['HOST', 'STATE'],
      ['broken.test', 'pending'],
      ['followed.test', 'pending'],
      ['meanwhile.test', 'pending'],
      ['shop.test', 'verified'],
      [''],
    ]);
    receiver = await startWebhookReceiver(port);
    await waitFor(() => receiver.taken.length >= 2, { what: 'the events that were missed' });
    expect(receiver.requests.map(({ event }) => event.type)).toEqual(['DomainAdded', 'ConfigurationApplied']);
    const { stdout } = await cli('domains', 'remove', 'shop.test');
    expect(stdout).toContain('shop.test is removed');
    await waitFor(() => receiver.requests.at(-1)?.event.data.wasVerified === true, { what: 'its event' });
  });

  it('tell no secret, and let nobody else read what they keep', () => {
    const files = readdirSync(stateDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    expect(files.filter((file) => /events|domains/.test(file)).length).toBeGreaterThan(4);
    for (const file of files) {
      expect(statSync(file).mode & 0o777, file).toBe(0o600);
      if (/events|domains/.test(file))
        expect(readFileSync(file, 'utf8'), file).not.toMatch(/whsec_|not-to-be-shown/);
    }
    expect(penstock.stderr()).not.toMatch(/whsec_|not-to-be-shown/);
  });
});
