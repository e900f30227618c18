/** One entry of `routes:`: which requests, and what happens to them. Primary thread; pure. */

import { z } from 'zod';
import { prefixPath } from '../../../kit/path.ts';
import type { AccessDraft, HeaderOpsDraft, HstsDraft, RewriteDraft, RouteActionDraft } from '../../draft.ts';
import type { RouteShape } from '../shapes.ts';
import { email } from './acme-schema.ts';
import { listWords, name, size, text, whole, words } from './fields.ts';
import {
  answerHeaders,
  headerConditions,
  headerOps,
  methods,
  path,
  queryConditions,
  redirectTarget,
} from './http-fields.ts';
import { cidr, host, hostField } from './network-fields.ts';
import { rateLimits } from './rate-limit-schema.ts';
import { routeRetries } from './retries-schema.ts';
import { wait } from './service-schema.ts';

const MAX_SPLIT_WEIGHT = 1_000_000;
/** What hstspreload.org asks for, and most sites send: a year. */
export const HSTS_YEAR_SECONDS = 31_536_000;
export const MAX_BODY_BYTES: number = 2 ** 50;

const DEFAULT_PATH = '/';
const DEFAULT_MATCH = 'prefix';
const DEFAULT_WEBSOCKET = true;

const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308];

const split = z
  .array(
    z.strictObject({
      service: text('A name from services.'),
      weight: whole(0, MAX_SPLIT_WEIGHT, 'Share of the requests, relative to the other parts.'),
    }),
  )
  .min(1)
  .describe('Several services that share the requests by weight.');

const redirect = z
  .strictObject({
    to: redirectTarget('Where to; {uri} {path} {query} {host} {scheme} stand for parts of the request.'),
    status: z
      .literal(REDIRECT_STATUSES, { error: `expected ${listWords(REDIRECT_STATUSES.map(String))}` })
      .describe('Status of the redirect.')
      .prefault(301),
  })
  .describe('Answers with a redirect.');

const respond = z
  .strictObject({
    status: whole(200, 599, 'Status of the answer.').prefault(200),
    body: z.string().describe('Body of the answer.').prefault(''),
    headers: answerHeaders('Headers of the answer.').prefault({}),
  })
  .describe('Answers at once, without a service.');

const rewrite = z
  .strictObject({
    strip_prefix: z
      .union([z.boolean(), path('A prefix of the path.')], { error: 'expected true, or a path such as /v1' })
      .describe("Takes a prefix off the path: true for the route's own path, or the prefix.")
      .optional(),
    replace_prefix: path("Stands in place of the route's path.").optional(),
    replace_path: path('Stands in place of the whole path.').optional(),
    host: hostField('The Host that the endpoint gets.').optional(),
  })
  .describe('Changes the request before it is forwarded. One of the three path rewrites at most.');

const ranges = (description: string) => z.array(cidr('An address or a range.')).min(1).describe(description);

const access = z
  .strictObject({
    allow: ranges('Clients that are let in; everybody else is not.').optional(),
    deny: ranges('Clients that are kept out, even if they are allowed.').optional(),
  })
  .describe('Which clients are let in, by their address; others get 403.');

const hosts = (description: string): z.ZodType<readonly string[]> =>
  z.union([host(description).transform((one) => [one]), z.array(host(description)).min(1)], {
    error: 'expected a host name or a list of host names',
  });

const hsts = z
  .strictObject({
    enabled: z.boolean().describe('Whether the header is sent.').prefault(true),
    max_age: whole(0, 2 ** 31 - 1, 'Seconds for which clients remember it.').prefault(HSTS_YEAR_SECONDS),
    include_subdomains: z.boolean().describe('Whether it holds for all names below too.').prefault(false),
    preload: z.boolean().describe('Whether browsers may take the name into their own lists.').prefault(false),
  })
  .describe('Strict-Transport-Security in answers over TLS: clients come by HTTPS only from then on.');

const TLS_WORDS = ['auto', 'manual', 'self_signed', 'off'] as const;

