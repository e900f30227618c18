/** What a process and all its children took: CPU time and memory, from /proc. */

import { readFileSync } from 'node:fs';

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

/** User and system time in seconds. */
export function cpuSeconds(pid) {
  return familyOf(pid).reduce((sum, one) => {
    const fields = readFileSync(`/proc/${one}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
  }, 0);
}

/** The most that was resident, in MiB: of each process on its own, so that what they share counts more than once. */
export function peakMiB(pid) {
  return familyOf(pid).reduce((sum, one) => {
    const [, kib = 0] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${one}/status`, 'utf8')) ?? [];
    return sum + Number(kib) / 1024;
  }, 0);
}
