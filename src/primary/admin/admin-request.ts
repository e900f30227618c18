/** What the admin endpoints look at in a request, taken out of the HTTP library once. */

import type { IncomingMessage } from 'node:http';

export interface AdminRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** As received; empty if there is none. */
  readonly host: string;
  readonly origin: string | null;
  readonly authorization: string | null;
  readonly accept: string;
  readonly ifNoneMatch: string | null;
  readonly lastEventId: string | null;
  /** As UTF-8. */
  readonly body: string;
  /** True where the `penstock` command asks, for the trigger that a reload reports. */
  readonly fromCommand: boolean;
}

/** The field by which the `penstock` command makes itself known. Not a credential: it names the trigger only. */
export const COMMAND_FIELD = 'x-penstock-command';

/** Never throws: an odd target is a path that nothing answers to. */
export function toAdminRequest(message: IncomingMessage, body: string): AdminRequest {
  const target = message.url ?? '/';
  const queryAt = target.indexOf('?');
  const headers = message.headers;
  return {
    method: message.method ?? 'GET',
    path: queryAt === -1 ? target : target.slice(0, queryAt),
    query: new URLSearchParams(queryAt === -1 ? '' : target.slice(queryAt + 1)),
    host: headers.host ?? '',
    origin: headers.origin ?? null,
    authorization: headers.authorization ?? null,
    accept: headers.accept ?? '',
    ifNoneMatch: headers['if-none-match'] ?? null,
    lastEventId: fieldOf(headers['last-event-id']),
    body,
    fromCommand: headers[COMMAND_FIELD] !== undefined,
  };
}

/** The type allows a list for fields that it does not know; Node.js joins them all the same. */
function fieldOf(value: string | string[] | undefined): string | null {
  return value === undefined ? null : String(value);
}
