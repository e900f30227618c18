/**
 * A file that exists in memory only, for libraries that take a private key as a path and nothing else. Linux:
 * memfd_create(2); without it (an old kernel, a strict seccomp profile) a file on a tmpfs that is unlinked right after
 * its use. Never a lasting disk: where neither can be had, this is an error.
 */

import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { messageOf } from '../kit/errors.ts';
import { nativeUnavailable } from './native-error.ts';

const MFD_CLOEXEC = 0x1;
/** Linux 6.3 and newer may insist on it (sysctl vm.memfd_noexec); older kernels do not know it. */
const MFD_NOEXEC_SEAL = 0x8;
/** statfs(2): f_type of the file systems that live in memory. */
const TMPFS_MAGIC = 0x01021994;
const RAMFS_MAGIC = 0x858458f6;
const TMPFS_FOLDERS = ['/dev/shm', '/run', `/run/user/${process.getuid?.() ?? 0}`];

/** A new memory file's descriptor; −1 where the kernel refuses. */
type MemfdCreate = (name: string, flags: number) => number;

const memfdCreate: MemfdCreate | null = findMemfdCreate();

/**
 * Calls `use` with a path that reads as `content`, and returns what it returns. The path is good during the call only;
 * it can be opened any number of times. `name` shows in /proc and must not be secret.
 */
export function withMemoryFile<T>(content: Uint8Array, name: string, use: (path: string) => T): T {
  const descriptor = memfdCreate === null ? -1 : openMemfd(memfdCreate, name);
  if (descriptor < 0) return withTmpfsFile(content, TMPFS_FOLDERS, use);
  try {
    writeFileSync(descriptor, content);
    return use(`/proc/self/fd/${descriptor}`);
  } finally {
    closeSync(descriptor);
  }
}

/** The second way. A folder that is not on a file system in memory, or not writable, is passed over. */
export function withTmpfsFile<T>(
  content: Uint8Array,
  folders: readonly string[],
  use: (path: string) => T,
): T {
  const refusals: string[] = [];
  for (const folder of folders) {
    const path = join(folder, `.penstock-${randomBytes(16).toString('hex')}`);
    let descriptor: number;
    try {
      if (!isInMemory(folder)) {
        refusals.push(`${folder} is not a tmpfs`);
        continue;
      }
      descriptor = openSync(path, 'wx', 0o600);
    } catch (error) {
      refusals.push(messageOf(error));
      continue;
    }
    try {
      writeFileSync(descriptor, content);
      return use(path);
    } finally {
      closeSync(descriptor);
      unlinkSync(path);
    }
  }
  throw nativeUnavailable(
    `there is no place for a private key but a lasting disk (no memfd_create; ${refusals.join('; ')})`,
    'Let the process use memfd_create and /proc, or mount a tmpfs that it can write at /dev/shm.',
  );
}

function isInMemory(folder: string): boolean {
  const { type } = statfsSync(folder);
  return type === TMPFS_MAGIC || type === RAMFS_MAGIC;
}

function openMemfd(create: MemfdCreate, name: string): number {
  const descriptor = create(name, MFD_CLOEXEC | MFD_NOEXEC_SEAL);
  return descriptor >= 0 ? descriptor : create(name, MFD_CLOEXEC);
}

/** Looked up once, when the module loads: every later use is one foreign call. Null without Linux, /proc or koffi. */
function findMemfdCreate(): MemfdCreate | null {
  if (process.platform !== 'linux' || !existsSync('/proc/self/fd')) return null;
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    return koffi.load(null).func('int memfd_create(const char *name, unsigned int flags)');
  } catch {
    // No koffi for this system, or a C library without the call: the tmpfs does as well.
    return null;
  }
}
