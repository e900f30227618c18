/** `npm start`, for real: the curl lines that it prints are pasted into a shell, and answer what the line before says. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { requireProgram } from '../support/programs.ts';
import { ROOT } from '../support/source-tree.ts';
import { waitFor } from '../support/wait-for.ts';

const START_MS = 120_000;
const STOP_MS = 20_000;

/** The printed lines: a comment that ends with the expected status, then the command. */
function printedCommands(output: string): { readonly status: number; readonly command: string }[] {
  const pairs = output.matchAll(/^ *# .*\((\d{3})\)\n *(curl .*)$/gm);
  return [...pairs].map(([, status = '', command = '']) => ({ status: Number(status), command }));
}

/** The status line that `curl -i` prints first. */
function statusOf(output: string): number {
  return Number(/^HTTP\/[\d.]+ (\d{3})/.exec(output)?.[1] ?? 0);
}

requireProgram('curl')('the quick start', () => {
  let child: ChildProcess;
  let stdout = '';
  let stderr = '';
  let exitCode: number | null | undefined;

  beforeAll(async () => {
    // A group of its own, so that a failed test leaves neither npm nor penstock behind.
    child = spawn('npm', ['start'], { cwd: ROOT, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      stdout += piece;
    });
    child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
      stderr += piece;
    });
    child.once('close', (code) => {
      exitCode = code;
    });
    await waitFor(() => exitCode !== undefined || stdout.includes('Ctrl-C'), {
      what: 'npm start to print what to try',
      timeoutMs: START_MS,
    }).catch((error: Error) => {
      throw new Error(`${error.message}\n${stdout}\n${stderr}`);
    });
    if (exitCode !== undefined) throw new Error(`npm start ended with ${exitCode}:\n${stdout}\n${stderr}`);
  });
  afterAll(() => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  });

  it('prints curl lines that work when pasted', () => {
    const commands = printedCommands(stdout);
    expect(commands.length).toBeGreaterThanOrEqual(8);
    const answers = commands.map(({ command }) => {
      const {
        stdout: output,
        status,
        stderr: said,
      } = spawnSync('bash', ['-c', command], {
        encoding: 'utf8',
        timeout: 20_000,
      });
      return { command, exit: status === 0 ? 0 : said, status: statusOf(output) };
    });
    expect(answers).toEqual(commands.map(({ command, status }) => ({ command, exit: 0, status })));
  });

  it('sends real traffic through: the services see forwarded requests', () => {
    const run = (command: string): string =>
      spawnSync('bash', ['-c', command], { encoding: 'utf8', timeout: 20_000 }).stdout;
    const [echo = ''] = printedCommands(stdout).flatMap(({ command }) =>
      command.includes('/echo') ? [run(command)] : [],
    );
    expect(echo).toMatch(/^POST \/$/m);
    expect(echo).toMatch(/^X-Quickstart: set by penstock$/im);
    expect(echo).toMatch(/^X-Forwarded-Proto: http$/im);
    expect(echo).toMatch(/^X-Request-Id: \S+$/im);
    expect(echo).toContain('(9 bytes of body)');
    const [secure = ''] = printedCommands(stdout).flatMap(({ command }) =>
      command.includes('-k') ? [run(command)] : [],
    );
    expect(secure).toContain('hello from the service "hello"');
  });

  it('stops with status 0 on SIGINT', async () => {
    // As a terminal does it: to the whole group.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
    await waitFor(() => exitCode !== undefined, { what: 'npm start to end', timeoutMs: STOP_MS });
    expect(exitCode).toBe(0);
  });
});
