/** One entry of `services:`: endpoints and how they are spoken to. Primary thread; pure. */

import { z } from 'zod';
import { MAX_ENDPOINT_REQUESTS } from '../../../bridge/memory/endpoint-table.ts';
import { type Address, formatAddress } from '../../../kit/address.ts';
import { HASH_ON_FORMS, type HashOn, parseHashOn } from '../../../kit/hash-on.ts';
import { NO_RETRIES } from '../../../kit/retry-policy.ts';
import type { EndpointShape, ServiceShape } from '../shapes.ts';
import { duration, fail, MAX_TIMEOUT_MS, name, whole, words } from './fields.ts';
import { serviceHealthCheck, serviceOutlier } from './health-schema.ts';
import { endpointAddress } from './network-fields.ts';
import { serviceRetries } from './retries-schema.ts';
import { serviceTls, TLS_ON } from './service-tls.ts';

/** nginx's limit too; sums of weights stay far within 32 bits. */
export const MAX_WEIGHT = 65_535;

const address = endpointAddress('`host:port`, `[v6]:port` or `unix:/path`.');

const shortEndpoint = address.transform((at): EndpointShape => endpoint(at, 1, undefined, false));

const longEndpoint = z
  .strictObject({
    address,
    weight: whole(
      0,
      MAX_WEIGHT,
      'Share of the requests, relative to the other endpoints; 0 drains it: only clients that stick to it come.',
    ).prefault(1),
    id: name('Stable identity within the service; the address if left out.').optional(),
    backup: z.boolean().describe('Takes requests only while no other endpoint can.').prefault(false),
  })
  .transform(({ address: at, weight, id, backup }): EndpointShape => endpoint(at, weight, id, backup));

function endpoint(at: Address, weight: number, id: string | undefined, backup: boolean): EndpointShape {
  return { id: id ?? formatAddress(at), address: at, weight, backup };
}

const serviceHashOn = z
  .string()
  .transform((text, ctx): HashOn => parseHashOn(text) ?? fail(ctx, 'BAD_VALUE', `expected ${HASH_ON_FORMS}`))
  .describe(
    `What of a request chooses its endpoint, with balance: hash only: ${HASH_ON_FORMS}; ip if left out.`,
  );

const DEFAULT_HASH_ON: HashOn = { kind: 'ip' };

/** RFC 6265 4.1.1. */
const COOKIE_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;

const serviceSticky = z
  .strictObject({
    cookie: z
      .string()
      .transform((text, ctx) =>
        COOKIE_NAME.test(text)
          ? text
          : fail(ctx, 'BAD_VALUE', "a cookie name has 1 to 128 letters, digits and !#$%&'*+.^_`|~-"),
      )
      .describe('Name of the cookie.')
      .prefault('penstock'),
  })
  .describe('A client stays with the endpoint that answered it first, by a cookie.');

/** Shared by services and routes: a positive time to wait for one thing. */
export function wait(description: string): z.ZodType<number> {
  return duration({ description, minMs: 1, maxMs: MAX_TIMEOUT_MS });
}

const proxyProtocol = z
  .union(
    [
      z.literal(false).transform((): 'off' => 'off'),
      words({ description: 'Version 2, or none.', words: ['v2', 'off'] }),
    ],
    { error: 'expected v2 or off' },
  )
  .describe('v2: each connection to an endpoint begins with a PROXY header that tells the client.')
  .prefault('off');

export const serviceSchema: z.ZodType<ServiceShape> = z
  .strictObject({
    endpoints: z
      .array(
        z.union([shortEndpoint, longEndpoint], {
          error: 'expected an address such as 127.0.0.1:9001, or a map with address and weight',
        }),
      )
      .describe(
        'Where requests go: addresses, or {address, weight, id, backup}. May be empty: every answer is then 503.',
      ),
    balance: words({
      description:
        'How an endpoint is chosen, by weight in every way: by turn, at random, the one with the fewest requests under way, the better of two at random, or by a hash of the request.',
      words: ['round_robin', 'random', 'least_requests', 'p2c', 'hash'],
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
    hash_on: serviceHashOn.optional(),
    health_check: serviceHealthCheck.optional(),
    outlier: serviceOutlier,
    retries: serviceRetries.optional(),
    max_requests: whole(
      0,
      MAX_ENDPOINT_REQUESTS,
      'Concurrent requests per endpoint, over all workers; beyond it another endpoint, else 503. 0 = no limit.',
    ).prefault(0),
    sticky: serviceSticky.optional(),
    proxy_protocol: proxyProtocol,
  })
  .transform(({ endpoints, balance, hash_on, protocol, tls, keepalive, timeouts, ...rest }) => ({
    endpoints,
    balance,
    hashOn: balance === 'hash' ? (hash_on ?? DEFAULT_HASH_ON) : null,
    protocol,
    // What does not fit the protocol is refused by `check-services`, whatever else is wrong.
    tls: tls === undefined ? (protocol === 'h2' ? TLS_ON : null) : tls,
    proxyProtocol: rest.proxy_protocol === 'v2' ? (2 as const) : (0 as const),
    keepalive: {
      maxIdle: keepalive.max_idle,
      idleTimeoutMs: keepalive.idle_timeout,
      maxRequests: keepalive.max_requests,
    },
    maxRequestsPerEndpoint: rest.max_requests,
    stickyCookie: rest.sticky?.cookie ?? null,
    healthCheck: rest.health_check ?? null,
    outlier: rest.outlier,
    retries: rest.retries ?? NO_RETRIES,
    timeouts: {
      connectMs: timeouts.connect ?? null,
      responseMs: timeouts.response ?? null,
      idleMs: timeouts.idle ?? null,
    },
  }))
  .describe('A group of endpoints that serve the same.');
