/**
 * `GET /v1/events`: past events as a page of JSON, or past and coming ones as server-sent events (WHATWG HTML, 9.2), which a client that was cut off
 * resumes by `Last-Event-ID`. Primary thread; no sockets here. A reader takes from the log at its own pace: nothing is queued for it.
 */

import { EVENT_TYPES } from '../../kit/event-types.ts';
import type { Control } from '../control.ts';
import type { EventFeed, EventGap, EventLine, EventPage } from '../event.ts';
import type { AdminRequest } from './admin-request.ts';
import {
  type AdminAnswer,
  type AdminStream,
  jsonAnswer,
  problemAnswer,
  type StreamOut,
  streamAnswer,
} from './answer.ts';
import { wantsEventPage } from './negotiate.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
/** Of a stream at a time. */
const PAGE_EVENTS = 100;
/** The specification advises one about every 15 seconds, for proxies that close what is silent. */
const HEARTBEAT_MS = 15_000;
/** For how long a client waits before it connects again. */
const RECONNECT_MS = 2_000;

/** What `GET /v1/events` answers as JSON. */
export interface EventsPage {
  /** Oldest first. */
  readonly events: readonly unknown[];
  /** Events behind `after` that are kept no longer; null: none. */
  readonly gap: EventGap | null;
  /** For `after` of the next page. */
  readonly next: number;
}

interface Question {
  /** Null: not told. */
  readonly after: number | null;
  readonly types: ReadonlySet<string> | null;
  /** Null: not told. */
  readonly limit: number | null;
}

export function eventsAnswer(
  request: AdminRequest,
  { events }: Control,
): AdminStream | Promise<AdminAnswer> | AdminAnswer {
  const question = questionOf(request);
  if (typeof question === 'string') return problemAnswer(400, question);
  if (question.limit !== null || wantsEventPage(request.accept)) return page(events, question);
  const after = question.after ?? events.lastId;
  return streamAnswer('text/event-stream; charset=utf-8', (out) =>
    follow(events, after, question.types, out),
  );
}

async function page(feed: EventFeed, { after, types, limit }: Question): Promise<AdminAnswer> {
  const query = { types, limit: limit ?? DEFAULT_LIMIT };
  const found: EventPage = await (after === null ? feed.newest(query) : feed.read({ ...query, after }));
  return jsonAnswer(200, {
    events: found.lines.map(({ json }): unknown => JSON.parse(json)),
    gap: found.gap,
    next: found.cursor,
  } satisfies EventsPage);
}

/** Sends what is behind `after`, then what comes, until the client goes. */
async function follow(
  feed: EventFeed,
  after: number,
  types: ReadonlySet<string> | null,
  out: StreamOut,
): Promise<void> {
  // An id of the future would hide what comes: the log was lost, and the clock went back.
  let cursor = Math.min(after, feed.lastId);
  let hasNews = true;
  let wake = (): void => {};
  const unsubscribe = feed.subscribe(() => {
    hasNews = true;
    wake();
  });
  out.onEnd(() => wake());
  // A comment, so that the client sees at once that the stream stands.
  let isSent = await out.send(`retry: ${RECONNECT_MS}\n: penstock events\n\n`);
  while (isSent && out.isOpen) {
    if (!hasNews) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        wake = resolve;
        timer = setTimeout(resolve, HEARTBEAT_MS).unref();
      });
      clearTimeout(timer);
      if (!out.isOpen) break;
      if (!hasNews) {
        isSent = await out.send(': heartbeat\n\n');
        continue;
      }
    }
    hasNews = false;
    const { lines, gap, cursor: next } = await feed.read({ after: cursor, types, limit: PAGE_EVENTS });
    if (next > cursor) hasNews = true;
    cursor = next;
    const text = (gap === null ? '' : gapText(gap)) + lines.map(eventText).join('');
    if (text !== '') isSent = await out.send(text);
  }
  unsubscribe();
}

/** JSON holds no line ends, so one `data` line is enough. */
function eventText({ id, type, json }: EventLine): string {
  return `id: ${id}\nevent: ${type}\ndata: ${json}\n\n`;
}

/** Its id lets a client that is cut right behind it go on from what is kept. */
function gapText(gap: EventGap): string {
  return `id: ${gap.keptAfter}\nevent: gap\ndata: ${JSON.stringify(gap)}\n\n`;
}

/** A string: what is wrong with it. */
function questionOf({ query, lastEventId }: AdminRequest): Question | string {
  // A client that was cut off repeats the query of its first request; what it saw since is in the field.
  const written = lastEventId ?? query.get('after');
  const after = written === null || written === '' ? null : whole(written);
  if (Number.isNaN(after)) return 'after and Last-Event-ID are the id of an event: a whole number.';
  const limit = query.has('limit') ? whole(query.get('limit') ?? '') : null;
  if (limit !== null && !(limit >= 1 && limit <= MAX_LIMIT)) return `limit is from 1 to ${MAX_LIMIT}.`;
  const types = query
    .getAll('type')
    .flatMap((list) => list.split(','))
    .filter((type) => type !== '');
  const known: readonly string[] = EVENT_TYPES;
  if (!types.every((type) => known.includes(type))) return `type is one of: ${EVENT_TYPES.join(', ')}.`;
  return { after, limit, types: types.length === 0 ? null : new Set(types) };
}

/** NaN where the text is none. */
function whole(text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : Number.NaN;
}
