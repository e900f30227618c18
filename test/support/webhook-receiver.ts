/** A receiver of webhooks on loopback: keeps every request, answers as the test says. */

import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedWebhook {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into events of many shapes
  readonly event: any;
  /** On the clock that never goes back. */
  readonly atMs: number;
}

export interface ReceiverAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface WebhookReceiver {
  readonly url: string;
  readonly port: number;
  readonly requests: ReceivedWebhook[];
  /** Subjects of the events that were answered with 2xx, in their order. */
  readonly taken: string[];
  /** Null: no answer at all. By default 204. */
  answer: (request: ReceivedWebhook) => ReceiverAnswer | null;
  close(): Promise<void>;
}

/** On a free port if none is named. */
export async function startWebhookReceiver(port = 0): Promise<WebhookReceiver> {
  const requests: ReceivedWebhook[] = [];
  const taken: string[] = [];
  const server: Server = createServer((message, response) => {
    const pieces: Buffer[] = [];
    message.on('data', (piece: Buffer) => pieces.push(piece));
    message.on('end', () => {
      const body = Buffer.concat(pieces).toString();
      const event = JSON.parse(body);
      const request = {
        path: message.url ?? '',
        headers: message.headers,
        body,
        event,
        atMs: performance.now(),
      };
      requests.push(request);
      const answer = receiver.answer(request);
      if (answer === null) return;
      if (answer.status >= 200 && answer.status < 300) taken.push(event.subject);
      response.writeHead(answer.status, answer.headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = (server.address() as AddressInfo).port;
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    requests,
    taken,
    answer: () => ({ status: 204 }),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return receiver;
}
