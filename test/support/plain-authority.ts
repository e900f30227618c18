/**
 * An ACME authority of which nothing but its directory and its renewal information (RFC 9773) is there, over plain HTTP on this machine: for tests of what
 * penstock asks without an account. Whatever else is asked gets a 503.
 */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PlainAuthority {
  readonly directoryUrl: string;
  /** Paths that were asked for, in their order. */
  readonly asked: string[];
  /** Fields of every answer. */
  fields: Readonly<Record<string, string>>;
  /** What renewal information it gives; null: it offers none. */
  window: { readonly start: string; readonly end: string } | null;
  /** What renewal information waits for. */
  until: Promise<void>;
  close(): Promise<void>;
}

const DIRECTORY = '/directory';
const RENEWAL = '/renewal-info';

export async function startPlainAuthority(): Promise<PlainAuthority> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const authority: PlainAuthority = {
    directoryUrl: origin + DIRECTORY,
    asked: [],
    fields: {},
    window: null,
    until: Promise.resolve(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  server.on('request', async ({ url = '' }, answer) => {
    const { window, fields } = authority;
    authority.asked.push(url);
    const send = (status: number, body: unknown): void => {
      answer.sendDate = fields.date === undefined;
      answer.writeHead(status, { 'content-type': 'application/json', ...fields }).end(JSON.stringify(body));
    };
    if (url === DIRECTORY) {
      const [newNonce, newAccount, newOrder] = ['/nonce', '/account', '/order'].map((path) => origin + path);
      const renewal = window === null ? {} : { renewalInfo: origin + RENEWAL };
      send(200, { newNonce, newAccount, newOrder, ...renewal });
    } else if (url.startsWith(RENEWAL) && window !== null) {
      await authority.until;
      send(200, { suggestedWindow: window });
    } else {
      send(503, {});
    }
  });
  return authority;
}
