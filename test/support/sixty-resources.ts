/** A page with sixty resources, a third each of style sheets, scripts and pictures, that says itself how it got them. */

import type { ServerResponse } from 'node:http';

export const RESOURCES = 60;

/** In the order of the page: style sheets first, which hold up what is behind them. */
const KINDS = [
  {
    suffix: 'css',
    type: 'text/css',
    body: (index: number) => `.r${index} { color: hsl(${index * 6} 80% 40%) }\n`,
  },
  {
    suffix: 'js',
    type: 'text/javascript',
    body: (index: number) => `window.ran = (window.ran ?? 0) + 1; // ${index}\n`,
  },
  { suffix: 'svg', type: 'image/svg+xml', body: picture },
] as const;
const OF_EACH = RESOURCES / KINDS.length;

function picture(index: number): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="60"><circle cx="30" cy="30" r="25" fill="hsl(${index * 18} 80% 50%)"/></svg>`;
}

/** Runs when all is there; `--dump-dom` comes after it. */
const COUNT = `addEventListener('load', () => {
  const got = performance.getEntriesByType('resource').filter(({ name }) => name.includes('/resource/'));
  const h2 = got.filter(({ nextHopProtocol }) => nextHopProtocol === 'h2').length;
  // A resource that came over the page's own connection had none to set up (Resource Timing 4.3).
  const others = got.filter(({ connectStart, connectEnd }) => connectEnd > connectStart).length;
  const page = performance.getEntriesByType('navigation')[0].nextHopProtocol;
  const failed = [...document.images].filter(({ naturalWidth }) => naturalWidth === 0).length + ${OF_EACH} - (window.ran ?? 0);
  document.getElementById('result').textContent = h2 + ' of ' + got.length + ' by h2, page by ' + page + ', ' + others + ' over other connections, ' + failed + ' failed';
});`;

function page(): string {
  const names = (suffix: string): string[] =>
    Array.from({ length: OF_EACH }, (_, index) => `/resource/${index}.${suffix}`);
  return `<!doctype html><meta charset="utf-8"><title>sixty</title><link rel="icon" href="data:,">
${names('css')
  .map((name) => `<link rel="stylesheet" href="${name}">`)
  .join('\n')}
<script>${COUNT}</script>
<h1>Sixty resources</h1><output id="result">not yet</output><p>
${names('svg')
  .map((name) => `<img src="${name}" alt="">`)
  .join('\n')}
${names('js')
  .map((name) => `<script src="${name}"></script>`)
  .join('\n')}
`;
}

/** Answers `/page` and its resources; false for anything else. */
export function answerPage(path: string, response: ServerResponse): boolean {
  if (path === '/page') {
    response.writeHead(200, { 'Content-Type': 'text/html' });
    response.end(page());
    return true;
  }
  const [, index, suffix] = /^\/resource\/(\d+)\.(css|js|svg)$/.exec(path) ?? [];
  const kind = KINDS.find((one) => one.suffix === suffix);
  if (kind === undefined) return false;
  response.writeHead(200, { 'Content-Type': kind.type, 'Cache-Control': 'no-store' });
  response.end(kind.body(Number(index)));
  return true;
}
