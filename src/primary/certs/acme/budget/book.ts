/**
 * One book of the ledger: the buckets, the waits that an authority asked for and the orders under way of one account, or of one registered
 * domain, at one authority. Kept in the store as JSON. Primary thread; pure but for `loadBook` and `saveBook`.
 */

import { isRecord } from '../../../../kit/is-record.ts';
import type { Store } from '../../../store/store.ts';
import { type BucketSize, take } from './token-bucket.ts';

export interface Book {
  /** By bucket: when it is full again. One that is not here is full. Milliseconds since the epoch, as everything here. */
  readonly buckets: Map<string, number>;
  /** By what the authority spoke of: nothing is asked for before. */
  readonly waits: Map<string, number>;
  /** By host: orders that may yet become a certificate. */
  readonly underWay: Map<string, UnderWay>;
  /** When the book before was found damaged: what it said is not known, and half of every bucket counts as spent then. Null: it was not. */
  distrustedAtMs: number | null;
}

export interface UnderWay {
  readonly names: readonly string[];
  readonly isRenewal: boolean;
  readonly orderedAtMs: number;
}

const VERSION = 1;
const DAY_MS = 86_400_000;
/** Orders end at the authority after that time, whatever became of them (Let's Encrypt: 7 days). */
const MAX_ORDER_MS = 7 * DAY_MS;
/** However long an authority asks to wait. */
const MAX_WAIT_MS = 7 * DAY_MS;
/** No published window but that of failures in a row is longer. */
const MAX_DISTRUST_MS = 7 * DAY_MS;

export function newBook(distrustedAtMs: number | null = null): Book {
  return { buckets: new Map(), waits: new Map(), underWay: new Map(), distrustedAtMs };
}

/** When the bucket is full again. */
export function fullAtMs(book: Book, bucket: string, { capacity, refillMs }: BucketSize): number {
  const known = book.buckets.get(bucket);
  if (known !== undefined) return known;
  return book.distrustedAtMs === null ? 0 : book.distrustedAtMs + Math.ceil(capacity / 2) * refillMs;
}

export function takeFrom(book: Book, bucket: string, size: BucketSize, nowMs: number): void {
  book.buckets.set(bucket, take(fullAtMs(book, bucket, size), size, nowMs));
}

/** Until when the authority asked to wait; 0: it did not. What is further ahead was written by a clock that was set back since. */
export function waitUntilMs(book: Book, wait: string, nowMs: number): number {
  const untilMs = book.waits.get(wait) ?? 0;
  return untilMs <= nowMs + MAX_WAIT_MS ? untilMs : 0;
}

/** Waits until then, where it does not wait for longer. */
export function enterWait(book: Book, wait: string, untilMs: number, nowMs: number): void {
  const boundMs = Math.min(untilMs, nowMs + MAX_WAIT_MS);
  book.waits.set(wait, Math.max(boundMs, waitUntilMs(book, wait, nowMs)));
}

/**
 * The book at `key`, or a new one. One that cannot be read is set aside, and a distrusted one stored; `onDamage` is told where the old one is.
 * Rejects with PENSTOCK_STATE_UNWRITABLE where the store cannot be used.
 */
export async function loadBook(
  store: Pick<Store, 'get' | 'put' | 'delete' | 'setAside'>,
  key: string,
  nowMs: number,
  onDamage: (where: string) => void,
): Promise<Book> {
  const bytes = await store.get(key);
  if (bytes === null) return newBook();
  const book = readBook(bytes.toString());
  if (book !== null) return book;
  onDamage((await store.setAside(key)) ?? key);
  // Whoever reads next has to know that something was lost.
  const half = newBook(nowMs);
  await saveBook(store, key, half, nowMs);
  return half;
}

/** What no longer matters is left out; a book with nothing in it is deleted. */
export async function saveBook(
  store: Pick<Store, 'put' | 'delete'>,
  key: string,
  book: Book,
  nowMs: number,
): Promise<void> {
  const distrusted = book.distrustedAtMs !== null && book.distrustedAtMs + MAX_DISTRUST_MS > nowMs;
  // In a distrusted book a bucket that is not there is half empty.
  const buckets = [...book.buckets].filter(([, fullMs]) => distrusted || fullMs > nowMs);
  const waits = [...book.waits].filter(([, untilMs]) => untilMs > nowMs);
  const underWay = [...book.underWay].filter(([, { orderedAtMs }]) => orderedAtMs + MAX_ORDER_MS > nowMs);
  if (buckets.length + waits.length + underWay.length === 0 && !distrusted) {
    await store.delete(key);
    return;
  }
  const json = {
    version: VERSION,
    buckets: Object.fromEntries(buckets),
    waits: Object.fromEntries(waits),
    underWay: Object.fromEntries(underWay),
    distrustedAtMs: distrusted ? book.distrustedAtMs : null,
  };
  await store.put(key, Buffer.from(`${JSON.stringify(json)}\n`));
}

/** Null: the text is no book. */
function readBook(text: string): Book | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(json) || json.version !== VERSION) return null;
  const buckets = mapOf(json.buckets, isTime);
  const waits = mapOf(json.waits, isTime);
  const underWay = mapOf(json.underWay, isUnderWay);
  const { distrustedAtMs } = json;
  if (buckets === null || waits === null || underWay === null) return null;
  if (distrustedAtMs !== null && !isTime(distrustedAtMs)) return null;
  return { buckets, waits, underWay, distrustedAtMs };
}

function mapOf<T>(value: unknown, isGood: (entry: unknown) => entry is T): Map<string, T> | null {
  if (!isRecord(value)) return null;
  const map = new Map<string, T>();
  for (const [key, entry] of Object.entries(value)) {
    if (!isGood(entry)) return null;
    map.set(key, entry);
  }
  return map;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isUnderWay(value: unknown): value is UnderWay {
  return (
    isRecord(value) &&
    Array.isArray(value.names) &&
    value.names.every((name) => typeof name === 'string') &&
    typeof value.isRenewal === 'boolean' &&
    isTime(value.orderedAtMs)
  );
}
