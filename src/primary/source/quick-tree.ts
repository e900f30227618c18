/**
 * Reads the YAML that most configurations are made of into the same tree as `readYamlTree`, some ten times faster, or
 * declines. js-yaml finds the nodes and where they stand; what they mean is decided here, by the core schema of YAML 1.2
 * (10.3.2). Whatever the two libraries may see differently is declined: faults are found and worded by `readYamlTree`
 * alone (docs/decisions/0021-a-quick-reader-of-yaml.md). Primary thread; never throws, constant depth.
 */

import {
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  getScalarValue,
  type MappingEvent,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
} from 'js-yaml';
import type { ListNode, MapEntry, MapNode, ScalarNode, TreeNode } from './tree.ts';
import { MAX_INDENT, mayHaveTooManyTokens } from './yaml-bounds.ts';

/** Levels of nesting; a configuration has eight. Far within what `checkYamlBounds` lets pass, on one line as over several. */
const MAX_DEPTH = 16;
/** Tabs, carriage returns, controls, other line breaks of Unicode, and byte order marks. */
const ODD_CHARACTER = /[^\n\x20-\x7e\xa0-\u2027\u202a-\ufefe\uff00-\ufffd]/;
/** Anchors and tags: js-yaml may read what follows one twice, and that again at each level. */
const ANCHOR_OR_TAG = /(?:^|[\s,:?[{])[&!][^\s]/;
/** Directives, and the beginning and end of a document. */
const DOCUMENT_MARK = /^(?:%|---|\.\.\.)/m;
const DEEP_LINE = `\n${' '.repeat(MAX_INDENT + 1)}`;

const NULL = /^(?:~|[Nn]ull|NULL)$/;
const TRUE = /^(?:[Tt]rue|TRUE)$/;
const FALSE = /^(?:[Ff]alse|FALSE)$/;
/** A number in one of the forms that people write, exact in a double. */
const SIMPLE_NUMBER = /^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,6})?$/;
/** Any that the core schema has: octal, hexadecimal, with an exponent, infinite… */
const NUMBER =
  /^(?:0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/** Where in the events the next node begins. */
interface Cursor {
  readonly text: string;
  readonly events: readonly Event[];
  next: number;
  scalars: number;
}

/** Null: declined; the text may be sound all the same. */
export function readQuickTree(text: string): MapNode | null {
  if (ODD_CHARACTER.test(text) || ANCHOR_OR_TAG.test(text) || DOCUMENT_MARK.test(text)) return null;
  if (text.startsWith(DEEP_LINE.slice(1)) || text.includes(DEEP_LINE)) return null;
  const events = eventsOf(text);
  // The first event is the document.
  const cursor: Cursor = { text, events, next: 1, scalars: 0 };
  const root = readNode(cursor);
  if (root?.kind !== 'map' || mayHaveTooManyTokens(text, cursor.scalars)) return null;
  // What is left is the end of the document.
  return cursor.next === events.length - 1 ? root : null;
}

function eventsOf(text: string): readonly Event[] {
  try {
    return parseEvents(text, { maxDepth: MAX_DEPTH });
  } catch {
    // No YAML, or nested too deep.
    return [];
  }
}

function readNode(cursor: Cursor): TreeNode | null {
  const event = cursor.events[cursor.next];
  cursor.next += 1;
  switch (event?.type) {
    case EVENT_ID.SCALAR:
      cursor.scalars += 1;
      return scalarOf(cursor.text, event);
    case EVENT_ID.SEQUENCE:
      return event.anchorStart < 0 && event.tagStart < 0 ? readList(cursor, event.start) : null;
    case EVENT_ID.MAPPING:
      return event.anchorStart < 0 && event.tagStart < 0 ? readMap(cursor, event) : null;
    default:
      return null;
  }
}

function readList(cursor: Cursor, at: number): ListNode | null {
  const items: TreeNode[] = [];
  let size = 1;
  while (cursor.events[cursor.next]?.type !== EVENT_ID.POP) {
    const item = readNode(cursor);
    if (item === null) return null;
    size += item.size;
    items.push(item);
  }
  cursor.next += 1;
  return { kind: 'list', items, at, end: items.at(-1)?.end ?? at, size };
}

function readMap(cursor: Cursor, { start: at, style }: MappingEvent): MapNode | null {
  const isBlock = style === COLLECTION_STYLE.BLOCK;
  const entries = new Map<string, MapEntry>();
  let size = 1;
  let end = at;
  while (cursor.events[cursor.next]?.type !== EVENT_ID.POP) {
    const key = readNode(cursor);
    if (key?.kind !== 'scalar' || typeof key.value !== 'string') return null;
    // js-yaml 5.5.0 takes what follows on the line of a closed bracket for the next key of the map around the list.
    if (isBlock && !beginsLine(cursor.text, key.at)) return null;
    const name = key.value;
    if (name === '<<' || name === '__proto__' || entries.has(name)) return null;
    const node = readNode(cursor);
    if (node === null) return null;
    size += node.size;
    end = node.end;
    entries.set(name, { keyAt: key.at, node });
  }
  cursor.next += 1;
  return { kind: 'map', entries, at, end, size };
}

/** Whether only blanks and the dashes of lists stand before it on its line. */
function beginsLine(text: string, at: number): boolean {
  let before = at - 1;
  while (text[before] === ' ' || text[before] === '-') before -= 1;
  return before < 0 || text[before] === '\n';
}

/** Scalars on one line; of those that are not just what is written, only quotes with escapes. */
function scalarOf(text: string, event: ScalarEvent): ScalarNode | null {
  const { valueStart, valueEnd, style, fast } = event;
  if (valueStart < 0 || event.anchorStart >= 0 || event.tagStart >= 0) return null;
  const written = text.slice(valueStart, valueEnd);
  if (style === SCALAR_STYLE.PLAIN) {
    const value = fast ? plainValue(written) : undefined;
    return value === undefined ? null : { kind: 'scalar', value, at: valueStart, end: valueEnd, size: 1 };
  }
  const isQuoted = style === SCALAR_STYLE.DOUBLE_QUOTED || style === SCALAR_STYLE.SINGLE_QUOTED;
  if (!fast && (!isQuoted || written.includes('\n'))) return null;
  return {
    kind: 'scalar',
    value: getScalarValue(text, event),
    at: valueStart - 1,
    end: valueEnd + 1,
    size: 1,
  };
}

/** Undefined: declined. */
function plainValue(written: string): ScalarNode['value'] | undefined {
  if (SIMPLE_NUMBER.test(written)) return Number(written);
  if (NUMBER.test(written)) return undefined;
  if (TRUE.test(written)) return true;
  if (FALSE.test(written)) return false;
  return NULL.test(written) ? null : written;
}
