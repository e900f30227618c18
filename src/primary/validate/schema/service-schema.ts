/** One entry of `services:`: endpoints and how they are spoken to. Primary thread; pure. */

import { z } from 'zod';
import { type Address, formatAddress } from '../../../kit/address.ts';
import type { EndpointShape, ServiceShape } from '../shapes.ts';
import { duration, later, MAX_TIMEOUT_MS, name, whole, words } from './fields.ts';
import { endpointAddress } from './network-fields.ts';
import { serviceTls, TLS_ON } from './service-tls.ts';

/** nginx's limit too; sums of weights stay far within 32 bits. */
export const MAX_WEIGHT = 65_535;

const address = endpointAddress('`host:port`, `[v6]:port` or `unix:/path`.');

const shortEndpoint = address.transform((at): EndpointShape => endpoint(at, 1, undefined));

const longEndpoint = z
  .strictObject({
    address,
    weight: whole(1, MAX_WEIGHT, 'Share of the requests, relative to the other endpoints.').prefault(1),
    id: name('Stable identity within the service; the address if left out.').optional(),
    backup: later('a backup endpoint', [false]),
  })
  .transform(({ address: at, weight, id }): EndpointShape => endpoint(at, weight, id));

function endpoint(at: Address, weight: number, id: string | undefined): EndpointShape {
  return { id: id ?? formatAddress(at), address: at, weight };
}

/** Shared by services and routes: a positive time to wait for one thing. */
export function wait(description: string): z.ZodType<number> {
  return duration({ description, minMs: 1, maxMs: MAX_TIMEOUT_MS });
}

export const serviceSchema: z.ZodType<ServiceShape> = z
  .strictObject({
    endpoints: z
      .array(
        z.union([shortEndpoint, longEndpoint], {
          error: 'expected an address such as 127.0.0.1:9001, or a map with address and weight',
        }),
      )
      .describe(
        'Where requests go: addresses, or {address, weight, id}. May be empty: every answer is then 503.',
      ),
    balance: words({
      description: 'How an endpoint is chosen; weights count in both ways.',
      words: ['round_robin', 'random'],
      later: { words: ['least_requests', 'p2c', 'hash'], feature: 'this way of balancing' },
    }).prefault('round_robin'),
    protocol: words({
      description: 'What is spoken to the endpoints: HTTP/1.1, HTTP/2 over TLS, or HTTP/2 without TLS.',
      words: ['http1', 'h2', 'h2c'],
    }).prefault('http1'),
    tls: serviceTls.optional(),
    keepalive: z
      .strictObject({
        max_idle: whole(0, 65_535, 'Idle connections kept per endpoint and worker; 0 keeps none.').prefault(
          256,
        ),
        idle_timeout: wait('How long an idle connection is kept.').prefault('60s'),
        max_requests: whole(0, 2 ** 31 - 1, 'Requests over one connection; 0 = no limit.').prefault(0),
      })
      .describe('The connections to the endpoints that are kept for reuse.')
      .prefault({}),
    timeouts: z
      .strictObject({
        connect: wait('Until the endpoint accepts the connection.').optional(),
        response: wait('From the end of the request to the head of the answer.').optional(),
        idle: wait('Between two pieces of the answer; 120s if left out.').optional(),
      })
      .describe('Time limits that differ from the top level.')
      .prefault({}),
    hash_on: later('balancing by hash'),
    health_check: later('the active health check'),
    outlier: later('passive health'),
    retries: later('the retry policy', [{ attempts: 0 }]),
    max_requests: later('the limit of concurrent requests', [0]),
    sticky: later('the sticky session'),
    proxy_protocol: later('the PROXY protocol', [false]),
  })
  .transform(({ endpoints, balance, protocol, tls, keepalive, timeouts }) => ({
    endpoints,
    balance,
    protocol,
    // What does not fit the protocol is refused by `check-services`, whatever else is wrong.
    tls: tls === undefined ? (protocol === 'h2' ? TLS_ON : null) : tls,
    keepalive: {
      maxIdle: keepalive.max_idle,
      idleTimeoutMs: keepalive.idle_timeout,
      maxRequests: keepalive.max_requests,
    },
    timeouts: {
      connectMs: timeouts.connect ?? null,
      responseMs: timeouts.response ?? null,
      idleMs: timeouts.idle ?? null,
    },
  }))
  .describe('A group of endpoints that serve the same.');
