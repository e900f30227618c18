/** What the kernel says of a process: memory and open files. Linux only (proc(5)), as the tests are. */

import { readdirSync, readFileSync } from 'node:fs';

/** Resident memory in MiB. */
export function rssMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024;
}

/** Open file descriptors, sockets included. */
export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

export interface Sample {
  /** Milliseconds since the sampling began. */
  readonly atMs: number;
  readonly rss: number;
  readonly files: number;
}

export interface Sampling {
  readonly samples: readonly Sample[];
  /** Those taken between two times, milliseconds since the beginning. */
  between(fromMs: number, toMs: number): Sample[];
  stop(): void;
}

/** Looks every `everyMs` until it is stopped. */
export function sampleProcess(pid: number, everyMs: number): Sampling {
  const startMs = performance.now();
  const samples: Sample[] = [];
  const look = (): void => {
    samples.push({ atMs: performance.now() - startMs, rss: rssMiB(pid), files: openFiles(pid) });
  };
  look();
  const timer = setInterval(look, everyMs);
  return {
    samples,
    between: (fromMs, toMs) => samples.filter(({ atMs }) => atMs >= fromMs && atMs < toMs),
    stop: () => clearInterval(timer),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('the median of nothing');
  return middle;
}
