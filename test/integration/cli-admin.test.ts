/** `penstock reload` and `penstock status` against a real admin server with a fake control behind it. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { runCli } from '../../src/cli/program.ts';
import type { Problem } from '../../src/kit/problem.ts';
import { createSecretMask } from '../../src/kit/secret-mask.ts';
import { type Admin, startAdmin } from '../../src/primary/admin/server.ts';
import {
  FAKE_LATENCY,
  type FakeControl,
  fakeControl,
  fakeResult,
  fakeStatus,
} from '../support/fake-control.ts';
import { freePort } from '../support/free-port.ts';

let folder = '';
const closing: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'penstock-cli-admin-'));
});

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  rmSync(folder, { recursive: true, force: true });
});

async function admin(control: FakeControl, token: string | null = null): Promise<Admin> {
  const server = await startAdmin({
    address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    token,
    control,
    log: pino({ level: 'silent' }),
    secrets: createSecretMask(),
  });
  closing.push(() => server.close());
  return server;
}

/** Something on a port that is no penstock. */
async function stranger(answer: string): Promise<string> {
  const server: Server = createServer((_, response) => response.end(answer));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function cli(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ status: number; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  const io: Io = {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    env,
    colour: false,
  };
  const status = await runCli(
    [...argv, ...(argv.includes('-c') ? [] : ['-c', join(folder, 'none.yaml')])],
    io,
  );
  return { status, stdout, stderr };
}

const problem: Problem = {
  code: 'UNKNOWN_KEY',
  path: 'routs',
  message: 'unknown key routs',
  origin: { file: 'p.yaml', line: 3, column: 1 },
  suggestion: 'routes',
  sourceLine: 'routs:',
};

describe('penstock reload', () => {
  it('ends with 0 and one line when the configuration was applied', async () => {
    const control = fakeControl();
    const { address } = await admin(control);
    const outcome = await cli(['reload', '--admin', address]);
    expect(outcome).toEqual({
      status: 0,
      stdout: 'applied: snapshot 8 serves (snapshot 8, 12 ms)\n',
      stderr: '',
    });
    expect(control.triggers).toEqual(['command']);
  });

  it('ends with 0 when there was nothing to change', async () => {
    const { address } = await admin(fakeControl({ result: fakeResult({ outcome: 'unchanged' }) }));
    expect(await cli(['reload', '--admin', address])).toMatchObject({ status: 0, stderr: '' });
  });

  it('ends with 2 and the problems when the configuration is wrong', async () => {
    const result = fakeResult({ outcome: 'rejected', problems: [problem], message: '1 problem' });
    const { address } = await admin(fakeControl({ result }));
    const { status, stdout, stderr } = await cli(['reload', '--admin', address]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe(
      'p.yaml:3:1 UNKNOWN_KEY unknown key routs\n  routs:\n  ^\n  did you mean "routes"?\n' +
        'rejected: 1 problem (snapshot 8, 12 ms)\n',
    );
  });

  it('ends with 1 when it failed', async () => {
    const { address } = await admin(
      fakeControl({ result: fakeResult({ outcome: 'failed', message: 'disk full' }) }),
    );
    const { status, stderr } = await cli(['reload', '--admin', address]);
    expect(status).toBe(1);
    expect(stderr).toContain('failed: disk full');
  });

  it('prints the whole result with --json, whatever the outcome', async () => {
    const result = fakeResult({ outcome: 'rejected', problems: [problem] });
    const { address } = await admin(fakeControl({ result }));
    const { status, stdout, stderr } = await cli(['reload', '--admin', address, '--json']);
    expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ ...result });
  });

  it('finds address and token in the configuration, also in one that is wrong', async () => {
    const control = fakeControl();
    const { address } = await admin(control, 'the-token');
    const config = join(folder, 'penstock.yaml');
    writeFileSync(config, `listen: { admin: "${address}" }\nadmin_token: the-token\nroutss: []\n`);
    expect(await cli(['reload', '-c', config])).toMatchObject({ status: 0 });
    expect(control.triggers).toEqual(['command']);
  });

  it('names the ways to give the token where it is missing or wrong', async () => {
    const { address } = await admin(fakeControl(), 'the-token');
    for (const token of [[], ['--token', 'wrong-token']]) {
      const { status, stderr } = await cli(['reload', '--admin', address, ...token]);
      expect(status).toBe(1);
      expect(stderr).toContain(
        'give --token, PENSTOCK_TOKEN or the right -c FILE (PENSTOCK_ADMIN_UNREACHABLE)',
      );
      expect(stderr).not.toContain('wrong-token');
    }
    const env = { PENSTOCK_TOKEN: 'the-token' };
    expect(await cli(['reload', '--admin', address], env)).toMatchObject({ status: 0 });
  });

  it('says that nothing listens there', async () => {
    const port = await freePort();
    const { status, stderr } = await cli(['reload', '--admin', `127.0.0.1:${port}`]);
    expect(status).toBe(1);
    expect(stderr).toBe(
      `error: cannot reach penstock at http://127.0.0.1:${port} (from --admin): nothing listens there; ` +
        'is penstock running? Name its address with --admin URL (PENSTOCK_ADMIN_UNREACHABLE)\n',
    );
  });

  it.each(['<html>', '{"hello":1}', 'null'])('does not take a stranger for penstock: %s', async (answer) => {
    const { status, stderr } = await cli(['reload', '--admin', await stranger(answer)]);
    expect(status).toBe(1);
    expect(stderr).toContain('PENSTOCK_ADMIN_UNREACHABLE');
  });
});

