/** A listener that answers no SYN: the only connect timeout that a test can have without leaving the machine. */

import { spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { waitFor, within } from './wait-for.ts';

export interface FullListener {
  readonly address: string;
  close(): void;
}

const PROGRAM = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => process.stdout.write(String(server.address().port)));
`;

/** A stopped process whose queue of connections is full: the kernel drops every further SYN. */
export async function startFullListener(): Promise<FullListener> {
  const child = spawn(process.execPath, ['-e', PROGRAM], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = new Promise<string>((resolve) => child.stdout.once('data', (text) => resolve(String(text))));
  const port = Number(await within(said, { what: 'the listener' }));
  child.kill('SIGSTOP');
  // The queue takes backlog + 1; what comes after is not answered any more.
  const fillers: Socket[] = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  await waitFor(() => fillers.filter((socket) => !socket.connecting).length >= 2, { what: 'a full queue' });
  return {
    address: `127.0.0.1:${port}`,
    close: () => {
      for (const socket of fillers) socket.destroy();
      child.kill('SIGKILL');
    },
  };
}
