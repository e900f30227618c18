/**
 * The audit log on the disk: lines of JSON that are only ever added, in files of bounded size and number. Primary thread.
 *
 *   <folder>/<id>.jsonl          the events behind that id, 0600; the name of the oldest file tells what was dropped
 *   <folder>/<id>.jsonl.torn     what a crash left of a last line, cut from its file at the next start
 *
 * One write at a time, each at the end of the file, so that a penstock that ends and the one that takes over from it may write side by side. What a failed
 * write left is no line; readers pass over it.
 */

import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../kit/atomic-write.ts';
import type { EventLine } from '../event.ts';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const FILE_NAME = /^(\d{1,16})\.jsonl$/;
const LINE_FEED = 0x0a;

export interface EventFilesOptions {
  readonly folder: string;
  /** Beyond it a new file is begun. */
  readonly fileBytes: number;
  readonly maxFiles: number;
  /** A last line was no line and was cut away; it is now in `file`. */
  onTorn(file: string): void;
}

export class EventFiles {
  readonly #options: EventFilesOptions;
  /** The ids that the files are named by, ascending. */
  readonly #starts: number[];
  #lastId: number;
  /** The newest file, once something was written. */
  #handle: FileHandle | null = null;
  #size = 0;
  /** The last write failed, maybe in the middle of a line. */
  #isTorn = false;

  /** Makes the folder, or finds out where its last whole line ends. Throws what the file system throws. */
  constructor(options: EventFilesOptions) {
    this.#options = options;
    makeFolder(options.folder, FOLDER_MODE);
    this.#starts = readdirSync(options.folder)
      .map((name) => FILE_NAME.exec(name)?.[1])
      .filter((start) => start !== undefined)
      .map(Number)
      .sort((a, b) => a - b);
    const newest = this.#starts.at(-1);
    const last = newest === undefined ? null : lastWholeLine(this.#fileOf(newest), options.onTorn);
    this.#lastId = last?.id ?? newest ?? 0;
  }

  /** Of the newest event on the disk; 0: there was none yet. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Events up to this id were dropped, or never were. */
  get keptAfter(): number {
    return this.#starts[0] ?? 0;
  }

  /** On the disk once it resolves. Rejects with what the file system says; no event counts as added then. */
  async append(lines: readonly EventLine[]): Promise<void> {
    const last = lines.at(-1);
    if (last === undefined) return;
    try {
      const handle = await this.#writable();
      const text = lines.map(({ json }) => `${json}\n`).join('');
      const bytes = Buffer.from(this.#isTorn ? `\n${text}` : text);
      await handle.appendFile(bytes);
      await handle.datasync();
      this.#size += bytes.length;
      this.#lastId = last.id;
      this.#isTorn = false;
    } catch (error) {
      this.#isTorn = true;
      await this.close();
      throw error;
    }
  }

  /**
   * Gives `take` the events behind `after`, oldest first, until it returns false. Resolves to the id that was looked at last. What cannot be read is
   * passed over.
   */
  async read(after: number, take: (line: EventLine) => boolean): Promise<number> {
    const upTo = this.#lastId;
    const starts = this.#starts.filter((_, index) => (this.#starts[index + 1] ?? Number.MAX_VALUE) > after);
    let cursor = after;
    for (const start of starts) {
      for (const line of await this.#linesOf(start)) {
        if (line.id <= cursor) continue;
        if (line.id > upTo) break;
        cursor = line.id;
        if (!take(line)) return cursor;
      }
    }
    return Math.max(cursor, upTo);
  }

  /** The same from the event `from` back to the oldest. */
  async readBack(from: number, take: (line: EventLine) => boolean): Promise<void> {
    for (const start of this.#starts.filter((id) => id < from).reverse()) {
      for (const line of (await this.#linesOf(start)).reverse()) {
        if (line.id <= from && !take(line)) return;
      }
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    // What was to be kept is synced already.
    await handle?.close().catch(() => {});
  }

  /** The newest file, or a new one where it is full. */
  async #writable(): Promise<FileHandle> {
    const newest = this.#starts.at(-1);
    if (newest !== undefined) {
      const handle = this.#handle ?? (await this.#open(newest));
      if (this.#size < this.#options.fileBytes) return handle;
    }
    await this.close();
    const handle = await this.#open(this.#lastId);
    await this.#begun(this.#lastId);
    return handle;
  }

  async #open(start: number): Promise<FileHandle> {
    const handle = await open(this.#fileOf(start), 'a', FILE_MODE);
    this.#handle = handle;
    this.#size = (await handle.stat()).size;
    return handle;
  }

  /** Makes the name of a new file last, and drops the oldest. */
  async #begun(start: number): Promise<void> {
    const folder = await open(this.#options.folder, 'r');
    // Some network file systems refuse to sync a folder; they keep their own promises.
    await folder.sync().catch(() => {});
    await folder.close();
    if (this.#starts.at(-1) !== start) this.#starts.push(start);
    while (this.#starts.length > this.#options.maxFiles) {
      const oldest = this.#fileOf(this.#starts.shift() ?? 0);
      for (const file of [oldest, tornOf(oldest)]) await rm(file, { force: true });
    }
  }

  async #linesOf(start: number): Promise<EventLine[]> {
    const text = await readFile(this.#fileOf(start), 'utf8').catch(() => '');
    return text
      .split('\n')
      .map(readLine)
      .filter((line) => line !== null);
  }

  #fileOf(start: number): string {
    return join(this.#options.folder, `${start}.jsonl`);
  }
}

function tornOf(file: string): string {
  return `${file}.torn`;
}

/** Cuts away what stands behind it; null where there is none. */
function lastWholeLine(file: string, onTorn: EventFilesOptions['onTorn']): EventLine | null {
  const bytes = readFileSync(file);
  let size = bytes.lastIndexOf(LINE_FEED) + 1;
  let last: EventLine | null = null;
  while (size > 0) {
    const start = size < 2 ? 0 : bytes.lastIndexOf(LINE_FEED, size - 2) + 1;
    last = readLine(bytes.toString('utf8', start, size - 1));
    if (last !== null) break;
    // A power cut may leave whole blocks of something else.
    size = start;
  }
  if (size < bytes.length) {
    const torn = tornOf(file);
    writeFileSync(torn, bytes.subarray(size), { mode: FILE_MODE });
    const handle = openSync(file, 'r+');
    try {
      ftruncateSync(handle, size);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    onTorn(torn);
  }
  return last;
}

/** Null where it is no event. */
function readLine(json: string): EventLine | null {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null || !('id' in value) || !('type' in value)) return null;
    const { id, type } = value;
    return typeof id === 'number' && typeof type === 'string' ? { id, type, json } : null;
  } catch {
    return null;
  }
}
