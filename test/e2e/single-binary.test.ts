/** The single binary alone: no Node.js in PATH, nothing beside it. What every command does is tested elsewhere; here, that it does it in here. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SERVICES } from '../../examples/quickstart/services.mjs';
import { freePorts } from '../support/free-port.ts';
import { askHttp2 } from '../support/h2-ask.ts';
import { ask } from '../support/http-ask.ts';
import { opensslClient } from '../support/openssl-client.ts';
import { startChallengeServer, startPebble } from '../support/pebble.ts';
import { endProcess, isAlive } from '../support/processes.ts';
import { requireProgram } from '../support/programs.ts';
import {
  PENSTOCK_MAIN,
  type Ports,
  type RunningPenstock,
  type RunPenstockOptions,
  runPenstock,
} from '../support/run-penstock.ts';
import { type Ended, ended, makeSingleBinary, type SingleBinary } from '../support/single-binary.ts';
import { ROOT } from '../support/source-tree.ts';
import { waitFor } from '../support/wait-for.ts';

const ISSUED_MS = 100_000;
const STARTS = 3;

let binary: SingleBinary;
beforeAll(async () => {
  binary = await makeSingleBinary();
});

const running: RunningPenstock[] = [];
const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((penstock) => penstock.stop()));
  for (const server of servers.splice(0)) server.close();
});

async function start(options: RunPenstockOptions): Promise<RunningPenstock> {
  const penstock = await runPenstock({ program: [binary.file], env: binary.env, ...options });
  running.push(penstock);
  return penstock;
}

async function listen(answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('the single binary', () => {
  it('says what it is', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    const { version: node, platform, arch } = process;
    const line = `penstock ${version} (node ${node}, ${platform} ${arch}, single binary)\n`;
    expect(await binary.command(['version'])).toEqual({ status: 0, stdout: line, stderr: '' });
    const { stdout } = await binary.command(['version', '--json']);
    expect(JSON.parse(stdout)).toEqual({ version, node, platform, arch, singleBinary: true });
  });

  it('takes no options for Node.js, and its stacks name our files', async () => {
    const options = ['--inspect', '--eval=1', '--require=./x.js', '--v8-options'];
    expect(await Promise.all(options.map((option) => binary.command([option])))).toEqual(
      options.map((option) => ({
        status: 2,
        stdout: '',
        stderr: expect.stringContaining(`unknown option '${option}'`),
      })),
    );
    const env = { PENSTOCK_DEBUG: '1', NODE_OPTIONS: '--stack-trace-limit=30 --max-old-space-size=300' };
    const { status, stderr } = await binary.command(['status', '--admin', 'http://127.0.0.1:1'], env);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      / at async runCli \(file:\/\/\/\S+\/penstock-[\d.]+-\w{32}\/dist\/cli\/main\.js:\d+/,
    );
  });

  it('writes a starter, checks it and explains it', async () => {
    expect(await binary.command(['init'])).toMatchObject({ status: 0 });
    expect(await binary.command(['check'])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^OK: 2 routes/),
    });
    const { stdout } = await binary.command(['explain', 'http://x/hello', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ route: { name: 'hello' } });
  });
});

describe('a penstock of the single binary', () => {
  /** The quick start on free ports. */
  async function quickStart(): Promise<(ports: Ports) => string> {
    const text = readFileSync(join(ROOT, 'examples/quickstart/penstock.yaml'), 'utf8');
    const places = await Promise.all(
      SERVICES.map(async ({ port, answer }) => [port, await listen(answer)] as const),
    );
    return ({ http, https, admin }) => {
      const pairs = [...places, [8080, http], [8443, https], [9180, admin]] as const;
      return pairs.reduce((all, [from, to]) => all.replaceAll(`:${from}`, `:${to}`), text);
    };
  }

  it('serves the quick start: HTTP, HTTPS, HTTP/2, a reload, the admin commands, an upgrade', async () => {
    const config = await quickStart();
    const penstock = await start({ config });
    const { http, https } = penstock.ports;
    const secure = { host: 'localhost', tls: true, path: '/secure/x' };
    expect((await ask(http)).text).toBe('penstock is running\n');
    expect((await ask(http, { path: '/hello/world' })).text).toContain('"hello": GET /world');
    expect((await ask(http, { path: '/echo', method: 'POST', body: 'some body' })).text).toMatch(
      /X-Quickstart: set by penstock[\s\S]*\(9 bytes of body\)/i,
    );
    expect((await ask(http, { path: '/old' })).status).toBe(301);
    expect((await ask(http, { path: '/nowhere' })).status).toBe(404);
    expect((await ask(https, secure)).text).toContain('"hello": GET /x');
    const session = connect(`https://localhost:${https}`, { rejectUnauthorized: false });
    expect(await askHttp2(session, '/secure/2')).toMatchObject({ status: 200 });
    session.close();

    const command = async (...args: string[]) => binary.command([...args, '--admin', penstock.adminUrl]);
    const questions = [['status'], ['upstreams'], ['certs'], ['domains', 'list'], ['events']];
    const answers = await Promise.all(questions.map((words) => command(...words, '--json')));
    expect(answers.map(({ status, stderr }) => ({ status, stderr }))).toEqual(
      questions.map(() => ({ status: 0, stderr: '' })),
    );
    const next = (ports: Ports): string => config(ports).replace('penstock is running', 'it has changed');
    penstock.writeConfig(next);
    expect(await command('reload')).toMatchObject({ status: 0 });
    expect((await ask(http)).text).toBe('it has changed\n');
    penstock.writeConfig((ports) => `${next(ports)}nonsense: true\n`);
    expect(await command('reload')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('UNKNOWN_KEY'),
    });
    expect((await ask(http)).text).toBe('it has changed\n');
    penstock.writeConfig(next);
    const { pid } = JSON.parse((await command('upgrade', '--json')).stdout) as { pid: number };
    try {
      await waitFor(() => !isAlive(penstock.pid), { what: 'the old process to end' });
      expect((await ask(http)).text).toBe('it has changed\n');
      expect((await penstock.admin('/v1/status')).json.pid).toBe(pid);
    } finally {
      await endProcess(pid);
    }
    expect(await penstock.waitExit()).toEqual({ code: 0, signal: null });
  });

  it('serves with uWebSockets.js, and again after it was killed, under --supervise', async () => {
    const routes = [
      { host: 'localhost', tls: 'self_signed', https_redirect: false, respond: { body: 'here' } },
    ];
    const penstock = await start({
      config: ({ http, https, admin }) => ({
        listen: {
          ...{ http: `127.0.0.1:${http}`, https: `127.0.0.1:${https}`, admin: `127.0.0.1:${admin}` },
          engine: 'uws',
        },
        workers: 1,
        routes,
      }),
      supervise: true,
    });
    const serves = async (): Promise<void> => {
      for (const tls of [false, true]) {
        const port = tls ? penstock.ports.https : penstock.ports.http;
        expect((await ask(port, { host: 'localhost', tls })).text).toBe('here');
      }
    };
    const servingPid = async (): Promise<number> => (await penstock.admin('/v1/status')).json.pid;
    await serves();
    const before = await servingPid();
    expect(before).not.toBe(penstock.pid);
    process.kill(before, 'SIGKILL');
    await waitFor(async () => (await servingPid()) !== before, { what: 'the next process to serve' });
    await serves();
    expect(await penstock.stop()).toEqual({ code: 0, signal: null });
  });

  it('is ready within one and a half of the time of the package', async () => {
    const config = {
      workers: 2,
      routes: [{ host: 'localhost', tls: 'self_signed', respond: { body: 'x' } }],
    };
    const programs = [[binary.file], [process.execPath, PENSTOCK_MAIN]] as const;
    const times: [number[], number[]] = [[], []];
    for (let round = 0; round < STARTS; round++) {
      for (const [place, program] of programs.entries()) {
        const startedMs = performance.now();
        const penstock = await runPenstock({ program, config, env: binary.env });
        times[place]?.push(performance.now() - startedMs);
        penstock.signal('SIGKILL');
        await penstock.waitExit();
      }
    }
    // The least of each: what else the machine does only adds.
    const [own = Number.NaN, packaged = Number.NaN] = times.map((each) => Math.min(...each));
    expect(own / packaged, JSON.stringify(times)).toBeLessThan(1.5);
  });
});

