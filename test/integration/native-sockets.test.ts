import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runScript } from './native-fixtures/run-script.ts';

const linux = process.platform === 'linux';

/** Ports from this one on are open to everybody. */
const lowestFreePort = (): number =>
  Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'latin1'));

describe.runIf(linux)('listening sockets of threads', () => {
  it.each([
    ['accepted at once', []],
    ['accepted when they speak', ['defer']],
  ])('share a port, and hand connections over that were %s', async (_how, args) => {
    expect(await runScript('hand-over.mjs', { args })).toMatchObject({
      answered: 2,
      seen: ['GET /first-bytes HTTP/1.1'],
      exits: [0, 0],
    });
  });

  it('are refused on a privileged port', async ({ skip }) => {
    if (lowestFreePort() <= 1) skip('this machine has no privileged ports (ip_unprivileged_port_start)');
    expect(await runScript('open-privileged.mjs')).toEqual({
      opened: { code: 'EACCES', syscall: 'bind' },
      code: 'EACCES',
    });
  });
});
