/** Tables for people and for documents. Pure. */

/** Markdown, as lines. */
export function markdown(headings, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)];
}

/** The same, padded so that it can be read where it was printed. The first column stands left, the others right. */
export function aligned(headings, rows) {
  const all = [headings, ...rows].map((cells) => cells.map(String));
  const widths = headings.map((_, at) => Math.max(...all.map((cells) => cells[at].length)));
  const line = (cells) =>
    cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join('  ');
  const [first, ...rest] = all.map(line);
  return [first, widths.map((width) => '-'.repeat(width)).join('  '), ...rest].map((text) => text.trimEnd());
}
