/** `--supervise` over the real thing: back-off, service after each restart, and truthful exit statuses without it. */

import { describe, expect, it } from 'vitest';
import { ask } from '../support/http-ask.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor } from '../support/wait-for.ts';

const RESPOND = { workers: 2, routes: [{ path: '/', respond: { status: 200, body: 'here' } }] };

const servingPid = async (penstock: RunningPenstock): Promise<number> =>
  (await penstock.admin('/v1/status')).json.pid;

/** Kills the serving process and waits until another one serves. */
async function killServing(penstock: RunningPenstock, signal: NodeJS.Signals): Promise<void> {
  const before = await servingPid(penstock);
  process.kill(before, signal);
  await waitFor(
    async () => {
      const pid = await servingPid(penstock);
      return pid !== before && (await ask(penstock.ports.http)).text === 'here';
    },
    { what: 'the next process to serve', timeoutMs: 20_000 },
  );
}

describe('a supervised penstock', () => {
  it('serves again after each death, ever later, and ends with 0', async () => {
    const penstock = await runPenstock({ config: RESPOND, supervise: true });
    for (const signal of ['SIGSEGV', 'SIGKILL', 'SIGABRT'] as const) await killServing(penstock, signal);
    const restarts = penstock
      .stderrLines()
      .filter((line) => line.includes('started anew'))
      .map((line) => JSON.parse(line) as { status: number; signal: string; msg: string });
    expect(restarts.map(({ status, signal }) => [status, signal])).toEqual([
      [139, 'SIGSEGV'],
      [137, 'SIGKILL'],
      [134, 'SIGABRT'],
    ]);
    expect(restarts.map(({ msg }) => /in (\d+) ms/.exec(msg)?.[1])).toEqual(['100', '200', '400']);
    expect(await penstock.stop()).toEqual({ code: 0, signal: null });
  });

  it('gives up at once where the configuration has become wrong in the meantime', async () => {
    const penstock = await runPenstock({ config: RESPOND, supervise: true });
    penstock.writeConfig('nonsense: true\n');
    await waitFor(() => penstock.stderr().includes('UNKNOWN_KEY'), { what: 'the problem in the log' });
    process.kill(await servingPid(penstock), 'SIGKILL');
    expect(await penstock.waitExit(20_000)).toEqual({ code: 2, signal: null });
  });
});

describe('a penstock of its own', () => {
  it.each(['SIGKILL', 'SIGSEGV', 'SIGABRT'] as const)('dies of %s as what it is', async (signal) => {
    const penstock = await runPenstock({ config: RESPOND });
    penstock.signal(signal);
    expect(await penstock.waitExit()).toEqual({ code: null, signal });
  });
});
