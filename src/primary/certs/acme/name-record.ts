/**
 * What is remembered of one name between attempts and over restarts: the state of its life cycle, the attempts so far, and what the authority has
 * suggested for its renewal. Stored as JSON; no key is ever in it. Pure.
 */

import { isRecord } from '../../../kit/is-record.ts';
import type { CauseStage } from './diagnosis/cause.ts';
import type { Attempt, AttemptCause } from './diagnosis/certificate-status.ts';
import { type Issuance, NEW_ISSUANCE, type Phase, type Validity } from './lifecycle.ts';
import type { RenewalAdvice } from './renewal.ts';

export interface NameRecord {
  readonly issuance: Issuance;
  /** URL of the directory at which the order of `issuance` is. */
  readonly orderDirectory: string | null;
  /** The last ones, oldest first. */
  readonly attempts: readonly Attempt[];
  readonly advice: RenewalAdvice | null;
  /** Milliseconds since the epoch: the authority is not asked for advice before. */
  readonly nextAskMs: number;
  /** The `renew_before` that the time of the next renewal was made with, in milliseconds. */
  readonly renewBeforeMs: number;
}

export const NEW_RECORD: NameRecord = Object.freeze({
  issuance: NEW_ISSUANCE,
  orderDirectory: null,
  attempts: [],
  advice: null,
  nextAskMs: 0,
  renewBeforeMs: 0,
});

const MAX_ATTEMPTS = 20;
const VERSION = 1;
const PHASES: readonly Phase[] = ['none', 'staging', 'staged', 'production', 'issued'];
const STAGES: readonly CauseStage[] = ['before_order', 'order', 'challenge', 'finalise', 'download', 'store'];

export function withAttempt(attempts: readonly Attempt[], attempt: Attempt): readonly Attempt[] {
  return [...attempts, attempt].slice(-MAX_ATTEMPTS);
}

export function encodeRecord(record: NameRecord): Buffer {
  return Buffer.from(`${JSON.stringify({ version: VERSION, ...record })}\n`);
}

/** Null: it is damaged. */
export function decodeRecord(bytes: Buffer): NameRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
  if (!isRecord(value) || value.version !== VERSION) return null;
  const { orderDirectory, nextAskMs, renewBeforeMs } = value;
  const issuance = issuanceOf(value.issuance);
  const advice = value.advice === null ? null : adviceOf(value.advice);
  const attempts = Array.isArray(value.attempts) ? value.attempts.map(attemptOf) : [undefined];
  if (issuance === null || advice === undefined || !isTextOrNull(orderDirectory)) return null;
  if (!isTime(nextAskMs) || !isTime(renewBeforeMs)) return null;
  const whole = attempts.filter((attempt) => attempt !== undefined);
  if (whole.length < attempts.length) return null;
  return { issuance, orderDirectory, attempts: whole.slice(-MAX_ATTEMPTS), advice, nextAskMs, renewBeforeMs };
}

function issuanceOf(value: unknown): Issuance | null {
  if (!isRecord(value)) return null;
  const { order, failures, notBeforeMs } = value;
  const phase = PHASES.find((known) => known === value.phase);
  const certificate = value.certificate === null ? null : validityOf(value.certificate);
  if (phase === undefined || certificate === undefined || !isTextOrNull(order)) return null;
  return isTime(failures) && isTime(notBeforeMs)
    ? { phase, order, failures, notBeforeMs, certificate }
    : null;
}

function validityOf(value: unknown): Validity | undefined {
  if (!isRecord(value)) return undefined;
  const { notBeforeMs, notAfterMs, renewAtMs } = value;
  const isGood = isTime(notBeforeMs) && isTime(notAfterMs) && isTime(renewAtMs);
  return isGood ? { notBeforeMs, notAfterMs, renewAtMs } : undefined;
}

function adviceOf(value: unknown): RenewalAdvice | undefined {
  if (!isRecord(value)) return undefined;
  const { startMs, endMs, chosenMs, explanationUrl } = value;
  const isGood = isTime(startMs) && isTime(endMs) && isTime(chosenMs) && isTextOrNull(explanationUrl);
  return isGood ? { startMs, endMs, chosenMs, explanationUrl } : undefined;
}

function attemptOf(value: unknown): Attempt | undefined {
  if (!isRecord(value)) return undefined;
  const { atMs, environment } = value;
  const cause = value.cause === null ? null : causeOf(value.cause);
  if (!isTime(atMs) || cause === undefined) return undefined;
  return environment === 'staging' || environment === 'production' ? { atMs, environment, cause } : undefined;
}

function causeOf(value: unknown): AttemptCause | undefined {
  if (!isRecord(value)) return undefined;
  const { code, message, remedy, refuted, untilMs } = value;
  const stage = STAGES.find((known) => known === value.stage);
  if (stage === undefined || typeof refuted !== 'boolean' || !(untilMs === null || isTime(untilMs)))
    return undefined;
  const isGood = typeof code === 'string' && typeof message === 'string' && typeof remedy === 'string';
  return isGood ? { code, stage, message, remedy, refuted, untilMs } : undefined;
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