/** The contract has `true` for `auto` and `false` for `off`. */
const tls = z
  .union(
    [
      z.boolean().transform((on) => (on ? 'auto' : 'off')),
      words({ description: 'Where from.', words: TLS_WORDS }),
    ],
    { error: `expected ${listWords(TLS_WORDS)}` },
  )
  .describe(
    'Where the certificate comes from: auto (obtained by ACME), manual (from certificates), self_signed or off. Left out: manual if an own certificate covers the host, else auto if there is an acme section and a host, else off.',
  );

const shape = z.strictObject({
  name: name('Name in logs, metrics and tables; made of host and path if left out.').optional(),
  host: hosts('`name` or `*.name`.')
    .describe('Host of the request: `name`, `*.name` for exactly one label, or a list. Left out: every host.')
    .optional(),
  path: path('Path of the request.').prefault(DEFAULT_PATH),
  match: words({
    description: 'prefix: the path and everything below it, on segment boundaries; exact: this path alone.',
    words: ['prefix', 'exact'],
  }).prefault(DEFAULT_MATCH),
  methods: methods('Methods that the route takes. Left out: every method.').optional(),
  headers: headerConditions('Headers that the request must have, with exact values.').prefault({}),
  query: queryConditions('Query parameters that the request must have, with exact values.').prefault({}),
  service: text('The service that answers: a name from services.').optional(),
  split: split.optional(),
  redirect: redirect.optional(),
  respond: respond.optional(),
  tls: tls.optional(),
  https_redirect: z
    .boolean()
    .describe('Whether plain HTTP is redirected to HTTPS. Left out: true where tls is not off.')
    .optional(),
  rewrite: rewrite.optional(),
  request_headers: headerOps('request', 'Changes to the headers that the endpoint gets.').prefault({}),
  response_headers: headerOps('response', 'Changes to the headers that the client gets.').prefault({}),
  timeouts: z
    .strictObject({
      connect: wait('Until the endpoint accepts the connection.').optional(),
      response: wait('From the end of the request to the head of the answer.').optional(),
      idle: wait('Between two pieces of the answer.').optional(),
      read: wait('Between two pieces of the request.').optional(),
      write: wait('Until the client takes a piece of the answer.').optional(),
    })
    .describe('Time limits that differ from those of the service and the top level.')
    .prefault({}),
  body_bytes: size({
    description: 'Largest request body; 0 = no limit.',
    maxBytes: MAX_BODY_BYTES,
  }).optional(),
  redirect_from: hosts('A name without a star.')
    .describe("Other names that are redirected to the route's first host, with every path.")
    .optional(),
  hsts: hsts.optional(),
  acme_email: email(
    "Whom the authority may write to about this route's names, in place of acme.email.",
  ).optional(),
  access: access.optional(),
  rate_limit: rateLimits.optional(),
  retries: routeRetries.optional(),
  websocket: z
    .boolean()
    .describe('Whether WebSocket handshakes are passed on; false: 403.')
    .prefault(DEFAULT_WEBSOCKET),
});

/** What a route says; a key that it leaves out may be missing. */
type Written = Partial<z.output<typeof shape>>;

export const routeSchema: z.ZodType<RouteShape> = shape
  .transform(toShape)
  .describe('Which requests, and what happens to them: one of service, split, redirect and respond.');

/** The schema of one key of a route; null where it has no such key. Every key may be left out, so a route is sound where each of its own is. */
export function routeKeySchema(key: string): z.ZodType | null {
  return isRouteKey(key) ? shape.shape[key] : null;
}

function isRouteKey(key: string): key is keyof typeof shape.shape {
  return Object.hasOwn(shape.shape, key);
}

// What most routes leave out is one value for all of them.
const NONE: readonly never[] = Object.freeze([]);
const NO_OPS: HeaderOpsDraft = Object.freeze({ add: NONE, set: NONE, remove: NONE });
const NO_TIMEOUTS: RouteShape['timeouts'] = Object.freeze({
  connectMs: null,
  responseMs: null,
  idleMs: null,
  readMs: null,
  writeMs: null,
});

