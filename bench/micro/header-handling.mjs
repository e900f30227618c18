/**
 * What the header fields of a request and of its answer cost: `npm run build && node bench/micro/header-handling.mjs`.
 * The head for the endpoint as text and then as bytes in a buffer, for a bare request and a browser's, with and without a route's changes and a
 * Connection field that names another; and the lines of an answer of twelve fields for the client, in the same ways.
 */

import { bench, do_not_optimize, summary } from 'mitata';
import { headerOps } from '../../build/bridge/snapshot/header-ops.js';
import { requestText } from '../../build/worker/exchange/request-text.js';
import { RequestHead } from '../../build/worker/listener/request-head.js';
import { ResponseFields } from '../../build/worker/response/response-fields.js';
import { ParserEvent, ResponseParser } from '../../build/worker/upstream/response-parser.js';
import { ANSWER_FIELDS } from '../kit/answer-fields.mjs';
import { BROWSER_HEADERS } from '../kit/browser-headers.mjs';
import { runAgainst } from './verdict.mjs';

const target = '/assets/app/index-4f2a9c.js?v=20260804&lang=en';
const memory = Buffer.alloc(65_536);
const forwarding = {
  target,
  host: 'www.example.com',
  peer: '192.0.2.1',
  trusted: false,
  client: '192.0.2.1',
  tls: true,
  localPort: 8443,
  requestId: '0f9c2b7e-5d41-4c5b-9a3e-000000001000',
};

function headOf(fields) {
  const head = new RequestHead('GET', target, target.indexOf('?'));
  head.addField('host', 'www.example.com');
  for (const [name, value] of fields) head.addField(name, value);
  return head;
}

const browserFields = Object.entries(BROWSER_HEADERS);
const bare = headOf([
  ['User-Agent', 'autocannon'],
  ['Accept', 'application/json'],
]);
const browser = headOf(browserFields);
const naming = headOf([...browserFields, ['X-Hop', '1'], ['Connection', 'keep-alive, X-Hop']]);
const requestOps = headerOps({
  add: [{ name: 'X-Gateway', value: 'edge-1' }],
  set: [
    { name: 'X-Environment', value: 'production' },
    { name: 'Accept-Encoding', value: 'gzip' },
  ],
  remove: ['Sec-Fetch-User', 'X-Internal-Token'],
});
const responseOps = headerOps({
  add: [{ name: 'X-Served-By', value: 'edge-1' }],
  set: [
    { name: 'X-Frame-Options', value: 'DENY' },
    { name: 'Referrer-Policy', value: 'no-referrer' },
  ],
  remove: ['Server', 'X-Powered-By'],
});

/** As the socket does it: what was put together is written out. */
function serialised(head, ops) {
  return memory.latin1Write(requestText(head, forwarding, ops), 0);
}

const answer = Buffer.from(['HTTP/1.1 200 OK', ...ANSWER_FIELDS, 'Content-Length: 0\r\n\r\n'].join('\r\n'));
const parser = new ResponseParser();
parser.reset(false);
if (parser.execute(answer, 0, answer.length) !== ParserEvent.HEAD) throw new Error('not a head');
const fields = new ResponseFields();
const [own, hsts] = ['X-Request-Id: 0f9c2b7e-5d41-4c5b-9a3e-000000001000', 'max-age=31536000'];

console.log(
  `request: ${serialised(bare, null)} bytes bare, ${serialised(browser, null)} a browser's; answer: ${fields.build(parser.head, null).length} bytes of lines`,
);
summary(() => {
  bench('request head, bare', () => do_not_optimize(serialised(bare, null)));
  bench('request head, browser', () => do_not_optimize(serialised(browser, null)));
  bench('request head, browser, changes of a route', () => do_not_optimize(serialised(browser, requestOps)));
  bench('request head, browser, Connection names a field', () => do_not_optimize(serialised(naming, null)));
});
summary(() => {
  bench('answer, 12 fields', () => do_not_optimize(fields.build(parser.head, null)));
  bench('answer, 12 fields, changes of a route', () =>
    do_not_optimize(fields.build(parser.head, responseOps)),
  );
  bench('answer, 12 fields, changes, HSTS and a line of our own', () =>
    do_not_optimize(fields.build(parser.head, responseOps, own, hsts)),
  );
});
await runAgainst(() => null);
