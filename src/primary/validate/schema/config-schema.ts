/**
 * The whole file: the one definition from which come validation, defaults, the draft's shape, the known keys for
 * suggestions and the JSON Schema for editors. Primary thread; pure.
 */

import { z } from 'zod';
import type { CertificateShape, ConfigShape } from '../shapes.ts';
import { acmeSchema } from './acme-schema.ts';
import { duration, fail, later, MAX_TIMEOUT_MS, size, text, whole, words } from './fields.ts';
import { listenSchema } from './listen-schema.ts';
import { cidr, host, resolvers } from './network-fields.ts';
import { MAX_BODY_BYTES, routeSchema } from './route-schema.ts';
import { serviceSchema, wait } from './service-schema.ts';
import { webhookSchema } from './webhook-schema.ts';

const MAX_WORKERS = 256;
/** More than a machine has descriptors for. */
const MAX_CONNECTIONS = 10_000_000;
/** The engine reserves this much for every connection's header section. */
const MAX_HEADER_BYTES = 16 * 1024 * 1024;
const MAX_WEBHOOKS = 32;

const adminToken = z
  .string()
  .transform((token, ctx) =>
    /^[\x21-\x7e]{1,4096}$/.test(token)
      ? token
      : fail(ctx, 'BAD_VALUE', 'a token is not empty and has only ASCII characters without blanks'),
  )
  .describe('Token that the admin endpoints want as `Authorization: Bearer …`. Best written as ${env:NAME}.');

const log = z
  .strictObject({
    level: words({
      description: 'Least severe level that is logged.',
      words: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    }).prefault('info'),
    access: z
      .union([z.literal(false).transform((): string => 'off'), z.string()], {
        error: 'expected off, stderr or a path',
      })
      .transform((target, ctx) => {
        if (target === 'off' || target === 'stderr' || target.includes('/')) return target;
        return fail(
          ctx,
          'BAD_VALUE',
          'expected off, stderr, or a path such as /var/log/access.log or ./access.log',
        );
      })
      .describe('One line per request: off, stderr or a path.')
      .prefault('off'),
    format: words({
      description: 'Form of log lines; auto is text on a terminal and JSON otherwise.',
      words: ['auto', 'json', 'text'],
    }).prefault('auto'),
  })
  .describe('What is logged.');

const limits = z
  .strictObject({
    header_bytes: size({
      description: 'Largest header section of a request; 0 = no limit.',
      maxBytes: MAX_HEADER_BYTES,
    }).prefault('32KiB'),
    body_bytes: size({
      description: 'Largest request body; 0 = no limit. A route may say otherwise.',
      maxBytes: MAX_BODY_BYTES,
    }).prefault(0),
    connections: whole(
      0,
      MAX_CONNECTIONS,
      'Client connections of one listener at a time; 0 = no limit.',
    ).prefault(0),
    connections_per_address: whole(
      0,
      MAX_CONNECTIONS,
      'Client connections of one address at a time; 0 = no limit.',
    ).prefault(0),
    url_bytes: size({
      description: 'Longest request target; 0 = no limit.',
      maxBytes: MAX_HEADER_BYTES,
    }).prefault('16KiB'),
  })
  .transform((sizes) => ({
    headerBytes: sizes.header_bytes,
    bodyBytes: sizes.body_bytes,
    connections: sizes.connections,
    connectionsPerAddress: sizes.connections_per_address,
    urlBytes: sizes.url_bytes,
  }))
  .describe('What a request may cost.');

const timeouts = z
  .strictObject({
    read: wait('Between two pieces of a request.').prefault('30s'),
    write: wait('Until the client takes a piece of the answer.').prefault('30s'),
    connect: wait('Until an endpoint accepts the connection.').prefault('5s'),
    response: wait('From the end of the request to the head of the answer.').prefault('30s'),
    keepalive: wait("How long a client's connection may idle between two requests.").prefault('60s'),
    drain: duration({
      description: 'How long requests under way may take when penstock stops; 0 = not at all.',
      minMs: 0,
      maxMs: MAX_TIMEOUT_MS,
    }).prefault('30s'),
  })
  .transform((times) => ({
    readMs: times.read,
    writeMs: times.write,
    connectMs: times.connect,
    responseMs: times.response,
    drainMs: times.drain,
    keepAliveMs: times.keepalive,
  }))
  .describe('Time limits; a service or a route may say otherwise.');

export const certificateSchema: z.ZodType<CertificateShape> = z
  .strictObject({
    cert_file: text('PEM file with the chain, the leaf first. Relative to the configuration.'),
    key_file: text('PEM file with the private key. Relative to the configuration.'),
    hosts: z
      .array(host('`name` or `*.name`.'))
      .min(1)
      .describe("Names that it is served for; the certificate's own names if left out.")
      .optional(),
  })
  .transform((written) => ({
    certFile: written.cert_file,
    keyFile: written.key_file,
    hosts: written.hosts === undefined ? null : [...new Set(written.hosts)],
  }))
  .describe('An own certificate.');

export const configSchema: z.ZodType<ConfigShape> = z
  .strictObject({
    listen: listenSchema.describe('Where clients and administrators connect.').prefault({}),
    admin_token: adminToken.optional(),
    workers: z
      .union([z.literal('auto'), z.int().min(1).max(MAX_WORKERS)], {
        error: `expected auto, or a whole number from 1 to ${MAX_WORKERS}`,
      })
      .describe('Data-plane threads; auto = usable cores.')
      .prefault('auto'),
    state_dir: text('Folder for what survives a restart. Relative to the configuration.').prefault(
      './penstock-state',
    ),
    trusted_proxies: z
      .array(cidr('An address or a range.'))
      .describe('Peers whose X-Forwarded-* headers are believed.')
      .prefault([]),
    log: log.prefault({}),
    limits: limits.prefault({}),
    timeouts: timeouts.prefault({}),
    services: z.record(z.string(), serviceSchema).describe('Groups of endpoints by name.').prefault({}),
    routes: z
      .array(routeSchema)
      .describe('Which requests go where. The best match wins, whatever the order.')
      .prefault([]),
    certificates: z.array(certificateSchema).describe('Own certificates.').prefault([]),
    webhooks: z.array(webhookSchema).max(MAX_WEBHOOKS).describe('Receivers of events.').prefault([]),
    domains: z
      .strictObject({
        resolvers: resolvers(
          "Name servers that are asked for the records of domains, up to three; the system's if left out.",
        ).prefault([]),
      })
      .describe('How domains are verified.')
      .prefault({}),
    secrets: z
      .record(z.string(), z.string())
      .describe('Values for ${secret.NAME}; may be ${env:NAME} or ${file:/path}. Never printed.')
      .prefault({}),
    acme: acmeSchema.optional(),
    tcp: later('raw TCP'),
    cluster: later('the cluster'),
  })
  .transform((written) => ({
    listen: written.listen,
    adminToken: written.admin_token ?? null,
    workers: written.workers,
    stateDir: written.state_dir,
    trustedProxies: [...new Set(written.trusted_proxies)],
    log: written.log,
    limits: written.limits,
    timeouts: written.timeouts,
    services: written.services,
    routes: written.routes,
    certificates: written.certificates,
    acme: written.acme ?? null,
    webhooks: written.webhooks,
    domains: written.domains,
  }));
