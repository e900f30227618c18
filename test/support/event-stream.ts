/** A client of server-sent events that keeps what it gets, as a browser's EventSource would. */

import { type IncomingMessage, request } from 'node:http';
import { waitFor } from './wait-for.ts';

export interface StreamedEvent {
  readonly id: string;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into events of many shapes
  readonly data: any;
}

export interface EventStream {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** As it came. */
  text(): string;
  events(): StreamedEvent[];
  /** Waits for so many events. */
  until(count: number): Promise<StreamedEvent[]>;
  readonly ended: Promise<void>;
  close(): void;
}

export function openEventStream(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventStream> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false, headers: { accept: 'text/event-stream', ...headers } });
    asked.once('error', reject);
    asked.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('error', () => {});
      const events = (): StreamedEvent[] => text.split('\n\n').slice(0, -1).flatMap(eventOf);
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        text: () => text,
        events,
        until: async (count) => {
          await waitFor(() => events().length >= count, { what: `${count} events in:\n${text}` });
          return events();
        },
        ended: new Promise((end) => response.once('close', end)),
        close: () => asked.destroy(),
      });
    });
    asked.end();
  });
}

function eventOf(block: string): StreamedEvent[] {
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
  const data = field('data');
  return data === '' ? [] : [{ id: field('id'), event: field('event'), data: JSON.parse(data) }];
}
