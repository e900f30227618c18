/**
 * `POST /v1/rate-limits`: what a request would find in the buckets of a route's rate limits. Nothing is counted. The request is told in the
 * body and not in the URL, since values of headers may be secret. Primary thread; pure but for the buckets.
 */

import type { LimitedRequest } from '../../bridge/memory/limit-key.ts';
import type { RateLimit, Route, Snapshot } from '../../bridge/snapshot/model.ts';
import { toByteString } from '../../kit/byte-string.ts';
import type { BucketView, Control } from '../control.ts';
import type { AdminRequest } from './admin-request.ts';
import { type AdminAnswer, jsonAnswer, problemAnswer } from './answer.ts';

/** One limit of a route, with the bucket that the request is counted in. */
export type BucketRow = Pick<RateLimit, 'name' | 'requestsPerSecond' | 'burst' | 'by' | 'header'> &
  BucketView;

export interface BucketQuestion {
  readonly route: string;
  /** The client's address. */
  readonly client: string;
  /** In normal form; empty: none. */
  readonly host: string;
  /** Those that the limits count by. */
  readonly headers: Readonly<Record<string, string>>;
}

const FORM = '{"route": NAME, "client": ADDRESS, "host": HOST, "headers": {NAME: VALUE}}';

export function bucketsAnswer({ body }: Pick<AdminRequest, 'body'>, control: Control): AdminAnswer {
  const question = parse(body);
  if (question === null)
    return problemAnswer(400, `Send ${FORM}; host and headers only where a limit counts by them.`);
  const current = control.snapshot();
  const route = routeNamed(current, question.route);
  if (route === null)
    return problemAnswer(404, 'No route that serves has this name; GET /v1/routes has them all.');
  const request = limitedRequest(question);
  const limits: readonly BucketRow[] = route.rateLimits.map((limit) => {
    const { name, requestsPerSecond, burst, by, header } = limit;
    const bucket = control.facts.bucketAt(limit, question.client, request);
    return { name, requestsPerSecond, burst, by, header, ...bucket };
  });
  return jsonAnswer(200, { snapshot: { version: current.version, digest: current.digest }, limits });
}

/** Of routes with one name the first: those behind it are the names that it redirects from. */
function routeNamed(snapshot: Snapshot, name: string): Route | null {
  for (let index = 0; index < snapshot.routeCount; index++) {
    const route = snapshot.route(index);
    if (route.name === name) return route;
  }
  return null;
}

/** As a worker sees it: bytes, and names in lower case. */
function limitedRequest({ host, headers }: BucketQuestion): LimitedRequest {
  const fields = new Map(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), toByteString(value)]),
  );
  return { host, header: (name) => fields.get(name) ?? null };
}

/** Null: it is something else. */
function parse(body: string): BucketQuestion | null {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { route, client, host = '', headers = {} } = value as Partial<Record<keyof BucketQuestion, unknown>>;
  if (typeof route !== 'string' || typeof client !== 'string' || typeof host !== 'string') return null;
  return isTexts(headers) ? { route, client, host, headers } : null;
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((text) => typeof text === 'string');
}
