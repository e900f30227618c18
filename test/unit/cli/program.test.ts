import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Io } from '../../../src/cli/io.ts';
import { runCli } from '../../../src/cli/program.ts';

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function cli(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
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
  const status = await runCli(argv, io);
  return { status, stdout, stderr };
}

const COMMANDS = [
  ...[
    'run',
    'check',
    'routes',
    'explain',
    'init',
    'reload',
    'upgrade',
    'status',
    'upstreams',
    'certs',
    'domains',
    'events',
    'version',
  ],
];
const BELOW = [
  ...['certs list', 'certs status', 'certs renew'],
  ...['domains add', 'domains verify', 'domains list', 'domains remove'],
];
const WITH_JSON = [
  ...['check', 'routes', 'explain', 'reload', 'upgrade', 'status', 'upstreams', 'events', 'version'],
  ...BELOW,
];

describe('program', () => {
  it('lists every command in its help', async () => {
    const { status, stdout } = await cli(['--help']);
    expect(status).toBe(0);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
  });

  it.each([...COMMANDS, ...BELOW])('%s has help with an example', async (command) => {
    const { status, stdout, stderr } = await cli([...command.split(' '), '--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`Usage: penstock ${command}`);
    expect(stdout).toMatch(/Example:\n {2}penstock /);
    expect(stdout.includes('--json')).toBe(WITH_JSON.includes(command));
  });

  it('answers a bare call with its help, as a wrong usage', async () => {
    const { status, stdout, stderr } = await cli([]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('Usage: penstock');
  });

  it.each([
    [['chek'], "unknown command 'chek'", 'Did you mean check?'],
    [['check', '--jsn'], "unknown option '--jsn'", 'Did you mean --json?'],
    [['run', '--supervised'], "unknown option '--supervised'", 'Did you mean --supervise?'],
    [['check', '-c'], "option '-c, --config <file>' argument missing", '--help'],
    [['explain'], "missing required argument 'url'", '--help'],
    [['version', 'extra'], 'too many arguments', '--help'],
    [['domains', 'verfy'], "unknown command 'verfy'", 'Did you mean verify?'],
    [['domains', 'add'], "missing required argument 'host'", 'penstock domains add --help'],
    [
      ['events', '--type', 'DomainAded'],
      "option '--type <type>' argument 'DomainAded' is invalid",
      'did you mean DomainAdded?',
    ],
    [
      ['events', '--limit', '0x10'],
      "option '--limit <count>' argument '0x10' is invalid",
      'it must be a whole number from 1 to 1000',
    ],
    [['events', '--limit', '0'], "option '--limit <count>' argument '0' is invalid", 'from 1 to 1000'],
    [['certs', 'status'], "missing required argument 'host'", 'penstock certs status --help'],
    [['certs', 'a.example.com'], 'too many arguments', 'penstock certs list --help'],
  ])('rejects %j with status 2 and the nearest name', async (argv, message, hint) => {
    const { status, stdout, stderr } = await cli(argv);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`error: ${message}`);
    expect(stderr).toContain(hint);
  });

  it('prints the version in three ways', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const line = `penstock ${version} (node ${process.version}, ${process.platform} ${process.arch})\n`;
    expect(await cli(['version'])).toEqual({ status: 0, stdout: line, stderr: '' });
    expect(await cli(['--version'])).toEqual({ status: 0, stdout: line, stderr: '' });
    const { stdout } = await cli(['version', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      version,
      node: process.version,
      platform: process.platform,
      arch: process.arch,
      singleBinary: false,
    });
  });

  it.each([
    [403, { detail: 'This origin is refused.' }, 'refuses (status 403): This origin is refused.'],
    [200, { certificates: [] }, 'did not answer as penstock does (status 200)'],
    [200, 'hello', 'what answers there (status 200) is not a penstock'],
  ])('tells what listens there instead of an answer: status %i', async (status, body, words) => {
    const server = createServer((_, response) => {
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const admin = ['--admin', `http://127.0.0.1:${port}`, '--token', 'none'];
    for (const argv of [
      ['certs', '--json'],
      ['certs', 'status', 'a.test'],
      ['events', '--after', '0'],
    ]) {
      const { stderr, ...rest } = await cli([...argv, ...admin]);
      expect(rest).toEqual({ status: 1, stdout: '' });
      expect(stderr).toContain(words);
    }
    server.close();
  });

  it('prints no stack unless PENSTOCK_DEBUG=1', async () => {
    const argv = ['explain', 'http://x/', '--ip', 'nowhere'];
    const plain = await cli(argv);
    expect(plain).toEqual({
      status: 2,
      stdout: '',
      stderr: 'error: --ip nowhere is no IP address (PENSTOCK_USAGE)\n',
    });
    const debug = await cli(argv, { PENSTOCK_DEBUG: '1' });
    expect(debug.stderr).toMatch(/\n {4}at /);
  });
});

describe('init', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'penstock-init-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('writes a commented file, never over another one unless forced', async () => {
    const file = join(folder, 'mine.yaml');
    const first = await cli(['init', file]);
    expect(first.status).toBe(0);
    expect(first.stdout).toContain(`penstock check -c ${file}`);
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/^# /);

    writeFileSync(file, 'mine');
    const second = await cli(['init', file]);
    expect(second).toEqual({
      status: 2,
      stdout: '',
      stderr: `error: ${file} exists; --force overwrites it (PENSTOCK_USAGE)\n`,
    });
    expect(readFileSync(file, 'utf8')).toBe('mine');

    expect((await cli(['init', file, '--force'])).status).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('says where it cannot write', async () => {
    const { status, stderr } = await cli(['init', join(folder, 'no/such/folder.yaml')]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: cannot write .*ENOENT.*\(PENSTOCK_USAGE\)\n$/);
  });
});
