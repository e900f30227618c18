/** Durations as the configuration writes them: `250ms`, `5s`, `2m`, `1h`, `30d`, and a bare `0`. Pure; never throws. */

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** What an error says about the forms that are taken. */
export const DURATION_FORMS = 'a whole number with its unit, such as 250ms, 5s, 2m, 1h or 30d';

/** Milliseconds, or null where the text is no duration. Only a zero may stand without a unit. */
export function parseDuration(text: string): number | null {
  if (text === '0') return 0;
  const match = /^(\d{1,15})(ms|s|m|h|d)$/.exec(text);
  if (match === null) return null;
  const milliseconds = Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? Number.NaN);
  return Number.isSafeInteger(milliseconds) ? milliseconds : null;
}

/** The shortest exact spelling, for messages and tables. */
export function formatDuration(milliseconds: number): string {
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = UNIT_MS[unit] ?? 1;
    if (milliseconds >= size && milliseconds % size === 0) return `${milliseconds / size}${unit}`;
  }
  return `${milliseconds}ms`;
}
