/** Whether a parsed value is an object with fields: the first question to what came from a network or a file. Pure. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
