/**
 * From offsets of a text to lines and columns, and the text of a line for the caret, with those lines left out that may
 * hold a secret. Which those are is found out once one is asked for: most texts have no problem. Primary thread.
 */

import type { Origin } from '../../kit/problem.ts';
import { isSecretKey, secretLines } from './secret-lines.ts';
import type { TreeNode } from './tree.ts';

export interface SourcePositions {
  originOf(offset: number): Origin;
  /** The text of a line (from 1); undefined where it may hold a secret. */
  sourceLine(line: number): string | undefined;
  /** Hides also what only the parsed tree shows to be secret, such as a key in an odd spelling. */
  hideSecrets(root: TreeNode): void;
}

export function sourcePositions(text: string, file: string): SourcePositions {
  const starts: number[] = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  let parsed: TreeNode | null = null;
  let shown: readonly (string | undefined)[] | null = null;

  const lineIndexOf = (offset: number): number => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };

  const hide = (node: TreeNode, hidden: boolean[]): void => {
    if (node.kind === 'list') for (const item of node.items) hide(item, hidden);
    if (node.kind !== 'map') return;
    for (const [key, entry] of node.entries) {
      if (!isSecretKey(key)) {
        hide(entry.node, hidden);
        continue;
      }
      hidden[lineIndexOf(entry.keyAt)] = true;
      // The value may stand elsewhere, if it is an alias.
      const last = lineIndexOf(Math.max(entry.node.at, entry.node.end - 1));
      for (let line = lineIndexOf(entry.node.at); line <= last; line += 1) hidden[line] = true;
    }
  };

  const shownLines = (): readonly (string | undefined)[] => {
    const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
    const hidden = secretLines(lines).slice();
    if (parsed !== null) hide(parsed, hidden);
    return lines.map((line, index) => (hidden[index] === true ? undefined : line));
  };

  return {
    originOf(offset) {
      const index = lineIndexOf(offset);
      return { file, line: index + 1, column: offset - (starts[index] ?? 0) + 1 };
    },
    sourceLine(line) {
      shown ??= shownLines();
      return shown[line - 1];
    },
    hideSecrets(root) {
      parsed = root;
      shown = null;
    },
  };
}