/** The route that its keys make: `parts` holds what the schema of each gave. */
export function routeOfParts(parts: Readonly<Record<string, unknown>>): RouteShape {
  return toShape(parts as Written);
}

function toShape(written: Written): RouteShape {
  const { path: writtenPath = DEFAULT_PATH, match = DEFAULT_MATCH } = written;
  const routePath = match === 'prefix' ? prefixPath(writtenPath) : writtenPath;
  return {
    name: written.name ?? null,
    hosts: uniqueHosts(written.host),
    path: routePath,
    match,
    methods: written.methods ?? null,
    headers: orNone(written.headers),
    query: orNone(written.query),
    action: actionOf(written),
    tls: written.tls ?? 'default',
    acmeEmail: written.acme_email ?? null,
    httpsRedirect: written.https_redirect ?? null,
    redirectFrom: orNone(written.redirect_from),
    hsts: hstsOf(written),
    access: accessOf(written),
    websocket: written.websocket ?? DEFAULT_WEBSOCKET,
    rateLimits: orNone(written.rate_limit),
    rewrite: rewriteOf(written, routePath),
    requestHeaders: written.request_headers ?? NO_OPS,
    responseHeaders: written.response_headers ?? NO_OPS,
    timeouts: timeoutsOf(written),
    retryAttempts: written.retries?.attempts ?? null,
    bodyBytes: written.body_bytes ?? null,
  };
}

function uniqueHosts(hosts: readonly string[] = NONE): readonly string[] {
  return hosts.length < 2 ? hosts : [...new Set(hosts)];
}

function orNone<T>(list: readonly T[] | undefined): readonly T[] {
  return list === undefined || list.length === 0 ? NONE : list;
}

function timeoutsOf({ timeouts: asked }: Written): RouteShape['timeouts'] {
  if (asked === undefined || Object.keys(asked).length === 0) return NO_TIMEOUTS;
  return {
    connectMs: asked.connect ?? null,
    responseMs: asked.response ?? null,
    idleMs: asked.idle ?? null,
    readMs: asked.read ?? null,
    writeMs: asked.write ?? null,
  };
}

function actionOf(written: Written): RouteActionDraft | null {
  if (written.service !== undefined) return { kind: 'service', service: written.service };
  // A part of weight 0 is announced but gets nothing yet.
  if (written.split !== undefined)
    return { kind: 'split', parts: written.split.filter((part) => part.weight > 0) };
  if (written.redirect !== undefined) return { kind: 'redirect', ...written.redirect };
  return written.respond === undefined ? null : { kind: 'respond', ...written.respond };
}

function accessOf({ access: asked }: Written): AccessDraft | null {
  if (asked?.allow === undefined && asked?.deny === undefined) return null;
  return { allow: asked.allow ?? null, deny: asked.deny ?? null };
}

function hstsOf({ hsts: asked }: Written): HstsDraft | null {
  if (asked === undefined || !asked.enabled) return null;
  const { max_age: maxAgeSeconds, include_subdomains: includeSubdomains, preload } = asked;
  return { maxAgeSeconds, includeSubdomains, preload };
}

function rewriteOf(written: Written, routePath: string): RewriteDraft | null {
  const { rewrite: asked } = written;
  if (asked === undefined) return null;
  const strip = asked.strip_prefix === true ? routePath : asked.strip_prefix;
  const stripPrefix = typeof strip === 'string' ? prefixPath(strip) : '/';
  const rewritten: RewriteDraft = {
    // The root is a prefix of nothing that could be taken off.
    stripPrefix: stripPrefix === '/' ? null : stripPrefix,
    replacePrefix: asked.replace_prefix === undefined ? null : prefixPath(asked.replace_prefix),
    replacePath: asked.replace_path ?? null,
    host: asked.host ?? null,
  };
  return Object.values(rewritten).every((value) => value === null) ? null : rewritten;
}
