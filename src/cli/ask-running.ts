/**
 * Asks the running penstock what `penstock explain` cannot know from a file. Where none is named by `--admin`, it has to be one that runs that
 * very file, and none at all is no error.
 */

import { resolve } from 'node:path';
import { PenstockError } from '../kit/errors.ts';
import type { BucketQuestion, BucketRow } from '../primary/admin/rate-limits.ts';
import type { ServiceRow } from '../primary/admin/service-rows.ts';
import { askServices, askStatus, isProblem } from './admin-answers.ts';
import { type AdminTarget, askAdmin } from './admin-client.ts';
import { type AdminOptions, adminTarget } from './admin-target.ts';
import type { Io } from './io.ts';

/** Where nobody asked for it, nobody waits for long. */
const TIMEOUT_MS = 2_000;
const HTTP_OK = 200;

/** A penstock that answers. */
export interface Running {
  readonly target: AdminTarget;
  /** Of its snapshot. */
  readonly version: number;
  readonly services: readonly ServiceRow[];
}

/** A string: why none is known. Rejects as `askAdmin` does where `--admin` names one. */
export async function findRunning(options: AdminOptions, io: Io): Promise<Running | string> {
  try {
    const target = adminTarget(options, io);
    const status = await askStatus(target, TIMEOUT_MS);
    if (options.admin === undefined && status.configFile !== resolve(options.config)) {
      return `the penstock at ${target.url.origin} runs ${status.configFile}; to ask it all the same, name it with --admin`;
    }
    const { services } = await askServices(target, TIMEOUT_MS);
    return { target, version: status.snapshot.version, services };
  } catch (error) {
    if (options.admin === undefined && error instanceof PenstockError) return error.message;
    throw error;
  }
}

/** A string: why the buckets are not known. */
export async function askBuckets(
  { target }: Pick<Running, 'target'>,
  question: BucketQuestion,
): Promise<readonly BucketRow[] | string> {
  try {
    const { status, body } = await askAdmin(target, 'POST', '/v1/rate-limits', TIMEOUT_MS, question);
    if (status === HTTP_OK && isBuckets(body)) return body.limits;
    return isProblem(body) ? body.detail : `status ${status}`;
  } catch (error) {
    // It has gone since it was found: what it told before is still worth showing.
    if (error instanceof PenstockError) return error.message;
    throw error;
  }
}

function isBuckets(value: unknown): value is { readonly limits: readonly BucketRow[] } {
  return typeof value === 'object' && value !== null && 'limits' in value && Array.isArray(value.limits);
}
