/**
 * Which lines of the file must not be shown beside a problem, because a secret may be written out on them. Works on the
 * text, so that it also holds where the text is no YAML, and errs on the side of hiding. Primary thread; pure.
 */

import { nearestName } from '../../kit/nearest.ts';

const SECRET_SECTIONS = ['admin_token', 'secrets'] as const;
/** Names of keys whose values are secret in the contract, or would be if their key were not misspelt. */
const SECRET_KEY = /secret|token|passw|credential|hmac|authorization|api[-_]?key|private[-_]?key/i;
/** The URL of a webhook: many services know their callers by its path or query. */
const SECRET_URL_KEY = /^url$/i;
/** Up to the end of a key that holds such a name, at the start of a line or within `{ … }`. */
const SECRET_KEY_LINE = new RegExp(
  `(?:^|[\\s{,?"'-])["']?(?:url|[\\w.-]*(?:${SECRET_KEY.source})[\\w.-]*)["']?\\s*:`,
  'i',
);
const KEY_LINE = /^\s*(?:- +)*["']?[\w.*-]+["']?\s*:(?:\s|$)/;
/** A longer line is hidden without a look: no hand wrote it. */
const MAX_LOOK = 10_000;

/** Also a misspelt one: `admin_tokn` holds a token all the same. */
export function isSecretKey(name: string): boolean {
  return (
    SECRET_KEY.test(name) || SECRET_URL_KEY.test(name) || nearestName(name, SECRET_SECTIONS) !== undefined
  );
}

/** For each line (from 0): whether it is hidden. A hidden key hides all lines down to the next key at its own indent or left of it. */
export function secretLines(lines: readonly string[]): readonly boolean[] {
  let hiddenIndent = -1;
  return lines.map((line) => {
    if (line.length > MAX_LOOK || SECRET_KEY_LINE.test(line)) {
      hiddenIndent = indentOf(line);
      return true;
    }
    if (hiddenIndent < 0) return false;
    if (indentOf(line) <= hiddenIndent && KEY_LINE.test(line)) {
      hiddenIndent = -1;
      return false;
    }
    return true;
  });
}

/** Columns before the first key, list dashes included. */
function indentOf(line: string): number {
  return /^[\s-]*/.exec(line)?.[0].length ?? 0;
}
