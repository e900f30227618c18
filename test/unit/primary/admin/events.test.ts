import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { toAdminRequest } from '../../../../src/primary/admin/admin-request.ts';
import { eventsAnswer } from '../../../../src/primary/admin/events.ts';
import type { EventFeed, EventLine } from '../../../../src/primary/event.ts';
import { fakeControl } from '../../../support/fake-control.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const line = (id: number): EventLine => ({ id, type: 'DomainAdded', json: `{"id":${id}}` });

/** A log of these lines, and a stream of it that a client has opened. */
async function open(lines: EventLine[], url: string) {
  let tell = (): void => {};
  let isSubscribed = false;
  const feed: EventFeed = {
    get lastId() {
      return lines.at(-1)?.id ?? 0;
    },
    read: ({ after }) => {
      const found = lines.filter(({ id }) => id > after);
      return Promise.resolve({ lines: found, gap: null, cursor: found.at(-1)?.id ?? after });
    },
    newest: () => Promise.resolve({ lines, gap: null, cursor: 0 }),
    subscribe: (onNews) => {
      tell = onNews;
      isSubscribed = true;
      return () => {
        isSubscribed = false;
      };
    },
  };
  const request = toAdminRequest({ method: 'GET', url, headers: {} } as never, '');
  const answer = await eventsAnswer(request, fakeControl({ events: feed }));
  if (!('run' in answer)) throw new Error('no stream');
  let text = '';
  let end = (): void => {};
  const out = {
    isOpen: true,
    send: (piece: string) => {
      text += piece;
      return Promise.resolve(true);
    },
    onEnd: (onEnd: () => void) => {
      end = onEnd;
    },
  };
  const running = answer.run(out);
  const settle = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
  await settle(0);
  return {
    text: () => text,
    settle,
    add: async (id: number) => {
      lines.push(line(id));
      tell();
      await settle(0);
    },
    close: async () => {
      out.isOpen = false;
      end();
      await running;
      return isSubscribed;
    },
  };
}

const HEAD = 'retry: 2000\n: penstock events\n\n';
const event = (id: number): string => `id: ${id}\nevent: DomainAdded\ndata: {"id":${id}}\n\n`;

describe('the stream of events', () => {
  it('sends what was, what comes, and a comment where 15 seconds nothing came', async () => {
    const stream = await open([line(3), line(7)], '/v1/events?after=3');
    expect(stream.text()).toBe(HEAD + event(7));
    await stream.settle(14_000);
    await stream.add(9);
    await stream.settle(14_000);
    expect(stream.text()).toBe(HEAD + event(7) + event(9));
    await stream.settle(1_000);
    expect(stream.text()).toBe(`${HEAD}${event(7)}${event(9)}: heartbeat\n\n`);
    await stream.add(10);
    expect(stream.text()).toBe(`${HEAD}${event(7)}${event(9)}: heartbeat\n\n${event(10)}`);
    expect(await stream.close()).toBe(false);
  });

  it('begins now where nothing else is asked for, and where an id of the future is', async () => {
    for (const url of ['/v1/events', '/v1/events?after=900000000']) {
      const stream = await open([line(3)], url);
      await stream.add(4);
      expect(stream.text(), url).toBe(HEAD + event(4));
      await stream.close();
    }
  });
});
