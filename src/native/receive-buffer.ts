/**
 * Sets the receive buffer of listening sockets that a native library made and keeps to itself: connections inherit it. Linux.
 * The sockets are found as the kernel shows them, in /proc: the inode of each socket that listens on the port, and the
 * descriptor of this process that leads to it.
 */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createRequire } from 'node:module';

/** <sys/socket.h> of Linux. */
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
/** Column `st` of /proc/net/tcp. */
const LISTEN = '0A';

type SetSocketOption = (
  fd: number,
  level: number,
  name: number,
  value: readonly number[],
  length: number,
) => number;

/**
 * To be called before connections come. `bytes`: the kernel doubles it for its own book-keeping. Returns how many sockets it
 * was set for; 0 where this system has no way to (then its own size holds).
 */
export function setListenerReceiveBuffer(port: number, bytes: number): number {
  if (process.platform !== 'linux') return 0;
  try {
    const setSocketOption = findSetSocketOption();
    let count = 0;
    for (const descriptor of descriptorsOf(listeningInodes(port))) {
      if (setSocketOption(descriptor, SOL_SOCKET, SO_RCVBUF, [bytes], 4) === 0) count++;
    }
    return count;
  } catch {
    // No /proc, or no koffi for this system.
    return 0;
  }
}

/** The inodes of all sockets of this network namespace that listen on a TCP port. */
function listeningInodes(port: number): Set<string> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes = new Set<string>();
  for (const table of ['/proc/self/net/tcp', '/proc/self/net/tcp6']) {
    for (const line of readTable(table)) {
      const columns = line.trim().split(/\s+/);
      if (columns[3] === LISTEN && columns[1]?.endsWith(suffix) === true) inodes.add(columns[9] ?? '');
    }
  }
  return inodes;
}

/** Without IPv6 its table does not exist. */
function readTable(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split('\n');
  } catch {
    return [];
  }
}

function descriptorsOf(inodes: ReadonlySet<string>): number[] {
  if (inodes.size === 0) return [];
  const links = new Set([...inodes].map((inode) => `socket:[${inode}]`));
  return readdirSync('/proc/self/fd')
    .filter((name) => links.has(linkOf(name)))
    .map(Number);
}

/** Empty for one that was closed since it was listed: other threads go on. */
function linkOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return '';
  }
}

function findSetSocketOption(): SetSocketOption {
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  return koffi
    .load(null)
    .func(
      'int setsockopt(int fd, int level, int name, const int *value, uint32_t length)',
    ) as SetSocketOption;
}
