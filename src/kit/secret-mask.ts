/**
 * Keeps known secret values out of what leaves the process: log lines, admin answers, printed tables.
 * Both threads may use it. The last line of defence, not the first: code should not print secrets at all.
 */

export const MASK = '[secret]';

/** Shorter values are masked only where they stand alone: replaced inside words they would garble everything. */
const MIN_SUBSTRING_LENGTH = 4;

export interface SecretMask {
  /** Replaces the set of known values; empty ones are ignored. */
  set(values: readonly string[]): void;
  /** Masks plain text. */
  text(text: string): string;
  /** Masks serialised JSON (one document, trailing line break kept) and leaves it valid JSON. */
  json(serialised: string): string;
}

/** A mask that knows no values yet. */
export function createSecretMask(): SecretMask {
  let alone: ReadonlySet<string> = new Set();
  let inside: readonly string[] = [];
  let needles: readonly string[] = [];

  const text = (input: string): string => {
    if (alone.has(input)) return MASK;
    let masked = input;
    for (const value of inside) if (masked.includes(value)) masked = masked.replaceAll(value, MASK);
    return masked;
  };

  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value);
    // A secret that was read as a number, such as an all-digits token.
    if (typeof value === 'number') return inside.includes(String(value)) ? MASK : value;
    if (Array.isArray(value)) return value.map(walk);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [text(key), walk(entry)]));
  };

  return {
    set(values) {
      const known = [...new Set(values)].filter((value) => value !== '');
      alone = new Set(known);
      // The longest first, so that a secret which contains another one is replaced whole.
      inside = known
        .filter((value) => value.length >= MIN_SUBSTRING_LENGTH)
        .sort((a, b) => b.length - a.length);
      needles = known.map((value) => JSON.stringify(value).slice(1, -1));
    },
    text,
    json(serialised) {
      // Nearly every line holds no secret: it must not pay for parsing.
      if (!needles.some((needle) => serialised.includes(needle))) return serialised;
      const end = serialised.endsWith('\n') ? '\n' : '';
      try {
        return JSON.stringify(walk(JSON.parse(serialised))) + end;
      } catch {
        return text(serialised);
      }
    },
  };
}
