/**
 * All events: given an id, kept in files (`event-files.ts`) and, the newest of them, in memory. Primary thread.
 *
 *   emit ──▶ recent (memory, bounded) ──▶ one write at a time ──▶ settled: readers are told
 *
 * Readers get an event once it is on the disk, so that no crash gives its id to another one. Where the disk takes none they get it from memory, and it
 * is written as soon as the disk takes it: nothing waits for a disk.
 */

import type { Logger } from 'pino';
import type { Clock } from '../../kit/clock.ts';
import { messageOf } from '../../kit/errors.ts';
import { LogField } from '../../kit/names.ts';
import type { SecretMask } from '../../kit/secret-mask.ts';
import type {
  EventFeed,
  EventGap,
  EventLine,
  EventPage,
  EventQuery,
  EventSink,
  PenstockEvent,
} from '../event.ts';
import { EventFiles } from './event-files.ts';

export interface EventLogOptions {
  /** Made if it is not there. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly secrets: Pick<SecretMask, 'json'>;
  /** Smaller in tests. */
  readonly bounds?: Partial<Bounds>;
}

interface Bounds {
  readonly fileBytes: number;
  readonly maxFiles: number;
  /** In memory. */
  readonly recentEvents: number;
  readonly recentBytes: number;
  /** Milliseconds between two tries to write where the disk takes nothing. */
  readonly retryMs: number;
}

const BOUNDS: Bounds = {
  fileBytes: 1024 * 1024,
  maxFiles: 16,
  recentEvents: 1_000,
  recentBytes: 4 * 1024 * 1024,
  retryMs: 10_000,
};
/** The data of a larger event is left out. */
const MAX_EVENT_BYTES = 64 * 1024;
/** A page ends where it holds as much. */
const PAGE_BYTES = 512 * 1024;
/** A stop does not wait longer for a disk. */
const CLOSE_MS = 1_000;

export class EventLog implements EventSink, EventFeed {
  readonly #options: EventLogOptions;
  readonly #bounds: Bounds;
  readonly #subscribers = new Set<() => void>();
  /** Null until the folder can be used. */
  #files: EventFiles | null = null;
  /** The newest events, written or not. */
  readonly #recent: EventLine[] = [];
  #recentBytes = 0;
  /** `#recent` holds what came behind this id. */
  #recentAfter: number;
  #newestId: number;
  #settledId: number;
  #writing: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;
  /** The disk takes nothing. */
  #failing = false;
  /** The write under way takes the events up to this id. */
  #writingTo = 0;
  /** Left the memory without having been written. */
  #lost = 0;

  constructor(options: EventLogOptions) {
    this.#options = options;
    this.#bounds = { ...BOUNDS, ...options.bounds };
    try {
      this.#openFiles();
    } catch (error) {
      this.#failed(error);
    }
    this.#newestId = this.#files?.lastId ?? 0;
    this.#recentAfter = this.#newestId;
    this.#settledId = this.#newestId;
  }

  get lastId(): number {
    return this.#settledId;
  }

