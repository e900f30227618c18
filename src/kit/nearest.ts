/** The nearest known name to a misspelt one, for "did you mean". Pure; bounded in the length of its input. */

/** Longer names are not compared: nobody mistypes one, and the cost grows with the square. */
const MAX_LENGTH = 64;

/**
 * The known name with the fewest edits (insert, delete, replace, swap of neighbours), if they are at most a third of
 * its length (two for short names of four letters and more, one below). The first of equals wins.
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    if (candidate.length > MAX_LENGTH || candidate === name) continue;
    const allowed = allowedEdits(Math.max(wanted.length, candidate.length));
    if (Math.abs(candidate.length - wanted.length) > allowed) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance <= allowed && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function allowedEdits(length: number): number {
  if (length < 4) return 1;
  return Math.max(2, Math.floor(length / 3));
}

/** Optimal string alignment distance: three rows of the usual table. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}
