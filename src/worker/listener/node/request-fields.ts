// hot: runs once per request
/** Sorts the field lines of a whole head into a `RequestHead`, as much as possible in one piece. Worker thread; pure. */

import { type FieldSection, SECTION_WORDS } from '../../http1/field-section.ts';
import { FieldKind, fieldKind } from '../request-field-kind.ts';
import type { RequestHead } from '../request-head.ts';

const HTAB = 0x09;
const SP = 0x20;

/**
 * `text` is the head as a byte string, `origin` the index of its first byte where `section` was read. Lines that go on as they
 * came are taken in runs: case, blanks and bytes stay. Gives the number of Host lines.
 */
export function takeFields(head: RequestHead, text: string, section: FieldSection, origin: number): number {
  const { index } = section;
  const words = section.count * SECTION_WORDS;
  let hosts = 0;
  let start = section.start - origin;
  let run = start;
  for (let at = 0; at < words; at += SECTION_WORDS) {
    const nameEnd = index[at]! - origin;
    const next = index[at + 1]! - origin + 2;
    const kind = fieldKind(text, start, nameEnd);
    if (kind !== FieldKind.PLAIN) {
      if (run < start) head.lines += text.slice(run, start);
      run = next;
      if (kind === FieldKind.HOST) hosts++;
      // What is meant for the next hop only ends here, whatever it says.
      if (kind !== FieldKind.HOP)
        head.takeField(kind, text.slice(start, nameEnd), trimmed(text, nameEnd + 1, next - 2));
    } else {
      const inLines = head.lines.length - run;
      head.marks.push(start + inLines, nameEnd + inLines);
    }
    start = next;
  }
  if (run < start) head.lines += text.slice(run, start);
  head.bytes = section.position - 2 - section.start;
  return hosts;
}

/** Whether `option` is among those of a Connection field in lower case (RFC 9110 7.6.1). */
export function hasOption(connection: string, option: string): boolean {
  if (connection.length <= option.length) return connection === option;
  if (!connection.includes(option)) return false;
  // hot-ok: only where Connection names more than that option
  return connection.split(',').some((one) => trimmed(one, 0, one.length) === option);
}

/** Without the blanks around it: SP and HTAB, and no other character that `trim` would take (RFC 9110 5.5). */
function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === SP || code === HTAB;
}
