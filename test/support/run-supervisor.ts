/** Runs `supervise` of build/ in a process of its own over the fake child, so that real signals reach real handlers. */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { waitFor } from './wait-for.ts';

export interface RunningSupervisor {
  /** One entry a start of the child: the step that it took and its process id. */
  starts(): { readonly step: string; readonly pid: number }[];
  /** The signals that the child noted, in order. */
  signals(): string[];
  stderr(): string;
  signal(signal: NodeJS.Signals): void;
  /** The exit status of the supervisor. */
  ended(): Promise<number | null>;
  /** Ends whatever is left. */
  dispose(): void;
}

const BUILD = new URL('../../build/', import.meta.url);
const FAKE_CHILD = fileURLToPath(new URL('./fake-child.mjs', import.meta.url));

export function runSupervisor(steps: readonly string[]): RunningSupervisor {
  const folder = mkdtempSync(join(tmpdir(), 'penstock-supervise-'));
  const href = (path: string): string =>
    JSON.stringify(pathToFileURL(fileURLToPath(new URL(path, BUILD))).href);
  const script = `
    import { supervise } from ${href('cli/supervise.js')};
    import { createLog } from ${href('primary/log.js')};
    import { systemClock } from ${href('kit/clock.js')};
    const args = ${JSON.stringify([FAKE_CHILD, folder, ...steps])};
    const { logger } = await createLog({ level: 'info', format: 'json' });
    process.exitCode = await supervise({ command: process.execPath, args, env: process.env, log: logger, clock: systemClock });
  `;
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH },
  });
  let stderr = '';
  let status: number | null | undefined;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.on('close', (code) => {
    status = code;
  });
  const linesOf = (name: string): string[] => {
    const file = join(folder, name);
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  };
  const starts = (): { step: string; pid: number }[] =>
    linesOf('starts').map((line) => {
      const [step = '', pid = '0'] = line.split(' ');
      return { step, pid: Number(pid) };
    });
  return {
    starts,
    signals: () => linesOf('signals'),
    stderr: () => stderr,
    signal: (signal) => void child.kill(signal),
    ended: async () => {
      await waitFor(() => status !== undefined, { timeoutMs: 15_000, what: 'the supervisor to end' });
      return status ?? null;
    },
    dispose: () => {
      child.kill('SIGKILL');
      for (const { pid } of starts()) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It ended long ago.
        }
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
