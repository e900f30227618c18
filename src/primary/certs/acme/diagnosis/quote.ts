/**
 * What others said, made fit for a message: an authority, a web server, the system. One line, of a bounded length, without what could repaint a
 * terminal. Pure.
 */

const MAX_CHARACTERS = 300;
/** Control characters (C0, DEL, C1), line and paragraph separators, and what turns the direction of text. */
const UNPRINTABLE = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/g;

export function quote(text: string, maxCharacters: number = MAX_CHARACTERS): string {
  // Four times as much is looked at as can be left: what comes from a network may be large.
  const line = text
    .slice(0, maxCharacters * 4)
    .replaceAll(UNPRINTABLE, ' ')
    .replaceAll(/ {2,}/g, ' ')
    .trim();
  return line.length <= maxCharacters ? line : `${line.slice(0, maxCharacters - 1)}…`;
}
