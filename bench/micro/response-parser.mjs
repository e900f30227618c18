/**
 * What the response parser costs per response: `npm run build && node bench/micro/response-parser.mjs`.
 * A head of twelve fields with a body of 100 bytes, whole in one read, cut once in the head, and chunked.
 */

import { bench, do_not_optimize, summary } from 'mitata';
import { ParserEvent, ResponseParser } from '../../build/worker/upstream/response-parser.js';
import { ANSWER_FIELDS } from '../kit/answer-fields.mjs';
import { runAgainst } from './verdict.mjs';

const body = 'x'.repeat(100);
const head = `HTTP/1.1 200 OK\r\n${ANSWER_FIELDS.join('\r\n')}\r\n`;
const plain = Buffer.from(`${head}Content-Length: 100\r\n\r\n${body}`);
const chunked = Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n64\r\n${body}\r\n0\r\n\r\n`);
const parser = new ResponseParser();

/** Feeds one whole response, in one or two reads; returns what the caller would look at. */
function once(bytes, cut) {
  parser.reset(false);
  let seen = 0;
  for (let at = 0, end = cut === 0 ? bytes.length : cut; ; ) {
    const event = parser.execute(bytes, at, end);
    at = parser.position;
    if (event === ParserEvent.COMPLETE) return seen + parser.head.fieldCount;
    if (event === ParserEvent.FAULT) throw new Error(`fault ${parser.fault}`);
    if (event === ParserEvent.MORE) end = bytes.length;
    if (event === ParserEvent.BODY) seen += parser.bodyEnd - parser.bodyStart;
  }
}

console.log(
  `head: ${ANSWER_FIELDS.length + 1} fields, ${head.length + 22} bytes; body: ${body.length} bytes`,
);
summary(() => {
  bench('whole, Content-Length', () => do_not_optimize(once(plain, 0)));
  bench('whole, chunked', () => do_not_optimize(once(chunked, 0)));
  bench('cut in the head', () => do_not_optimize(once(plain, 200)));
});
await runAgainst(() => null);
