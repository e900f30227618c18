/** What a process and all its children took: CPU time and memory, from Linux's /proc. */

import { existsSync, readFileSync } from 'node:fs';

/** USER_HZ of every Linux that Node runs on. */
const TICKS_A_SECOND = 100;

function familyOf(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return [
    pid,
    ...children
      .split(' ')
      .filter(Boolean)
      .flatMap((child) => familyOf(Number(child))),
  ];
}

/** User and system time in seconds, in steps of 10 ms; NaN where there is no /proc. */
export function cpuSeconds(pid) {
  const { user, system } = cpuTimes(pid);
  return user + system;
}

/** The two of them. */
export function cpuTimes(pid) {
  if (!existsSync('/proc/self/stat')) return { user: Number.NaN, system: Number.NaN };
  const times = familyOf(pid).map((one) => {
    const fields = readFileSync(`/proc/${one}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return { user: Number(fields[11]), system: Number(fields[12]) };
  });
  const seconds = (kind) => times.reduce((sum, time) => sum + time[kind], 0) / TICKS_A_SECOND;
  return { user: seconds('user'), system: seconds('system') };
}

/** The most that was resident, in MiB: of each process on its own, so that what they share counts more than once. */
export function peakMiB(pid) {
  return familyOf(pid).reduce((sum, one) => {
    const [, kib = 0] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${one}/status`, 'utf8')) ?? [];
    return sum + Number(kib) / 1024;
  }, 0);
}