/** What a program says that cannot use its cache: one line, with the way out. */
const refusal = (why: RegExp) => ({
  status: 1,
  stdout: '',
  stderr: expect.stringMatching(
    new RegExp(
      `^error: the cache .*${why.source}.* PENSTOCK_CACHE=/path\\. \\(PENSTOCK_NATIVE_UNAVAILABLE\\)\\n$`,
    ),
  ),
});

describe('the cache of the single binary', () => {
  let cache: string;
  let tries = 0;
  beforeEach(() => {
    cache = join(binary.folder, `cache-${++tries}`);
  });
  const version = (where = cache): Promise<Ended> => binary.command(['version'], { PENSTOCK_CACHE: where });
  /** Names and contents of all files that count. */
  const contents = (where = cache): Map<string, string> =>
    new Map(
      readdirSync(where, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.name.endsWith('.tmp'))
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => [path.slice(where.length), readFileSync(path, 'latin1')]),
    );

  it('is below the home folder, closed to others', async () => {
    await version('');
    const { mode } = statSync(join(binary.env.HOME ?? '', '.cache', 'penstock'));
    expect(mode & 0o777).toBe(0o700);
  });

  it('is made whole by first starts side by side', async () => {
    const ends = await Promise.all(Array.from({ length: 4 }, () => version()));
    expect(ends.map(({ status, stderr }) => ({ status, stderr }))).toEqual(
      ends.map(() => ({ status: 0, stderr: '' })),
    );
    const files = [...contents().keys()];
    expect(files.filter((name) => name.endsWith('.node'))).toHaveLength(2);
    expect(files.filter((name) => name.endsWith('THIRD-PARTY-NOTICES.md'))).toHaveLength(1);
  });

  it('survives a kill at any moment of the first start', async () => {
    await version();
    const whole = contents();
    for (let files = 1; files < whole.size; files += 30) {
      const broken = `${cache}-${files}`;
      const child = spawn(binary.file, ['version'], {
        env: { ...binary.env, PENSTOCK_CACHE: broken },
        stdio: 'ignore',
      });
      const exit = once(child, 'exit');
      await waitFor(() => existsSync(broken) && readdirSync(broken, { recursive: true }).length >= files, {
        ...{ what: `${files} files`, intervalMs: 1 },
      });
      child.kill('SIGKILL');
      await exit;
      expect(await version(broken)).toMatchObject({ status: 0 });
      expect(contents(broken)).toEqual(whole);
    }
  });

  it('gets a damaged file anew', async () => {
    await version();
    const whole = contents();
    for (const name of [...whole.keys()].filter((path) => /(koffi\.node|cli\/main\.js)$/.test(path))) {
      chmodSync(join(cache, name), 0o700);
      writeFileSync(join(cache, name), 'process.exit(99);');
    }
    expect(await version()).toMatchObject({ status: 0, stderr: '' });
    expect(contents()).toEqual(whole);
  });

  it('is refused where others can enter it', async () => {
    mkdirSync(cache);
    chmodSync(cache, 0o755);
    expect(await version()).toEqual(refusal(/other users have access to the cache \S+ \(mode 755\)/));
  });

  describe.runIf(process.getuid?.() === 0)('as root', () => {
    /** In a name space of its own, whose mounts end with it. */
    const mounted = (options: string): Promise<Ended> => {
      mkdirSync(cache, { recursive: true });
      const script = `mount -t tmpfs -o ${options},mode=700 tmpfs "$1" && exec "$2" version`;
      return ended('unshare', ['--mount', 'sh', '-c', script, 'sh', cache, binary.file], {
        env: { ...process.env, ...binary.env, PATH: process.env.PATH, PENSTOCK_CACHE: cache },
      });
    };

    it('is refused where it belongs to somebody else', async () => {
      mkdirSync(cache, { mode: 0o700 });
      chownSync(cache, 65_534, 65_534);
      expect(await version()).toEqual(refusal(/belongs to user 65534, and penstock runs as user 0/));
    });

    it('is refused where it cannot be written', async () => {
      expect(await mounted('ro')).toEqual(refusal(/cannot be written \(EROFS/));
    });

    it('is refused where nothing can be loaded from it', async () => {
      expect(await mounted('noexec')).toEqual(
        refusal(/koffi\.node is on a file system that is mounted with noexec/),
      );
      expect(await mounted('rw')).toMatchObject({ status: 0, stderr: '' });
    });
  });
});

