/**
 * Looks into plain values whose shape is not known yet. The checks across the file use it, so that they also see the
 * sound parts of a file that has faults elsewhere: all problems are reported in one run. Primary thread; pure.
 */

import type { ConfigPath } from '../config-document.ts';

export type RawMap = Readonly<Record<string, unknown>>;

/** Null where the value is no map. */
export function rawMap(value: unknown): RawMap | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as RawMap) : null;
}

/** Empty where the value is no list. */
export function rawList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Undefined where the path leads to nothing. */
export function rawAt(value: unknown, path: ConfigPath): unknown {
  let current = value;
  for (const step of path) {
    if (typeof step === 'number') current = rawList(current)[step];
    else {
      const map = rawMap(current);
      current = map !== null && Object.hasOwn(map, step) ? map[step] : undefined;
    }
  }
  return current;
}

/** The same tree with some scalars replaced; `replace` gets each with its path and gives undefined to keep it. */
export function replaceScalars(
  value: unknown,
  replace: (path: ConfigPath, scalar: unknown) => unknown,
  path: ConfigPath = [],
): unknown {
  if (Array.isArray(value))
    return value.map((item, index) => replaceScalars(item, replace, [...path, index]));
  const map = rawMap(value);
  if (map === null) return replace(path, value) ?? value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(map)) copy[key] = replaceScalars(map[key], replace, [...path, key]);
  return copy;
}

/** What kind of value it is, in the words of a message. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'object':
      return 'a map';
    case 'string':
      return 'text';
    case 'number':
      return Number.isInteger(value) ? 'a whole number' : 'a number';
    default:
      return `${value}`;
  }
}
