/** Aligned text tables for people. Pure; knows nothing of colours or terminals. */

const GAP = '  ';

/** Columns a text takes on a terminal, taking every code point for one column. */
function widthOf(text: string): number {
  let width = 0;
  for (const _ of text) width += 1;
  return width;
}

/**
 * One line a row under a line of upper-case titles, columns padded to their widest cell. Cells hold no line
 * breaks (they are shown as spaces). The last column is not padded. Ends with a newline.
 */
export function formatTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [titles, ...rows].map((row) =>
    titles.map((_, column) => (row[column] ?? '').replace(/\s+/g, ' ')),
  );
  const widths = titles.map((_, column) => {
    let widest = 0;
    for (const line of lines) widest = Math.max(widest, widthOf(line[column] ?? ''));
    return widest;
  });
  const last = titles.length - 1;
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === last ? cell : cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)),
        )
        .join(GAP)
        .trimEnd(),
    )
    .join('\n')
    .concat('\n');
}
