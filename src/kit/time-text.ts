/** Points in time as people read them. Any thread; pure. */

/** To the second, in UTC: `2026-01-31T12:00:00Z`. */
export function timeText(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
