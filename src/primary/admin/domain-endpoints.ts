/** `/v1/domains`: domains and what proves them. Primary thread; no sockets here. Changes are on the disk before they are answered. */

import type { Control } from '../control.ts';
import type { Domain, DomainFault, DomainResult } from '../domain.ts';
import type { AdminRequest } from './admin-request.ts';
import { type AdminAnswer, jsonAnswer, problemAnswer } from './answer.ts';

/** A domain as programs read it. */
export interface DomainRow {
  readonly host: string;
  readonly verified: boolean;
  /** RFC 3339. */
  readonly addedAt: string;
  readonly verifiedAt: string | null;
  readonly record: Domain['record'];
}

type DomainEndpoint = (request: AdminRequest, control: Control) => AdminAnswer | Promise<AdminAnswer>;

const STATUS_OF_FAULT: Readonly<Record<DomainFault, number>> = {
  bad_host: 400,
  unknown: 404,
  too_many: 409,
  not_found: 422,
  wrong_value: 422,
  dns_failure: 502,
  state: 500,
};

const ONE_PATH = /^\/v1\/domains\/([^/]+)(\/verify)?$/;

/** The methods of a path under /v1/domains; undefined where there is none. */
export function domainEndpoints(path: string): Readonly<Record<string, DomainEndpoint>> | undefined {
  const match = ONE_PATH.exec(path);
  if (match === null) return undefined;
  const host = decoded(match[1] ?? '');
  if (match[2] !== undefined) {
    return { POST: async (_, { domains }) => answerOf(await domains.verify(host)) };
  }
  return {
    GET: (_, { domains }) => answerOf(domains.get(host)),
    DELETE: async (_, { domains }) => answerOf(await domains.remove(host)),
  };
}

export function listDomains(_: AdminRequest, { domains }: Control): AdminAnswer {
  return jsonAnswer(200, { domains: domains.list().map(toRow) });
}

/** 201 where it is new, with its place; 200 where it was there already. */
export async function addDomain({ body }: AdminRequest, { domains }: Control): Promise<AdminAnswer> {
  const host = hostIn(body);
  if (host === null) return problemAnswer(400, 'Send {"host": NAME}.');
  const result = await domains.add(host);
  if ('fault' in result || !result.isNew) return answerOf(result);
  return jsonAnswer(201, toRow(result.domain), { location: `/v1/domains/${result.domain.host}` });
}

function answerOf(result: DomainResult): AdminAnswer {
  if (!('fault' in result)) return jsonAnswer(200, toRow(result.domain));
  const { fault, detail, seen } = result;
  return problemAnswer(STATUS_OF_FAULT[fault], detail, { members: { code: fault, seen } });
}

function toRow({ host, addedMs, verifiedMs, record }: Domain): DomainRow {
  return {
    host,
    verified: verifiedMs !== null,
    addedAt: new Date(addedMs).toISOString(),
    verifiedAt: verifiedMs === null ? null : new Date(verifiedMs).toISOString(),
    record,
  };
}

/** What is no escape stays as it is, and is no host name then. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Null where the body is something else. */
function hostIn(body: string): string | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && 'host' in value && typeof value.host === 'string'
      ? value.host
      : null;
  } catch {
    return null;
  }
}
