/** What commands ask of a running penstock, with answers that are penstock's for sure: a stranger may listen there. */

import { PenstockError } from '../kit/errors.ts';
import type { ServiceRow } from '../primary/admin/service-rows.ts';
import type { StatusReport } from '../primary/control.ts';
import { type AdminTarget, askAdmin } from './admin-client.ts';

const HTTP_OK = 200;

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

async function ask<T>(
  target: AdminTarget,
  path: string,
  timeoutMs: number,
  isExpected: (value: unknown) => value is T,
): Promise<T> {
  const { status, body } = await askAdmin(target, 'GET', path, timeoutMs);
  if (status === HTTP_OK && isExpected(body)) return body;
  throw new PenstockError(
    'PENSTOCK_ADMIN_UNREACHABLE',
    `${target.url.origin} did not answer as penstock does (status ${status})`,
  );
}

function isServices(value: unknown): value is ServicesAnswer {
  return typeof value === 'object' && value !== null && 'services' in value && Array.isArray(value.services);
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
