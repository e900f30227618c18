/** Reading what an API sent: nothing of it is believed before it was looked at. Pure. */

import { isRecord } from '../../../../../kit/is-record.ts';

export type JsonRecord = Readonly<Record<string, unknown>>;

/** The objects among the elements of an array; none where it is no array. */
export function recordsOf(value: unknown): readonly JsonRecord[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** The value at a path of keys, or undefined. */
export function at(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), value);
}

/** A string, or a number as one; empty for anything else. */
export function textOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : '';
}
