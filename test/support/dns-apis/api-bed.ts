/**
 * A DNS provider's API on loopback, for the tests of src/primary/certs/acme/challenge/dns-providers. What is common to all: zones with TXT records, a
 * log of requests, faults to order. What an API says and how stands in a file of its own beside this one, after the provider's documentation.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DnsProvider } from '../../../src/primary/certs/acme/challenge/dns-providers/provider.ts';

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface ApiReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown;
}

/** One provider's API. */
export interface DnsApi {
  readonly name: string;
  /** What a record's content looks like in its store. */
  readonly stored: (value: string) => string;
  /** The fewest records of a name for which it needs a second page; null: it knows no pages. */
  readonly pageSize: number | null;
  readonly make: (bed: ApiBed, secret: string) => DnsProvider;
  readonly answer: (request: ApiRequest, bed: ApiBed) => ApiReply;
}

export class ApiBed {
  /** Zone → name relative to it, `@` for the zone → values as stored. */
  readonly zones = new Map<string, Map<string, string[]>>();
  readonly requests: ApiRequest[] = [];
  /** Given in place of answers, the first first; `null` breaks the connection. */
  readonly faults: (ApiReply | null)[] = [];
  /** The next change is made, and its answer lost. */
  losesNextChange = false;
  readonly url: string;
  readonly close: () => Promise<void>;

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.close = close;
  }

  static async open(api: DnsApi): Promise<ApiBed> {
    const server = createServer((message, response) => {
      let body = '';
      message.setEncoding('utf8').on('data', (piece) => {
        body += piece;
      });
      message.on('end', () => {
        const { pathname: path, searchParams: query } = new URL(message.url ?? '/', 'http://api.test');
        const request = { method: message.method ?? '', path, query, headers: message.headers, body };
        bed.requests.push(request);
        const fault = bed.faults.shift();
        if (fault === null) {
          message.socket.destroy();
          return;
        }
        const reply = fault ?? api.answer(request, bed);
        if (bed.losesNextChange && request.method !== 'GET') {
          bed.losesNextChange = false;
          message.socket.destroy();
          return;
        }
        const isText = typeof reply.body === 'string';
        response.writeHead(reply.status, {
          'content-type': isText ? 'text/xml' : 'application/json',
          ...reply.headers,
        });
        response.end(isText || reply.body === undefined ? reply.body : JSON.stringify(reply.body));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const bed = new ApiBed(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    return bed;
  }

  /** The values of a name, as stored. */
  values(zone: string, name: string): string[] {
    const records = this.zones.get(zone);
    if (records === undefined) throw new Error(`no zone ${zone}`);
    const values = records.get(name) ?? [];
    records.set(name, values);
    return values;
  }
}

/** The zone as its API numbers it, and back. */
export function zoneId(zone: string): string {
  return `Z${Buffer.from(zone).toString('hex')}`;
}

export function zoneOfId(id: string): string {
  return Buffer.from(id.slice(1), 'hex').toString();
}

/** Absolute → relative; a name outside the zone is a mistake of the provider's code. */
export function inZone(name: string, zone: string): string {
  if (name === zone) return '@';
  if (!name.endsWith(`.${zone}`)) throw new Error(`${name} is not in ${zone}`);
  return name.slice(0, -zone.length - 1);
}
