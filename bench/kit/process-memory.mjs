/** What one process holds now, from proc(5): memory and open files. */

import { readdirSync, readFileSync } from 'node:fs';

/** A field of /proc/PID/FILE that is in kB, in MiB. */
function memoryField(pid, file, field) {
  const text = readFileSync(`/proc/${pid}/${file}`, 'latin1');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? Number.NaN) / 1024;
}

/** Resident memory in MiB. */
export const rssMiB = (pid) => memoryField(pid, 'status', 'VmRSS');

/** The same, with what other processes have in common with it shared out, in MiB. */
export const pssMiB = (pid) => memoryField(pid, 'smaps_rollup', 'Pss');

/** Sockets included. */
export const openFiles = (pid) => readdirSync(`/proc/${pid}/fd`).length;
