/** The built command as a process: exit statuses, streams, closed pipes. */

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PENSTOCK_MAIN } from '../support/run-penstock.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'penstock-cli-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function penstock(...argv: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PENSTOCK_MAIN, ...argv], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
    timeout: 20_000,
  });
  return { status, stdout, stderr };
}

describe('the penstock command', () => {
  it('prints its version from any folder', () => {
    expect(penstock('version')).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringMatching(/^penstock \d/),
    });
  });

  it('ends with 2 and the nearest name for an unknown command', () => {
    const { status, stdout, stderr } = penstock('routez');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('Did you mean routes?');
  });

  it('writes a starter that passes its own check and lists its routes', () => {
    expect(penstock('init')).toMatchObject({ status: 0 });
    expect(penstock('check')).toEqual({
      status: 0,
      stdout: 'OK: 2 routes, 1 service, 0 certificates\n',
      stderr: '',
    });
    const { status, stdout } = penstock('routes');
    expect(status).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/).slice(0, 6))).toEqual([
      ['HOST', 'PATH', 'MATCH', 'CONDITIONS', 'ACTION', 'TLS'],
      ['*', '/hello', 'exact', '-', 'respond 200', 'off'],
      ['*', '/', 'prefix', '-', 'service web', 'off'],
      [''],
    ]);
    expect(stdout).toMatch(/ penstock\.yaml:\d+$/m);
    const explained = penstock('explain', 'http://x/hello', '--json');
    expect(JSON.parse(explained.stdout)).toMatchObject({
      route: { name: 'hello' },
      outcome: { kind: 'answered', status: 200 },
    });
  });

  it('prints every problem of a wrong configuration with its place, and ends with 2', () => {
    writeFileSync(
      join(folder, 'wrong.yaml'),
      'routes:\n  - path: /a\n    servce: web\n  - path: b\n    respond: { status: 200 }\n',
    );
    const { status, stdout, stderr } = penstock('check', '-c', 'wrong.yaml');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(
      /wrong\.yaml:3:5 UNKNOWN_KEY .*\n {6}servce: web\n {6}\^\n.*did you mean "service"\?/,
    );
    expect(stderr).toMatch(/wrong\.yaml:4:11 BAD_PATH /);
    expect(stderr).toMatch(/\n\d+ problems in wrong\.yaml\n$/);
    const json = penstock('check', '-c', 'wrong.yaml', '--json');
    expect(json).toMatchObject({ status: 2, stderr: '' });
    const data = JSON.parse(json.stdout) as { ok: boolean; problems: { code: string }[] };
    expect(data.ok).toBe(false);
    expect(data.problems.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['UNKNOWN_KEY', 'BAD_PATH']),
    );
  });

  it.each([['check'], ['routes'], ['explain', 'http://x/'], ['run']])(
    '%s ends with 2 without a configuration',
    (...argv) => {
      const { status, stdout, stderr } = penstock(...argv, '-c', 'missing.yaml');
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toContain('missing.yaml');
      expect(stderr).not.toMatch(/\n {4}at /);
    },
  );

  it('never prints a secret of the configuration', () => {
    writeFileSync(
      join(folder, 'secret.yaml'),
      `secrets: { key: hunter2-hunter2 }\nroutes:\n  - path: /\n    headers: { X-Key: "\${secret.key}" }\n    respond: { status: 200 }\n`,
    );
    for (const argv of [
      ['check'],
      ['routes'],
      ['routes', '--json'],
      ['explain', 'http://x/'],
      ['explain', 'http://x/', '--json'],
    ]) {
      const { status, stdout, stderr } = penstock(...argv, '-c', 'secret.yaml');
      expect({ argv, status }).toEqual({ argv, status: 0 });
      expect(stdout + stderr).not.toContain('hunter2');
    }
  });

  it('ends quietly when its reader goes away', async () => {
    const routes = Array.from(
      { length: 5_000 },
      (_, index) => `  - { path: /r${index}, respond: { status: 200 } }`,
    );
    writeFileSync(join(folder, 'many.yaml'), `routes:\n${routes.join('\n')}\n`);
    const child = spawn(process.execPath, [PENSTOCK_MAIN, 'routes', '-c', 'many.yaml'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH },
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
