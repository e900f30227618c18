/**
 * Renders problems for people: `FILE:LINE:COL CODE message`, the offending line, a caret below it and, for a
 * misspelt name, the nearest known one. Pure. What the file holds is made harmless for a terminal first.
 */

import type { Problem } from './problem.ts';

export interface FormatOptions {
  /** ANSI colours; off by default. */
  readonly color?: boolean;
}

/** Columns of source that are shown at most; a one-line JSON file would flood the terminal otherwise. */
const MAX_SOURCE_COLUMNS = 120;
/** Columns kept before the caret when a line is cut. */
const LEAD_COLUMNS = 60;

const RED = '\x1b[31m';
const BOLD = '\x1b[1m';
const DIM = '\x1b[2m';
const RESET = '\x1b[0m';

/** One block per problem, in the order of the file, separated and ended by line breaks. Empty for no problems. */
export function formatProblems(problems: readonly Problem[], options: FormatOptions = {}): string {
  const paint = (style: string, text: string): string =>
    options.color === true ? `${style}${text}${RESET}` : text;
  return sortProblems(problems)
    .map((problem) => `${formatProblem(problem, paint)}\n`)
    .join('');
}

/** Problems in the order of the file; those of one position keep theirs. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted(
    (a, b) =>
      compareText(a.origin.file, b.origin.file) ||
      a.origin.line - b.origin.line ||
      a.origin.column - b.origin.column,
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function formatProblem(problem: Problem, paint: (style: string, text: string) => string): string {
  const { file, line, column } = problem.origin;
  const lines = [
    `${paint(BOLD, `${printable(file)}:${line}:${column}`)} ${paint(RED, problem.code)} ${printable(problem.message)}`,
  ];
  if (problem.sourceLine !== undefined && problem.sourceLine.trim() !== '') {
    const { source, caret } = window(problem.sourceLine, column - 1);
    lines.push(`  ${source}`, `  ${paint(RED, caret)}`);
  }
  if (problem.suggestion !== undefined) {
    lines.push(paint(DIM, `  did you mean "${printable(problem.suggestion)}"?`));
  }
  return lines.join('\n');
}

/** The part of a line about the column (from 0), and the caret line below it. */
function window(sourceLine: string, column: number): { readonly source: string; readonly caret: string } {
  const cut = sourceLine.length > MAX_SOURCE_COLUMNS;
  const from = cut ? Math.max(0, column - LEAD_COLUMNS) : 0;
  const shown = sourceLine.slice(from, from + MAX_SOURCE_COLUMNS);
  const head = from > 0 ? '…' : '';
  const tail = cut && from + MAX_SOURCE_COLUMNS < sourceLine.length ? '…' : '';
  // A tab before the caret stays a tab in the caret line, so that both are expanded alike.
  const indent = shown.slice(0, Math.max(0, column - from)).replaceAll(/[^\t]/g, ' ');
  return {
    source: `${head}${printable(shown)}${tail}`,
    caret: `${head === '' ? '' : ' '}${indent}^`,
  };
}

/** Control characters (C0 but tab, DEL, C1) and direction overrides could repaint the terminal: each becomes `�`. */
function printable(text: string): string {
  return text.replaceAll(/[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
