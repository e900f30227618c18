/**
 * Looks at the tokens of a YAML text before it is parsed and refuses what would exhaust the parser. Primary thread.
 * The parser recurses once per level of nesting, and a stack overflow in it cannot always be caught: when it happens
 * inside the compilation of a regular expression, V8 ends the whole process. So depth is bounded beforehand.
 */

import { CST, Lexer } from 'yaml';

export interface BoundFault {
  readonly message: string;
  /** Offset in the text. */
  readonly at: number;
}

/** About 100,000 short routes. A token costs the parser up to 200 bytes and 3 µs. */
const MAX_TOKENS = 4_000_000;
/** Brackets within brackets. */
const MAX_FLOW_DEPTH = 64;
/** Every level of a block takes at least one column, or shares it with the list in it. */
export const MAX_INDENT = 100;
/** `- - - - x` opens a level per dash without taking a line. */
const MAX_INDICATORS_PER_LINE = 32;

const DOCUMENT_MODE = '\x02';
const FLOW_ERROR_MODE = '\x18';
const SCALAR_MARK = '\x1f';

/** Null where the text may be parsed. Constant stack, whatever the text. */
export function checkYamlBounds(text: string): BoundFault | null {
  let at = 0;
  let tokens = 0;
  let flowDepth = 0;
  let indicators = 0;
  let lineStart = true;
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > MAX_TOKENS) {
      return { at, message: `the file has more than ${MAX_TOKENS} elements, the most that is read` };
    }
    const type = CST.tokenType(token);
    if (type === 'newline') {
      indicators = 0;
    } else if (type === 'flow-map-start' || type === 'flow-seq-start') {
      flowDepth += 1;
    } else if (type === 'flow-map-end' || type === 'flow-seq-end') {
      flowDepth -= 1;
    } else if (type === 'space') {
      if (lineStart && flowDepth === 0 && token.length > MAX_INDENT) {
        return { at, message: `the line is indented by more than ${MAX_INDENT} columns` };
      }
    } else if (type === 'seq-item-ind' || type === 'explicit-key-ind' || type === 'map-value-ind') {
      if (flowDepth === 0) indicators += 1;
    }
    if (flowDepth > MAX_FLOW_DEPTH || indicators > MAX_INDICATORS_PER_LINE) {
      return { at, message: `the file nests more than ${MAX_FLOW_DEPTH} levels deep here` };
    }
    lineStart = type === 'newline';
    if (token !== DOCUMENT_MODE && token !== FLOW_ERROR_MODE && token !== SCALAR_MARK) at += token.length;
  }
  return null;
}

/** What begins a token of its own, beside the first of several blanks; most of them can also stand within a scalar. */
const INDICATORS: ReadonlySet<number> = new Set(
  [...'\n#,:?-[]{}'].map((character) => character.charCodeAt(0)),
);
const BLANK = 0x20;

/**
 * Whether a text that was read otherwise, without tabs and with this many scalars, may have more tokens than
 * `checkYamlBounds` lets pass. Never says no where it has; far cheaper than to count them.
 */
export function mayHaveTooManyTokens(text: string, scalars: number): boolean {
  return text.length + scalars >= MAX_TOKENS && tokensAtMost(text, scalars) > MAX_TOKENS;
}

/** Every token has a character of its own, but for the marks of the document and of each scalar. */
export function tokensAtMost(text: string, scalars: number): number {
  let tokens = 1 + 2 * scalars;
  let previous = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (INDICATORS.has(code) || (code === BLANK && previous !== BLANK)) tokens += 1;
    previous = code;
  }
  return tokens;
}
