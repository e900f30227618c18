/** The supervisor over a scripted child: real processes, real signals. */

import { afterEach, describe, expect, it } from 'vitest';
import { type RunningSupervisor, runSupervisor } from '../support/run-supervisor.ts';
import { waitFor } from '../support/wait-for.ts';

const started: RunningSupervisor[] = [];

afterEach(() => {
  for (const supervisor of started.splice(0)) supervisor.dispose();
});

function run(...steps: string[]): RunningSupervisor {
  const supervisor = runSupervisor(steps);
  started.push(supervisor);
  return supervisor;
}

const startsOf = (supervisor: RunningSupervisor, count: number): Promise<unknown> =>
  waitFor(() => supervisor.starts().length >= count, {
    timeoutMs: 15_000,
    what: `start ${count} of the child`,
  });

/** The child has its handlers and is known to be ready: it notes a SIGHUP, which is forwarded only then. */
async function serving(supervisor: RunningSupervisor): Promise<void> {
  await startsOf(supervisor, 1);
  await waitFor(
    () => {
      supervisor.signal('SIGHUP');
      return supervisor.signals().includes('SIGHUP');
    },
    { timeoutMs: 15_000, what: 'the child to serve' },
  );
}

describe('supervise', () => {
  it('ends with 0 when the child does, and starts nothing anew', async () => {
    const supervisor = run('ready-then-0');
    expect(await supervisor.ended()).toBe(0);
    expect(supervisor.starts()).toHaveLength(1);
  });

  it('passes on the status of a child that never served', async () => {
    const failed = run('exit-7');
    const wrong = run('exit-2');
    expect([await failed.ended(), await wrong.ended()]).toEqual([7, 2]);
    expect([failed.starts().length, wrong.starts().length]).toEqual([1, 1]);
  });

  it('starts a child anew that dies of a signal or of a status, and says so', async () => {
    const supervisor = run('ready-then-abort', 'ready-then-1', 'ready-then-139', 'ready-then-0');
    expect(await supervisor.ended()).toBe(0);
    expect(supervisor.starts().map(({ step }) => step)).toEqual([
      'ready-then-abort',
      'ready-then-1',
      'ready-then-139',
      'ready-then-0',
    ]);
    const lines = supervisor
      .stderr()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ status, signal }) => [status, signal])).toEqual([
      [134, 'SIGABRT'],
      [1, null],
      [139, null],
    ]);
    expect(lines.map(({ msg }) => msg)).toEqual(
      [100, 200, 400].map((ms) => expect.stringContaining(`in ${ms} ms`)),
    );
  });

  it('tries again also where a later start fails, but not where the configuration has become wrong', async () => {
    const supervisor = run('ready-then-abort', 'exit-1', 'exit-2');
    expect(await supervisor.ended()).toBe(2);
    expect(supervisor.starts()).toHaveLength(3);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'forwards %s and ends with the status of the child',
    async (signal) => {
      const supervisor = run('serve');
      await serving(supervisor);
      supervisor.signal(signal);
      expect(await supervisor.ended()).toBe(0);
      expect(supervisor.signals().at(-1)).toBe(signal);
      expect(supervisor.starts()).toHaveLength(1);
    },
  );

  it('ends a child that goes on at the second signal, with the status of that signal', async () => {
    const supervisor = run('stubborn');
    await serving(supervisor);
    supervisor.signal('SIGTERM');
    await waitFor(() => supervisor.signals().includes('SIGTERM'), {
      timeoutMs: 15_000,
      what: 'the first signal',
    });
    supervisor.signal('SIGINT');
    expect(await supervisor.ended()).toBe(130);
    const pid = supervisor.starts()[0]!.pid;
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });

  it('ends at once with 0 when it is told to stop between two starts', async () => {
    // After five deaths the wait is 1.6 s and more: long enough to be met in it.
    const supervisor = run('ready-then-abort');
    await waitFor(() => supervisor.stderr().includes('in 1600 ms'), {
      timeoutMs: 15_000,
      what: 'a long wait',
    });
    supervisor.signal('SIGTERM');
    expect(await supervisor.ended()).toBe(0);
    expect(supervisor.starts()).toHaveLength(5);
  });

  it('replaces a child that someone kills', async () => {
    const supervisor = run('serve');
    await serving(supervisor);
    process.kill(supervisor.starts()[0]!.pid, 'SIGKILL');
    await startsOf(supervisor, 2);
    await waitFor(() => supervisor.stderr().includes('"SIGKILL"'), {
      timeoutMs: 15_000,
      what: 'the log line',
    });
    supervisor.signal('SIGTERM');
    expect(await supervisor.ended()).toBe(0);
  });
});
