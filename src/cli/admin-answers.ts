/** What commands ask of a running penstock, with answers that are penstock's for sure: a stranger may listen there. */

import { PenstockError } from '../kit/errors.ts';
import type { CertificatesAnswer } from '../primary/admin/certificate-endpoints.ts';
import type { DomainRow } from '../primary/admin/domain-endpoints.ts';
import type { EventsPage } from '../primary/admin/events.ts';
import type { ServiceRow } from '../primary/admin/service-rows.ts';
import type { StatusReport } from '../primary/control.ts';
import { type AdminReply, type AdminTarget, askAdmin } from './admin-client.ts';

const HTTP_OK = 200;
const HTTP_CREATED = 201;
const HTTP_ACCEPTED = 202;

export interface ServicesAnswer {
  readonly services: readonly ServiceRow[];
}

/** `timeoutMs`: without a byte of the answer. Rejects with PENSTOCK_ADMIN_UNREACHABLE. */
export function askStatus(target: AdminTarget, timeoutMs: number): Promise<StatusReport> {
  return ask(target, '/v1/status', timeoutMs, isStatus);
}

/** As `askStatus`. */
export function askServices(target: AdminTarget, timeoutMs: number): Promise<ServicesAnswer> {
  return ask(target, '/v1/services', timeoutMs, isServices);
}

/** As `askStatus`; `query`: of `GET /v1/events`. */
export function askEvents(
  target: AdminTarget,
  query: URLSearchParams,
  timeoutMs: number,
): Promise<EventsPage> {
  return ask(target, `/v1/events?${query}`, timeoutMs, isEvents);
}

/** As `askStatus`. */
export async function askDomains(target: AdminTarget, timeoutMs: number): Promise<readonly DomainRow[]> {
  return (await ask(target, '/v1/domains', timeoutMs, isDomains)).domains;
}

/** One domain; a string: why penstock did not do it. Rejects with PENSTOCK_ADMIN_UNREACHABLE. */
export async function askDomain(
  target: AdminTarget,
  method: 'POST' | 'DELETE',
  path: string,
  timeoutMs: number,
  body?: unknown,
): Promise<DomainRow | string> {
  const answer = await askAdmin(target, method, path, timeoutMs, body);
  const isDone = answer.status === HTTP_OK || answer.status === HTTP_CREATED;
  if (isDone && isDomain(answer.body)) return answer.body;
  if (!isDone && isProblem(answer.body)) return answer.body.detail;
  throw strange(target, answer);
}

/** As `askStatus`. */
export function askCertificates(target: AdminTarget, timeoutMs: number): Promise<CertificatesAnswer> {
  return ask(target, '/v1/certificates', timeoutMs, isCertificates);
}

/** Has a certificate renewed; a string: why penstock does not. Rejects with PENSTOCK_ADMIN_UNREACHABLE. */
export async function askRenewal(
  target: AdminTarget,
  host: string,
  force: boolean,
  timeoutMs: number,
): Promise<string | null> {
  const path = `/v1/certificates/${encodeURIComponent(host)}/renew?force=${force}`;
  const answer = await askAdmin(target, 'POST', path, timeoutMs);
  if (answer.status === HTTP_ACCEPTED) return null;
  if (isProblem(answer.body)) return answer.body.detail;
  throw strange(target, answer);
}

async function ask<T>(
  target: AdminTarget,
  path: string,
  timeoutMs: number,
  isExpected: (value: unknown) => value is T,
): Promise<T> {
  const answer = await askAdmin(target, 'GET', path, timeoutMs);
  if (answer.status === HTTP_OK && isExpected(answer.body)) return answer.body;
  throw strange(target, answer);
}

/** Not what was asked for: a refusal in the words of who listens there, or a stranger's answer. */
function strange(target: AdminTarget, { status, body }: AdminReply): PenstockError {
  const { origin } = target.url;
  return new PenstockError(
    'PENSTOCK_ADMIN_UNREACHABLE',
    isProblem(body)
      ? `${origin} refuses (status ${status}): ${body.detail}`
      : `${origin} did not answer as penstock does (status ${status})`,
  );
}

/** RFC 9457. */
export function isProblem(value: unknown): value is { readonly detail: string } {
  return typeof value === 'object' && value !== null && 'detail' in value && typeof value.detail === 'string';
}

function isDomain(value: unknown): value is DomainRow {
  return typeof value === 'object' && value !== null && 'host' in value && 'record' in value;
}

function isDomains(value: unknown): value is { readonly domains: readonly DomainRow[] } {
  return typeof value === 'object' && value !== null && 'domains' in value && Array.isArray(value.domains);
}

function isEvents(value: unknown): value is EventsPage {
  return (
    typeof value === 'object' &&
    value !== null &&
    'events' in value &&
    Array.isArray(value.events) &&
    'next' in value &&
    typeof value.next === 'number'
  );
}

function isServices(value: unknown): value is ServicesAnswer {
  return typeof value === 'object' && value !== null && 'services' in value && Array.isArray(value.services);
}

function isCertificates(value: unknown): value is CertificatesAnswer {
  return (
    typeof value === 'object' &&
    value !== null &&
    'certificates' in value &&
    Array.isArray(value.certificates) &&
    'automatic' in value &&
    Array.isArray(value.automatic)
  );
}

function isStatus(value: unknown): value is StatusReport {
  return (
    typeof value === 'object' &&
    value !== null &&
    'snapshot' in value &&
    'listeners' in value &&
    Array.isArray(value.listeners) &&
    'workers' in value &&
    Array.isArray(value.workers) &&
    'latency' in value
  );
}
