/**
 * The origin of native-bench for machines without a C compiler: `node node-origin.mjs PORT`. Answers `?bytes=13&headers=3` with as many
 * bytes and fields (Content-Length is one of them), once the request is whole; prints a line when it listens.
 */

import { createServer } from 'node:http';

/** As in native-bench/origin.c. */
const FIELDS = [
  ['Date', 'Thu, 01 Jan 2026 00:00:00 GMT'],
  ['Content-Type', 'text/plain; charset=utf-8'],
  ['Server', 'origin'],
  ['Cache-Control', 'private, max-age=0, must-revalidate'],
  ['ETag', '"5d8c72a5edda8d6a1f4fb0e2c1b7"'],
  ['Vary', 'Accept-Encoding, Accept-Language'],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'SAMEORIGIN'],
  ['Referrer-Policy', 'strict-origin-when-cross-origin'],
  ['Last-Modified', 'Wed, 31 Dec 2025 23:59:59 GMT'],
  ['Set-Cookie', 'session=0123456789abcdef0123456789abcdef; Path=/; HttpOnly; SameSite=Lax'],
];

/** By the query of the target. */
const answers = new Map();

function answerOf(target) {
  const query = target.slice(target.indexOf('?') + 1);
  const known = answers.get(query);
  if (known !== undefined) return known;
  const asked = new URLSearchParams(query);
  const body = Buffer.alloc(Number(asked.get('bytes') ?? 13), 'x');
  const fields = FIELDS.slice(0, Number(asked.get('headers') ?? 3) - 1);
  const answer = { body, fields: ['Content-Length', String(body.length), ...fields.flat()] };
  answers.set(query, answer);
  return answer;
}

const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
  request.resume().once('end', () => {
    const { body, fields } = answerOf(request.url);
    response.sendDate = false;
    response.writeHead(200, fields).end(body);
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'));
