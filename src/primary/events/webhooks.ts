/** The webhooks of a configuration: begun, exchanged and ended as it changes. Primary thread; one for as long as penstock runs. */

import type { Logger } from 'pino';
import type { Clock, Random } from '../../kit/clock.ts';
import { LogField } from '../../kit/names.ts';
import type { WebhookDraft } from '../draft.ts';
import type { EventFeed } from '../event.ts';
import { Webhook } from './webhook.ts';
import { WebhookPosition } from './webhook-position.ts';
import type { RetryTimes } from './webhook-retry.ts';

export interface WebhooksGround {
  /** Of the positions. */
  readonly folder: string;
  readonly feed: EventFeed;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Shorter in tests. */
  readonly times?: RetryTimes;
}

interface Running {
  readonly webhook: Webhook;
  readonly position: WebhookPosition;
  /** What it was made of. */
  readonly made: string;
}

export class Webhooks {
  readonly #ground: WebhooksGround;
  /** By URL. */
  readonly #running = new Map<string, Running>();

  constructor(ground: WebhooksGround) {
    this.#ground = ground;
  }

  /** These are all there are. One that is new begins with the events from now on, one that changed goes on where it stands. */
  adopt(drafts: readonly WebhookDraft[]): void {
    const wanted = new Set(drafts.map(({ url }) => url));
    for (const [url, { webhook, position }] of this.#running) {
      if (wanted.has(url)) continue;
      webhook.close();
      position.forget();
      this.#running.delete(url);
    }
    drafts.forEach((draft, index) => {
      const made = JSON.stringify([index, draft]);
      const before = this.#running.get(draft.url);
      if (before?.made === made) return;
      before?.webhook.close();
      const { folder, feed, log } = this.#ground;
      const name = nameOf(draft, index);
      const position =
        before?.position ??
        new WebhookPosition(folder, draft.url, feed.lastId, (message) =>
          log.warn({ [LogField.WEBHOOK]: name }, message),
        );
      const webhook = new Webhook(draft, position, { ...this.#ground, name });
      this.#running.set(draft.url, { webhook, position, made });
    });
  }

  close(): void {
    for (const { webhook } of this.#running.values()) webhook.close();
    this.#running.clear();
  }
}

/** User information, path and query may be secret: many services know their callers by them. */
function nameOf({ url }: WebhookDraft, index: number): string {
  return `webhooks[${index}] (${new URL(url).origin})`;
}
