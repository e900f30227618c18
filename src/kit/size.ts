/** Sizes as the configuration writes them: `32KiB`, `10MiB`, `1GiB`, or plain bytes. Pure; never throws. */

const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** What an error says about the forms that are taken. */
export const SIZE_FORMS = 'a whole number of bytes, or one with a unit, such as 32KiB, 10MiB or 1GiB';

/**
 * Bytes, or null where the text is no size. `KB` and `MB` are not taken: half of all systems count 1000 in them
 * and the other half 1024, and a limit must not depend on who reads it.
 */
export function parseSize(text: string): number | null {
  const match = /^(\d{1,16})(B|KiB|MiB|GiB|TiB)?$/.exec(text);
  if (match === null) return null;
  const bytes = Number(match[1]) * (UNIT_BYTES[match[2] ?? 'B'] ?? Number.NaN);
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** The spelling that was probably meant: `64KB`, `64K` and `64 kib` become `64KiB`; undefined where nothing is near. */
export function nearestSize(text: string): string | undefined {
  const match = /^\s*(\d{1,16})\s*([kmgt])(?:i?b)?\s*$/i.exec(text);
  return match === null ? undefined : `${match[1]}${match[2]?.toUpperCase()}iB`;
}
