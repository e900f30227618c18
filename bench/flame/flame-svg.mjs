/** A tree of calls as a flame graph: one SVG without scripts. The root is at the bottom; what a frame called stands on it. Pure. */

import { escaped } from '../kit/bar-chart.mjs';
import { ROOMS, roomShares } from './call-tree.mjs';

const WIDTH = 1400;
const ROW = 17;
const TOP = 78;
const MARGIN = 10;
/** Of a letter of the frames' font. */
const LETTER = 6.05;
/** A frame with a smaller part of the time is not drawn. */
const LEAST_SHARE = 0.0015;

const COLOURS = {
  listener: '#7db4f0',
  router: '#8fd694',
  policies: '#f2c14e',
  balancer: '#c9d65b',
  exchange: '#f08a8a',
  upstream: '#c49be8',
  response: '#f5a8d0',
  shared: '#9fd8d2',
  node: '#d8c3a5',
  native: '#c3c8ce',
  gc: '#ff7043',
};

/** `title` and `note`: lines above. Percentages are of the root's time. */
export function flameGraph(root, { title, note }) {
  const depth = depthOf(root, root.total * LEAST_SHARE);
  const height = TOP + depth * ROW + MARGIN;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    '<style>rect{stroke:#fff;stroke-width:.5}text{font:10px ui-monospace,monospace;fill:#1f2328}.h{font:14px system-ui,sans-serif;font-weight:600}.n{font:11px system-ui,sans-serif}',
    ...ROOMS.map((room) => `.${room}{fill:${COLOURS[room]}}`),
    '</style>',
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text class="h" x="${MARGIN}" y="22">${escaped(title)}</text>`,
    `<text class="n" x="${MARGIN}" y="40">${escaped(note)}</text>`,
    ...legend(roomShares(root)),
  ];
  draw(parts, root, { x: 0, row: 0, whole: root.total, height });
  parts.push('</svg>');
  return `${parts.join('\n')}\n`;
}

function legend(shares) {
  const step = (WIDTH - 2 * MARGIN) / ROOMS.length;
  return ROOMS.flatMap((room, at) => {
    const x = Math.round(MARGIN + at * step);
    return [
      `<rect class="${room}" x="${x}" y="52" width="12" height="12"/>`,
      `<text class="n" x="${x + 17}" y="62">${room} ${percent(shares[room])}</text>`,
    ];
  });
}

function depthOf(frame, least) {
  const drawn = frame.children.filter(({ total }) => total >= least);
  return 1 + Math.max(0, ...drawn.map((child) => depthOf(child, least)));
}

/** `x`: the time that stands to the left of the frame. */
function draw(parts, frame, { x, row, whole, height }) {
  const share = frame.total / whole;
  if (share < LEAST_SHARE) return;
  const inner = WIDTH - 2 * MARGIN;
  const left = (MARGIN + (x / whole) * inner).toFixed(1);
  const width = share * inner;
  const y = height - MARGIN - (row + 1) * ROW;
  const place = frame.file === '' ? '' : ` (${frame.file})`;
  const words = `${frame.name}${place}: self ${percent(frame.self / whole)}, total ${percent(share)}`;
  const label = fitting(frame, width);
  const drawn = `<rect class="${frame.room}" x="${left}" y="${y}" width="${width.toFixed(1)}" height="${ROW}"/>`;
  const written =
    label === '' ? '' : `<text x="${(Number(left) + 3).toFixed(1)}" y="${y + 12}">${escaped(label)}</text>`;
  parts.push(`<g><title>${escaped(words)}</title>${drawn}${written}</g>`);
  let next = x;
  for (const child of frame.children) {
    draw(parts, child, { x: next, row: row + 1, whole, height });
    next += child.total;
  }
}

/** The name with the file where there is room for both, else as much of the name as there is room for. */
function fitting({ name, file }, width) {
  const letters = Math.floor((width - 5) / LETTER);
  if (letters < 3) return '';
  const whole = file === '' ? name : `${name}  ${file.replace(/^src\/(?:worker\/)?/, '')}`;
  if (whole.length <= letters) return whole;
  return name.length <= letters ? name : `${name.slice(0, letters - 1)}…`;
}

function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}