describe('penstock upstreams', () => {
  it('prints a table for people, and the very answer as JSON', async () => {
    const { address } = await admin(fakeControl());
    expect(await cli(['upstreams', '--admin', address])).toEqual({
      status: 0,
      stdout: [
        'SERVICE   BALANCE      ENDPOINT                 WEIGHT  ROLE    IN FLIGHT  HEALTH     LAST CHANGE',
        'api       round_robin  127.0.0.1:9001           1       serves  1          healthy',
        'api       round_robin  second (127.0.0.1:9002)  2       serves  2          unhealthy  2023-11-14T22:13:20Z its check fails: status 503, expected 200-399',
        'api-next  round_robin  (none: 503)',
        '',
      ].join('\n'),
      stderr: '',
    });
    const json = await cli(['upstreams', '--admin', address, '--json']);
    const answer = await (await fetch(`http://${address.replace(/^http:\/\//, '')}/v1/services`)).json();
    expect(JSON.parse(json.stdout)).toEqual(answer);
  });

  it.each(['<html>', '{"hello":1}', '[]'])('does not take a stranger for penstock: %s', async (answer) => {
    expect(await cli(['upstreams', '--admin', await stranger(answer)])).toMatchObject({
      status: 1,
      stdout: '',
    });
  });
});

describe('penstock status', () => {
  it('prints a page for people, and the very answer as JSON', async () => {
    const { address } = await admin(fakeControl());
    const text = await cli(['status', '--admin', address]);
    expect(text).toMatchObject({ status: 0, stderr: '' });
    expect(text.stdout).toContain('state          ready\n');
    expect(text.stdout).toContain('(all)    1205      1.25ms  9.50ms  90.0ms  900ms  30.0s\n');
    const json = await cli(['status', '--admin', address, '--json']);
    expect(JSON.parse(json.stdout)).toEqual({ ...fakeStatus(), latency: FAKE_LATENCY });
  });

  it.each(['<html>', '{"hello":1}', '[]'])('does not take a stranger for penstock: %s', async (answer) => {
    expect(await cli(['status', '--admin', await stranger(answer)])).toMatchObject({ status: 1, stdout: '' });
  });
});
