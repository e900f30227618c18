/**
 * The sentences for what the YAML library finds. Its own may quote the text, which may be a secret that stands in the
 * wrong place, so only those that are fixed are passed on. Pure.
 */

import type { ErrorCode } from 'yaml';

/** Null: the library's sentence is fixed and good. */
const SENTENCES: Readonly<Record<ErrorCode, string | null>> = Object.freeze({
  ALIAS_PROPS: 'an alias (*name) cannot have an anchor or a tag of its own',
  BAD_ALIAS: 'an anchor or alias here has no usable name; a value that begins with * or & needs quotes',
  BAD_COLLECTION_TYPE: 'the tag here does not fit its value; take the tag out',
  BAD_DIRECTIVE: 'a % line here is no directive of YAML; take it out',
  BAD_DQ_ESCAPE: 'an escape here is none of YAML; in double quotes a backslash is written \\\\',
  BAD_INDENT: null,
  BAD_PROP_ORDER: 'an anchor or tag stands before an indicator here, and belongs behind it',
  BAD_SCALAR_START: 'a value cannot begin with this character; put the value in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'a second ": " on one line; put the value in quotes, or the inner map on lines of its own',
  BLOCK_IN_FLOW: null,
  DUPLICATE_KEY: 'a key stands here a second time',
  IMPOSSIBLE: 'this is no YAML',
  KEY_OVER_1024_CHARS: 'a key has more than 1024 characters',
  MISSING_CHAR: null,
  MULTILINE_IMPLICIT_KEY: 'a key runs over several lines; is a ":" missing on the line above?',
  MULTIPLE_ANCHORS: 'a value has more than one anchor',
  MULTIPLE_DOCS: 'a second document begins here; a configuration is one document, so take the --- line out',
  MULTIPLE_TAGS: 'a value has more than one tag',
  NON_STRING_KEY: 'a key must be text; put it in quotes',
  RESOURCE_EXHAUSTION: 'the text nests too deeply here',
  TAB_AS_INDENT: 'a tab stands where YAML wants spaces; indent with spaces',
  TAG_RESOLVE_FAILED:
    'a tag here is unknown, or does not fit its value; a value that begins with ! needs quotes',
  UNEXPECTED_TOKEN:
    'this does not belong here; a value with a comma, colon, quote or bracket in it needs quotes',
});

const UNQUOTED_REFERENCE = 'a value with ${…} needs quotes inside { } and [ ]';

/** `before` is the character before the fault. */
export function yamlSentence(code: ErrorCode, message: string, before: string): string {
  if (code === 'UNEXPECTED_TOKEN' && before === '$') return UNQUOTED_REFERENCE;
  return SENTENCES[code] ?? message.charAt(0).toLowerCase() + message.slice(1);
}