  emit({ type, subject, data }: PenstockEvent): void {
    const now = this.#options.clock.epochMs();
    // Time keeps ids growing also where the disk took nothing before a restart, or is a new one.
    const id = Math.max(this.#newestId + 1, Math.floor(now));
    const time = new Date(now).toISOString();
    // What readers of the log go by is never masked, whatever is a secret.
    const head = JSON.stringify({ id, time, type }).slice(0, -1);
    const rest = (what: unknown): string =>
      this.#options.secrets.json(JSON.stringify({ subject, data: what })).slice(1);
    let json = `${head},${rest(data)}`;
    if (Buffer.byteLength(json) > MAX_EVENT_BYTES) json = `${head},${rest({ omitted: true })}`;
    this.#newestId = id;
    this.#remember({ id, type, json });
    this.#write();
  }

  async read({ after, types, limit }: EventQuery & { readonly after: number }): Promise<EventPage> {
    const page = new Page(types, limit);
    const files = this.#files;
    let cursor = after;
    let gap = gapOf(after, files?.keptAfter ?? this.#recentAfter);
    while (files !== null && cursor < this.#recentAfter && cursor < files.lastId) {
      cursor = await files.read(cursor, (line) => page.take(line));
      if (page.isFull) return { lines: this.#masked(page.lines), gap, cursor };
    }
    // Only what was never written is in neither.
    if (cursor < this.#recentAfter) {
      gap ??= this.#lost === 0 ? null : gapOf(cursor, this.#recentAfter);
      cursor = this.#recentAfter;
    }
    for (const line of this.#recent) {
      if (line.id <= cursor) continue;
      if (line.id > this.#settledId) break;
      cursor = line.id;
      if (!page.take(line)) break;
    }
    return { lines: this.#masked(page.lines), gap, cursor };
  }

  async newest({ types, limit }: EventQuery): Promise<EventPage> {
    const cursor = this.#settledId;
    const page = new Page(types, limit);
    const take = (line: EventLine): boolean => page.take(line);
    const inMemory = this.#recent.filter(({ id }) => id <= cursor).reverse();
    const before = this.#recentAfter;
    if (inMemory.every(take)) await this.#files?.readBack(before, take);
    return { lines: this.#masked(page.lines).reverse(), gap: null, cursor };
  }

  subscribe(onNews: () => void): () => void {
    this.#subscribers.add(onNews);
    return () => void this.#subscribers.delete(onNews);
  }

  /** Once all is written, or after a second. Never rejects. */
  async close(): Promise<void> {
    this.#subscribers.clear();
    if (this.#retry !== null) clearTimeout(this.#retry);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS);
    });
    await Promise.race([this.#writing, late]);
    clearTimeout(timer);
    await this.#files?.close();
  }

  /** What became a secret after it was written is masked, too. */
  #masked(lines: readonly EventLine[]): EventLine[] {
    return lines.map(({ id, type, json }) => ({ id, type, json: this.#options.secrets.json(json) }));
  }

  #openFiles(): EventFiles {
    const { folder, log } = this.#options;
    const { fileBytes, maxFiles } = this.#bounds;
    this.#files ??= new EventFiles({
      folder,
      fileBytes,
      maxFiles,
      onTorn: (file) =>
        log.warn({ [LogField.FILE]: file }, 'an event that a crash left unfinished was set aside'),
    });
    return this.#files;
  }

  #remember(line: EventLine): void {
    this.#recent.push(line);
    this.#recentBytes += line.json.length;
    const { recentEvents, recentBytes } = this.#bounds;
    while (this.#recent.length > recentEvents || this.#recentBytes > recentBytes) {
      const oldest = this.#recent.shift();
      if (oldest === undefined) return;
      this.#recentBytes -= oldest.json.length;
      this.#recentAfter = oldest.id;
      if (oldest.id > Math.max(this.#files?.lastId ?? 0, this.#writingTo)) this.#lost++;
    }
  }

  #write(): void {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null;
    });
  }

  /** Never rejects. What comes while one write is under way goes out with the next: as many syncs as the disk can do, not one for each event. */
  async #writeAll(): Promise<void> {
    do {
      const upTo = this.#newestId;
      try {
        const files = this.#openFiles();
        this.#writingTo = upTo;
        await files.append(this.#recent.filter(({ id }) => id > files.lastId));
        this.#recovered();
      } catch (error) {
        this.#failed(error);
      }
      this.#writingTo = 0;
      if (upTo === this.#settledId) continue;
      this.#settledId = upTo;
      for (const onNews of this.#subscribers) onNews();
    } while (this.#settledId < this.#newestId);
  }

  #failed(error: unknown): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = null;
      this.#write();
    }, this.#bounds.retryMs).unref();
    if (this.#failing) return;
    this.#failing = true;
    const { folder, log } = this.#options;
    log.error(
      { [LogField.FILE]: folder },
      `events cannot be written (${messageOf(error)}): the last ${this.#bounds.recentEvents} are kept in memory until they can; make room on the disk, and let the user of penstock write there`,
    );
  }

  #recovered(): void {
    if (!this.#failing) return;
    this.#failing = false;
    const lost = this.#lost === 0 ? '' : `; ${this.#lost} of them were dropped before`;
    this.#options.log.info({ [LogField.FILE]: this.#options.folder }, `events are written again${lost}`);
  }
}

/** Takes events that are asked for until there is no more room for them. */
class Page {
  readonly lines: EventLine[] = [];
  readonly #types: EventQuery['types'];
  readonly #limit: number;
  #bytes = 0;

  constructor(types: EventQuery['types'], limit: number) {
    this.#types = types;
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.lines.length >= this.#limit || this.#bytes >= PAGE_BYTES;
  }

  /** False: it is full now. */
  take(line: EventLine): boolean {
    if (this.#types === null || this.#types.has(line.type)) {
      this.lines.push(line);
      this.#bytes += line.json.length;
    }
    return !this.isFull;
  }
}

/** From the beginning on there is no gap. */
function gapOf(after: number, keptAfter: number): EventGap | null {
  return after > 0 && after < keptAfter ? { after, keptAfter } : null;
}
