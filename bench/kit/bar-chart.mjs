/** A chart of bars as SVG: a group for each case, panels side by side for each figure, a second bar where there is something to compare with. Pure. */

const LABELS = 190;
const PANEL = 330;
const GAP = 70;
const BAR = 13;
const GROUP = 40;
const TOP = 118;
const BOTTOM = 34;
const TICKS = 4;

const STYLE = `
  .back { fill: #ffffff } text { fill: #1f2328; font: 13px system-ui, sans-serif } .small { font-size: 11px; fill: #59636e }
  .title { font-size: 16px; font-weight: 600 } .grid { stroke: #d1d9e0 } .now { fill: #0969da } .before { fill: #9aa4ae }
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117 } text { fill: #e6edf3 } .small { fill: #9198a1 } .grid { stroke: #3d444d } .now { fill: #4493f8 } .before { fill: #656c76 }
  }`;

/**
 * `notes`: lines under the title. `now` and `before`: what the two bars are; `before` null = one bar. `names`: of the cases.
 * `panels`: each with a `title`, the `digits` of its values, and a list of values for `now` and `before`; NaN = no bar.
 */
export function barChart({ title, notes, now, before, names, panels }) {
  const width = LABELS + panels.length * (PANEL + GAP);
  const height = TOP + names.length * GROUP + BOTTOM;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title><style>${STYLE}\n</style>`,
    `<rect class="back" width="${width}" height="${height}"/>`,
    text(16, 26, title, 'title'),
    ...notes.map((note, at) => text(16, 44 + at * 15, note, 'small')),
    ...legend([now, before]),
    ...names.map((name, at) => text(LABELS - 10, TOP + at * GROUP + 22, name, '', 'end')),
    ...panels.flatMap((panel, at) => drawPanel(panel, LABELS + at * (PANEL + GAP), height)),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

function legend(labels) {
  let x = 16;
  return labels.flatMap((label, at) => {
    if (label === null) return [];
    const left = x;
    x += 40 + label.length * 7;
    return [
      `<rect class="${at === 0 ? 'now' : 'before'}" x="${left}" y="70" width="11" height="11"/>`,
      text(left + 17, 80, label, 'small'),
    ];
  });
}

function drawPanel({ title, digits, now, before }, left, height) {
  const known = [...now, ...(before ?? [])].filter((value) => value > 0);
  const step = niceStep(Math.max(...known, 0) / TICKS);
  const most = Math.max(step * Math.ceil(Math.max(...known, 0) / step), step);
  const scale = (value) => (value / most) * PANEL;
  const parts = [text(left, TOP - 14, title)];
  for (let value = 0; value <= most * 1.001; value += step) {
    const x = round(left + scale(value));
    parts.push(`<line class="grid" x1="${x}" x2="${x}" y1="${TOP - 4}" y2="${height - BOTTOM}"/>`);
    parts.push(text(x, height - BOTTOM + 16, shortNumber(value), 'small', 'middle'));
  }
  for (const [kind, list] of [
    ['now', now],
    ['before', before ?? []],
  ]) {
    for (const [at, value] of list.entries()) {
      if (!(value > 0)) continue;
      const lift = before === null ? 11 : kind === 'now' ? 4 : 4 + BAR + 2;
      const y = TOP + at * GROUP + lift;
      parts.push(
        `<rect class="${kind}" x="${left}" y="${y}" width="${round(scale(value))}" height="${BAR}"/>`,
      );
      parts.push(text(round(left + scale(value) + 5), y + 11, value.toFixed(digits), 'small'));
    }
  }
  return parts;
}

/** 1, 2 or 5 times a power of ten, and not below `least`. */
function niceStep(least) {
  if (!(least > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= least * 0.999);
}

function shortNumber(value) {
  return value >= 1000 ? `${Number((value / 1000).toFixed(1))}k` : String(Number(value.toFixed(3)));
}

const round = (value) => Number(value.toFixed(1));

function text(x, y, content, kind = '', anchor = 'start') {
  const attributes = `${kind === '' ? '' : ` class="${kind}"`}${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}`;
  return `<text x="${x}" y="${y}"${attributes}>${escaped(content)}</text>`;
}

/** As the content of an element. */
export function escaped(content) {
  return String(content).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
