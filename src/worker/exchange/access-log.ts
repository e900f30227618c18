// cold: runs once per batch of lines, but for the line itself
/**
 * The access log of one worker: lines are gathered and written together, so that a request costs a string and no system
 * call. Worker thread. Each write is whole lines with O_APPEND, so that workers can share a file. When the disk is slower
 * than the traffic, lines are dropped and counted, never queued without end.
 */

import { close, open, write } from 'node:fs';
import type { AccessLogTarget } from '../../bridge/snapshot/model.ts';

export interface AccessLine {
  readonly timeMs: number;
  readonly client: string;
  readonly method: string;
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly target: string;
  readonly status: number;
  readonly route: string;
  readonly service: string;
  readonly endpoint: string;
  /** How often the request was sent to an endpoint. */
  readonly attempts: number;
  /** Milliseconds from the request's head to the end. */
  readonly durationMs: number;
  /** Milliseconds from the request's head to the first byte of the endpoint's answer; -1 if there was none. */
  readonly upstreamMs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly requestId: string;
  /** Label of the fault, or empty. */
  readonly fault: string;
}

const FLUSH_BYTES = 65_536;
const FLUSH_INTERVAL_MS = 100;
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
const STDERR = 2;
/** A pipe that nobody reads is full: looked at again after this. */
const FULL_PIPE_MS = 10;

export class AccessLog {
  readonly #report: (message: string) => void;
  #target: AccessLogTarget = { target: '', format: 'text' };
  #descriptor = -1;
  #opening = false;
  #writing = false;
  #waiting = '';
  #dropped = 0;
  #timer: NodeJS.Timeout | null = null;
  /** Files of before that the write under way may still go to. */
  readonly #outdated: number[] = [];

  constructor(report: (message: string) => void) {
    this.#report = report;
  }

  /** Where lines go from now on. */
  use(target: AccessLogTarget): void {
    if (target.target === this.#target.target) {
      this.#target = target;
      return;
    }
    this.flush();
    this.#target = target;
    this.reopen();
  }

  /** Opens the file anew: after a rotation the name stands for another one. */
  reopen(): void {
    const before = this.#descriptor;
    this.#descriptor = -1;
    if (before > STDERR) this.#outdated.push(before);
    this.#closeOutdated();
    const { target } = this.#target;
    if (target === '') return;
    if (target === 'stderr') {
      this.#descriptor = STDERR;
      return;
    }
    this.#opening = true;
    open(target, 'a', 0o640, (error, descriptor) => {
      this.#opening = false;
      if (error !== null) this.#report(`the access log ${target} cannot be opened: ${error.message}`);
      else if (target === this.#target.target && this.#descriptor < 0) {
        this.#descriptor = descriptor;
        this.flush();
      } else close(descriptor, () => {});
    });
  }

  write(line: AccessLine): void {
    if (this.#waiting.length > MAX_WAITING_BYTES) {
      this.#dropped++;
      return;
    }
    this.#waiting += this.#target.format === 'json' ? jsonLine(line) : textLine(line);
    if (this.#waiting.length >= FLUSH_BYTES) this.flush();
    else if (this.#timer === null) this.#timer = setTimeout(() => this.flush(), FLUSH_INTERVAL_MS).unref();
  }

  flush(done: () => void = () => {}): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#writing || this.#opening || this.#waiting === '' || this.#descriptor < 0) {
      if (this.#writing) setTimeout(() => this.flush(done), 10);
      else done();
      return;
    }
    const batch = Buffer.from(this.#waiting);
    this.#waiting = '';
    this.#writing = true;
    this.#writeAll(this.#descriptor, batch, () => {
      this.#writing = false;
      this.#closeOutdated();
      if (this.#dropped > 0) {
        this.#report(`the access log is slower than the traffic: ${this.#dropped} lines were dropped`);
        this.#dropped = 0;
      }
      if (this.#waiting.length >= FLUSH_BYTES) this.flush(done);
      else done();
    });
  }

  /** Not while a write is under way: its number could be a client's connection by the time that it is written to. */
  #closeOutdated(): void {
    if (this.#writing) return;
    for (const descriptor of this.#outdated.splice(0)) close(descriptor, () => {});
  }

  #writeAll(descriptor: number, batch: Buffer, done: () => void): void {
    write(descriptor, batch, 0, batch.length, null, (error, written) => {
      if (error?.code === 'EAGAIN') {
        setTimeout(() => this.#writeAll(descriptor, batch, done), FULL_PIPE_MS);
      } else if (error !== null) {
        this.#report(`the access log cannot be written: ${error.message}`);
        done();
      } else if (written < batch.length) this.#writeAll(descriptor, batch.subarray(written), done);
      else done();
    });
  }
}

function jsonLine(line: AccessLine): string {
  return `${JSON.stringify({
    time: new Date(line.timeMs).toISOString(),
    client: line.client,
    method: line.method,
    scheme: line.scheme,
    host: line.host,
    target: line.target,
    status: line.status,
    route: line.route,
    service: line.service,
    endpoint: line.endpoint,
    attempts: line.attempts,
    duration_ms: rounded(line.durationMs),
    upstream_ms: line.upstreamMs < 0 ? null : rounded(line.upstreamMs),
    bytes_in: line.bytesIn,
    bytes_out: line.bytesOut,
    request_id: line.requestId,
    fault: line.fault === '' ? undefined : line.fault,
  })}\n`;
}

/** Fields in a fixed order, separated by spaces; `-` for what there is not. Quotes and controls in the target are escaped. */
function textLine(line: AccessLine): string {
  const upstream = line.upstreamMs < 0 ? '-' : rounded(line.upstreamMs);
  return (
    `${new Date(line.timeMs).toISOString()} ${line.client} "${line.method} ${line.scheme}://${clean(line.host)}${clean(line.target)}" ` +
    `${line.status} route=${word(line.route)} endpoint=${word(line.endpoint)} ` +
    `ms=${rounded(line.durationMs)} upstream_ms=${upstream} in=${line.bytesIn} out=${line.bytesOut} ` +
    `id=${line.requestId}${line.attempts > 1 ? ` attempts=${line.attempts}` : ''}${line.fault === '' ? '' : ` fault=${line.fault}`}\n`
  );
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function clean(text: string): string {
  return text.replace(/[\x00-\x1f"\\\x7f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function word(text: string): string {
  return text === '' ? '-' : /\s/.test(text) ? JSON.stringify(text) : text;
}