requireProgram(
  'pebble',
  'pebble-challtestsrv',
  'openssl',
)('the single binary and an authority', () => {
  it('obtains a certificate by http-01 and serves it', async () => {
    const host = 'binary.example.test';
    const [http = 0] = await freePorts(1);
    const { dnsPort } = await startChallengeServer();
    const pebble = await startPebble({ httpPort: http, dnsPort });
    const penstock = await start({
      config: ({ https, admin }) => ({
        listen: { http: `127.0.0.1:${http}`, https: `127.0.0.1:${https}`, admin: `127.0.0.1:${admin}` },
        workers: 1,
        acme: {
          ...{ email: 'ops@example.com', directory: pebble.directoryUrl, staging_first: false },
          ca_file: 'authority.pem',
        },
        routes: [{ host, respond: { body: 'hello' } }],
      }),
      files: { 'authority.pem': pebble.caPem },
    });
    const rootFile = penstock.writeFile('root.pem', await pebble.rootPem());
    const args = ['-servername', host, '-verify_hostname', host, '-CAfile', rootFile];
    await waitFor(
      async () => /Verify return code: 0 /.test((await opensslClient(penstock.ports.https, args)).output),
      { what: 'the certificate of the authority', timeoutMs: ISSUED_MS, intervalMs: 200 },
    );
    const { stdout } = await binary.command(['certs', 'status', host, '--admin', penstock.adminUrl]);
    expect(stdout).toContain('issued, valid for');
  });
});
