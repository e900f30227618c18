/** The table of causes in docs/automatic-certificates.md: a row for each entry of the catalogue, between two marks. Pure. */

const BEGIN = '<!-- causes: written by scripts/gen-troubleshooting.mjs -->';
const END = '<!-- /causes -->';

/**
 * The text with the table between its marks written anew. Throws where the marks are missing.
 * @param {string} text
 * @param {Readonly<Record<string, { title: string, remedy: string, refuted: boolean }>>} causes
 */
export function withTroubleshooting(text, causes) {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the text has no ${BEGIN} before a ${END}`);
  return `${text.slice(0, begin + BEGIN.length)}\n${tableOf(causes)}${text.slice(end)}`;
}

/** @param {Readonly<Record<string, { title: string, remedy: string, refuted: boolean }>>} causes */
function tableOf(causes) {
  const rows = Object.entries(causes).map(
    ([code, { title, remedy, refuted }]) =>
      `| \`${code}\` | ${title} | ${remedy} | ${refuted ? 'fails again until this is mended' : 'may succeed by itself'} |`,
  );
  return [
    '| Cause | What is wrong | What to do | Another attempt |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
