import { expect, it } from 'vitest';
import { createLog } from '../../../src/primary/log.ts';
import type { StartSuccessor } from '../../../src/primary/succession.ts';
import { Upgrade } from '../../../src/primary/upgrade.ts';

const log = await createLog({ level: 'silent', format: 'json' });
const clock = { nowMs: () => 0 };
/** No descriptor of this process: to close it does nothing. */
const SOCKET = { listener: 'http :80', host: '', port: 80, fd: -1 };

function upgradeWith(
  start: StartSuccessor | null,
  sockets = [SOCKET],
): { upgrade: Upgrade; handed: () => number } {
  let handed = 0;
  const succession = start === null ? null : { start, onHandedOver: () => void handed++ };
  const upgrade = new Upgrade({ succession, log }, clock, () => Promise.resolve(sockets));
  return { upgrade, handed: () => handed };
}

it('is over with the first process that serves', async () => {
  const { upgrade, handed } = upgradeWith(() => Promise.resolve({ pid: 7 }));
  expect(await upgrade.run()).toMatchObject({ outcome: 'handed_over', pid: 7 });
  expect(await upgrade.run()).toMatchObject({
    outcome: 'failed',
    pid: null,
    message: 'this process goes on: it is about to end',
  });
  expect(handed()).toBe(1);
});

it('can be tried again after one that does not', async () => {
  const answers = [{ failure: 'it is broken' }, { pid: 7 }];
  const { upgrade, handed } = upgradeWith(() => Promise.resolve(answers.shift() ?? { pid: 0 }));
  expect((await upgrade.run()).message).toBe('this process goes on: it is broken');
  expect([upgrade.isOver, handed()]).toEqual([false, 0]);
  expect((await upgrade.run()).outcome).toBe('handed_over');
});

it('starts nothing for a library, without sockets, or once this process stops', async () => {
  const never: StartSuccessor = () => Promise.reject(new Error('started'));
  const stopping = upgradeWith(never).upgrade;
  stopping.cancel();
  expect((await upgradeWith(null).upgrade.run()).message).toContain('a part of another program');
  expect((await upgradeWith(never, []).upgrade.run()).message).toContain('works on Linux');
  expect((await stopping.run()).message).toContain('it is about to end');
});
