/**
 * What the request parser costs per request: `npm run build && node bench/micro/request-parser.mjs`.
 * A bare request, one with a browser's fields, the same where its fields came before (and where they never do), cut once in its head, and one
 * with a chunked body. The bytes lie in one
 * large buffer, as those that a worker reads do.
 */

import { bench, do_not_optimize, summary } from 'mitata';
import { KnownSections } from '../../build/worker/listener/node/known-sections.js';
import { RequestEvent, RequestParser } from '../../build/worker/listener/node/request-parser.js';
import { runAgainst } from './verdict.mjs';

const bare = [
  'GET /hello HTTP/1.1',
  'Host: 127.0.0.1:8080',
  'User-Agent: autocannon',
  'Accept: application/json',
];
const browser = [
  'GET /assets/app/index-4f2a9c.js?v=20260804&lang=en HTTP/1.1',
  'Host: www.example.com',
  'Connection: keep-alive',
  'sec-ch-ua: "Chromium";v="126", "Google Chrome";v="126", "Not-A.Brand";v="8"',
  'sec-ch-ua-mobile: ?0',
  'sec-ch-ua-platform: "Linux"',
  'Upgrade-Insecure-Requests: 1',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8',
  'Sec-Fetch-Site: same-origin',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-Dest: document',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-US,en;q=0.9',
  'Cookie: session=0123456789abcdef0123456789abcdef; theme=dark',
];
const upload = ['POST /upload HTTP/1.1', 'Host: a.test', 'Accept: */*', 'Transfer-Encoding: chunked'];
const chunks = `64\r\n${'x'.repeat(100)}\r\n0\r\n\r\n`;

const memory = Buffer.alloc(1_048_576);
const LIMITS = { headerBytes: 32_768, urlBytes: 16_384 };
const plain = new RequestParser(LIMITS);
const remembering = new RequestParser(LIMITS, new KnownSections());
const strange = new RequestParser(LIMITS, new KnownSections());

/** Feeds the request that lies at `start`..`last`, in one or two reads; returns what the caller would look at. */
function once(start, last, cut, parser = plain) {
  parser.reset();
  let seen = 0;
  for (let at = start, end = cut === 0 ? last : start + cut; ; ) {
    const event = parser.execute(memory, at, end);
    at = parser.position;
    if (event === RequestEvent.COMPLETE) return seen + parser.head.lines.length;
    if (event === RequestEvent.FAULT) throw new Error(`fault ${parser.fault}`);
    if (event === RequestEvent.MORE) end = last;
    if (event === RequestEvent.BODY) seen += parser.bodyEnd - parser.bodyStart;
  }
}

let used = 0;

/** Puts a request into the memory, behind the one before. */
function place(lines, body = '') {
  const start = used;
  used += memory.write(`${lines.join('\r\n')}\r\n\r\n${body}`, start, 'latin1');
  return [start, used];
}

const [bareAt, browserAt, uploadAt] = [place(bare), place(browser), place(upload, chunks)];
const everyOneAnother = Array.from({ length: 1_000 }, (_, i) =>
  place(browser.map((line) => line.replace('0123456789abcdef', String(i).padStart(16, '0')))),
);
let turn = 0;

function another() {
  const [start, last] = everyOneAnother[++turn % everyOneAnother.length];
  return once(start, last, 0, strange);
}

console.log(`bare: ${bareAt[1]} bytes, 3 fields; browser: ${browserAt[1] - browserAt[0]} bytes, 14 fields`);
summary(() => {
  bench('bare', () => do_not_optimize(once(bareAt[0], bareAt[1], 0)));
  bench('browser', () => do_not_optimize(once(browserAt[0], browserAt[1], 0)));
  bench('browser, fields known', () => do_not_optimize(once(browserAt[0], browserAt[1], 0, remembering)));
  bench('browser, fields never known', () => do_not_optimize(another()));
  bench('browser, cut in the head', () => do_not_optimize(once(browserAt[0], browserAt[1], 300)));
  bench('chunked body', () => do_not_optimize(once(uploadAt[0], uploadAt[1], 0)));
});
await runAgainst(() => null);
