/** The `exec` provider: programs that write records, well and badly. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { challengeProblemOf } from '../../src/primary/certs/acme/challenge/challenge-problem.ts';
import { makeExec } from '../../src/primary/certs/acme/challenge/dns-providers/exec.ts';
import { waitFor, within } from '../support/wait-for.ts';

const NAME = '_acme-challenge.www.example.com';
const signal = new AbortController().signal;

describe('exec', () => {
  const folder = mkdtempSync(join(tmpdir(), 'penstock-exec-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const script = (name: string, text: string, mode = 0o755): string => {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode });
    return file;
  };
  const isAlive = (file: string): boolean => {
    try {
      return process.kill(Number(readFileSync(file, 'utf8')), 0);
    } catch {
      return false;
    }
  };
  const failure = async (file: string, runMs?: number): Promise<string> => {
    const error = await makeExec(file, runMs)
      .present(NAME, 'v', signal)
      .then(
        () => new Error('no error'),
        (reason) => reason,
      );
    expect(challengeProblemOf(error)?.code).toBe('dns_provider');
    return error.message;
  };

  it('calls the program with the action, the name and the value, as they are', async () => {
    const log = join(folder, 'calls');
    const provider = makeExec(script('writes', `printf '%s|' "$#" "$@" >> ${log}`));
    await provider.present(NAME, '-a $(b) "c"', signal);
    await provider.cleanUp(NAME, '-a $(b) "c"', signal);
    expect(readFileSync(log, 'utf8')).toBe(`3|present|${NAME}|-a $(b) "c"|3|cleanup|${NAME}|-a $(b) "c"|`);
  });

  it('gives it PATH and HOME alone, and nothing to read', async () => {
    const log = join(folder, 'environment');
    process.env.PENSTOCK_EXEC_TEST_SECRET = 'secret';
    try {
      await makeExec(script('environment-of', `cat; env | sort > ${log}`)).present(NAME, 'v', signal);
    } finally {
      delete process.env.PENSTOCK_EXEC_TEST_SECRET;
    }
    // The shell itself adds a few.
    const names = readFileSync(log, 'utf8').match(/^\w+(?==)/gm) ?? [];
    expect(names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name))).toEqual(['HOME', 'PATH']);
  });

  it('tells how it failed, with its last words', async () => {
    const loud = script(
      'loud',
      "for i in 1 2 3 4 5 6 7; do printf 'line \\033[1m%s\\n\\n' $i >&2; done; exit 3",
    );
    expect(await failure(loud)).toBe(
      `${loud} present ${NAME} failed with exit status 3: ${[3, 4, 5, 6, 7].map((i) => `line  [1m${i}`).join(' | ')}`,
    );
    expect(await failure(script('mute', 'exit 1'))).toContain(
      'exit status 1, without a word on standard error',
    );
    expect(await failure(script('killed', 'kill -9 $$'))).toContain('was ended by SIGKILL');
    expect(await failure(join(folder, 'missing'))).toContain('there is no such file');
    expect(await failure(script('not-a-program', '', 0o644))).toContain('it is not executable (chmod +x)');
  });

  it('takes any amount of words', async () => {
    const long = script('long', "yes 'no end' | head -c 3000000 >&2; echo last >&2; exit 1");
    expect((await failure(long)).length).toBeLessThan(5_000);
  });

  it('does not wait for what a program leaves behind', async () => {
    await within(makeExec(script('leaves', 'sleep 60 & exit 0')).present(NAME, 'v', signal), {
      what: 'the program that left another one behind',
    });
  });

  it('ends a program that takes too long, and all that it started', async () => {
    const pid = join(folder, 'late-child');
    expect(await failure(script('late', `sleep 60 & echo $! > ${pid}; wait`), 300)).toContain(
      'did not end within 0.3 s',
    );
    await waitFor(() => !isAlive(pid), { what: 'the child of the program to end' });
  });

  it('ends with the signal', async () => {
    const pid = join(folder, 'ended');
    const controller = new AbortController();
    const presented = makeExec(script('ends', `echo $$ > ${pid}; sleep 60`)).present(
      NAME,
      'v',
      controller.signal,
    );
    await waitFor(() => isAlive(pid), { what: 'the program to run' });
    controller.abort(new Error('no longer wanted'));
    await expect(within(presented, { what: 'the end' })).rejects.toThrow('no longer wanted');
    await expect(makeExec('/bin/true').present(NAME, 'v', controller.signal)).rejects.toThrow(
      'no longer wanted',
    );
  });
});
