/**
 * One webhook: takes events from the log in their order and brings each to its receiver, again and again until it has taken it or its time is over.
 * Primary thread; one loop, that nothing waits for. The log is its queue: it holds one page of it.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Clock, Random } from '../../kit/clock.ts';
import { LogField } from '../../kit/names.ts';
import { PENSTOCK_VERSION } from '../../kit/version.ts';
import type { WebhookDraft } from '../draft.ts';
import type { EventFeed, EventLine } from '../event.ts';
import { callWebhook, type WebhookOutcome } from './webhook-call.ts';
import type { WebhookPosition } from './webhook-position.ts';
import { isGivenUp, type RetryTimes, retryDelayMs, WEBHOOK_RETRIES } from './webhook-retry.ts';
import { webhookSignature } from './webhook-signature.ts';

export interface WebhookGround {
  readonly feed: EventFeed;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** What the log calls it. */
  readonly name: string;
  /** Shorter in tests. */
  readonly times?: RetryTimes;
}

const PAGE_EVENTS = 50;
const GONE = 410;

export class Webhook {
  readonly #draft: WebhookDraft;
  readonly #position: WebhookPosition;
  readonly #ground: WebhookGround;
  readonly #times: RetryTimes;
  readonly #types: ReadonlySet<string> | null;
  readonly #end = new AbortController();
  readonly #unsubscribe: () => void;
  /** There may be more to read than what was read last. */
  #hasNews = true;
  #wake: () => void = () => {};
  /** In a row. */
  #failures = 0;

  /** Begins at once. */
  constructor(draft: WebhookDraft, position: WebhookPosition, ground: WebhookGround) {
    this.#draft = draft;
    this.#position = position;
    this.#ground = ground;
    this.#times = ground.times ?? WEBHOOK_RETRIES;
    this.#types = draft.events === null ? null : new Set(draft.events);
    this.#unsubscribe = ground.feed.subscribe(() => {
      this.#hasNews = true;
      this.#wake();
    });
    void this.#run();
  }

  /** An attempt under way is cut. The position stays as it is and is saved. */
  close(): void {
    this.#unsubscribe();
    this.#end.abort();
    this.#wake();
    this.#position.save();
  }

  get #isClosed(): boolean {
    return this.#end.signal.aborted;
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    while (!this.#isClosed) {
      this.#hasNews = false;
      const { after } = this.#position.place;
      const page = await this.#ground.feed.read({ after, types: this.#types, limit: PAGE_EVENTS });
      if (this.#isClosed) return;
      if (page.gap !== null)
        this.#log('error', 'events were dropped from the log before they could be delivered');
      if (!(await this.#deliverAll(page.lines)) || this.#isClosed) return;
      if (page.cursor > after) {
        this.#position.move({ after: page.cursor });
        continue;
      }
      await this.#news();
    }
  }

  async #news(): Promise<void> {
    if (this.#hasNews || this.#isClosed) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  /** False: it ended before. */
  async #deliverAll(lines: readonly EventLine[]): Promise<boolean> {
    let givenUp = 0;
    for (const line of lines) {
      // Its time may have run out while it waited behind others.
      const isOver = this.#isOver(line);
      if (!isOver) {
        this.#tellGivenUp(givenUp);
        givenUp = 0;
      }
      const outcome = isOver ? 'given up' : await this.#deliver(line);
      if (outcome === 'ended') return false;
      if (outcome === 'given up') givenUp++;
      this.#position.move({ after: line.id });
    }
    this.#tellGivenUp(givenUp);
    return true;
  }

  #tellGivenUp(count: number): void {
    if (count === 0) return;
    const hours = this.#times.giveUpMs / 3_600_000;
    this.#log(
      'error',
      `the receiver has failed for ${hours} hours, events given up: ${count}; penstock events has them`,
    );
  }

  async #deliver(line: EventLine): Promise<'delivered' | 'given up' | 'ended'> {
    for (;;) {
      const outcome = await this.#attempt(line);
      if (this.#isClosed) return 'ended';
      if (outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300) {
        if (this.#failures > 0) this.#log('info', 'the receiver takes events again');
        this.#failures = 0;
        if (this.#position.place.failingSinceMs !== null) this.#position.move({ failingSinceMs: null });
        return 'delivered';
      }
      if (outcome.kind === 'answered' && outcome.status === GONE) {
        this.#log(
          'error',
          'the receiver answered 410 (gone): nothing is sent to it until penstock starts anew or its entry changes; remove it from webhooks',
        );
        this.close();
        return 'ended';
      }
      this.#failed(outcome);
      if (this.#isOver(line)) return 'given up';
      const retryAfter = outcome.kind === 'answered' ? outcome.retryAfterMs : null;
      const delayMs = retryDelayMs(this.#failures, retryAfter, this.#times, this.#ground.random);
      await sleep(delayMs, undefined, { ref: false, signal: this.#end.signal }).catch(() => {});
      if (this.#isClosed) return 'ended';
    }
  }

  #attempt(line: EventLine): Promise<WebhookOutcome> {
    const { url, headers, secrets, timeoutMs } = this.#draft;
    const nowMs = this.#ground.clock.epochMs();
    const id = `msg_${this.#position.place.sender}_${line.id}`;
    const timestamp = Math.floor(nowMs / 1000);
    const body = bodyOf(line);
    return callWebhook({
      url,
      headers: {
        'content-type': 'application/json',
        'user-agent': `penstock/${PENSTOCK_VERSION}`,
        ...Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value])),
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        ...(secrets.length === 0
          ? {}
          : { 'webhook-signature': webhookSignature(secrets, id, timestamp, body) }),
      },
      body,
      timeoutMs,
      signal: this.#end.signal,
      nowMs,
    });
  }

  #failed(outcome: WebhookOutcome): void {
    this.#failures++;
    if (this.#position.place.failingSinceMs === null)
      this.#position.move({ failingSinceMs: this.#ground.clock.epochMs() });
    if (this.#failures === 1)
      this.#log('warn', `an event was not delivered and is tried again: ${reasonOf(outcome)}`);
  }

  #log(level: 'info' | 'warn' | 'error', message: string): void {
    this.#ground.log[level]({ [LogField.WEBHOOK]: this.#ground.name }, message);
  }

  #isOver({ id }: EventLine): boolean {
    const { failingSinceMs } = this.#position.place;
    if (failingSinceMs === null || this.#failures === 0) return false;
    return isGivenUp(id, failingSinceMs, this.#ground.clock.epochMs(), this.#times);
  }
}

/** The payload that the specification recommends: `type`, `timestamp`, `data`, and beside them what penstock's events have. */
function bodyOf({ json }: EventLine): string {
  const { id, time, type, subject, data } = JSON.parse(json) as Record<string, unknown>;
  return JSON.stringify({ type, timestamp: time, id, subject, data });
}

function reasonOf(outcome: WebhookOutcome): string {
  if (outcome.kind === 'failed') return outcome.reason;
  const { status } = outcome;
  return status >= 300 && status < 400
    ? `the receiver answered ${status}, and redirects are not followed; name the address that it redirects to`
    : `the receiver answered ${status}`;
}
