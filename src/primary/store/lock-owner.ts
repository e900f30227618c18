/**
 * Which process holds a lock, so that others of the same machine see at once that it was killed. Primary thread. A process is known by its number and
 * the time of its start, within one boot of the kernel and one namespace of process numbers: those of another container, of another machine on the same
 * network file system and of systems without /proc are never taken for gone, and hold what they hold until its lease is over.
 */

import { readFileSync, readlinkSync } from 'node:fs';
import { isRecord } from '../../kit/is-record.ts';

export interface LockOwner {
  /** Where `pid` means something: the boot, and the namespace. */
  readonly place: string;
  readonly pid: number;
  /** In ticks of the kernel since the boot: a number is used again. */
  readonly started: string;
}

/** Behind the name of the program, which may hold anything: proc_pid_stat(5), fields 3 and 22. */
const STATE_FIELD = 0;
const STARTED_FIELD = 19;
/** Ended, though nobody has asked how. */
const ENDED: ReadonlySet<string | undefined> = new Set(['Z', 'X']);

/** Null where the system does not tell. */
export function lockOwner(pid: number = process.pid): LockOwner | null {
  const fields = statOf(pid);
  const started = fields?.[STARTED_FIELD];
  const place = placeOf();
  return started === undefined || place === null ? null : { place, pid, started };
}

/** Whether it has ended for sure. Takes what a file holds, as it is. */
export function isGone(owner: unknown): boolean {
  if (!isRecord(owner) || typeof owner.pid !== 'number' || owner.place !== placeOf()) return false;
  const fields = statOf(owner.pid);
  if (fields !== null) return ENDED.has(fields[STATE_FIELD]) || fields[STARTED_FIELD] !== owner.started;
  // Processes of other users may be hidden (hidepid of proc(5)): the kernel knows them all the same.
  try {
    process.kill(owner.pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

function placeOf(): string | null {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

function statOf(pid: number): readonly string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}
