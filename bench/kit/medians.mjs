/** Figures that were taken several times. Pure. */

export function median(list) {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
}

/** The median, and what the middle half lies between: of many windows one is always far out. */
export function middle(list, digits) {
  const sorted = list.toSorted((a, b) => a - b);
  const at = (part) => sorted[Math.floor(part * sorted.length)].toFixed(digits);
  return `${at(1 / 2)} (${at(1 / 4)}–${at(3 / 4)})`;
}

/** The median, and the spread in brackets. */
export function figures(list, digits) {
  return `${median(list).toFixed(digits)} (${Math.min(...list).toFixed(digits)}–${Math.max(...list).toFixed(digits)})`;
}
