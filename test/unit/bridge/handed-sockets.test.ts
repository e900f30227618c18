import { expect, it } from 'vitest';
import { type HandedSocket, shareOf } from '../../../src/bridge/handed-sockets.ts';

const socket = (listener: string, fd: number): HandedSocket => ({ listener, host: '', port: 80, fd });
const SOCKETS = [socket('a', 4), socket('b', 5), socket('a', 6), socket('a', 7), socket('b', 8)];

it.each([
  [1, [[4, 5, 6, 7, 8]]],
  [
    2,
    [
      [4, 5, 7],
      [6, 8],
    ],
  ],
  [4, [[4, 5], [6, 8], [7], []]],
])('%i workers share out the sockets of each listener', (workers, fds) => {
  const shares = fds.map((_, worker) => shareOf(SOCKETS, worker, workers).map(({ fd }) => fd));
  expect(shares).toEqual(fds);
});
