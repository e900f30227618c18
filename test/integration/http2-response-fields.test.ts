/** The fields of responses over HTTP/2 (RFC 9113 8.2), those that an endpoint should not have sent included; and real clients. */

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type ClientHttp2Session, connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askHttp2, type Http2Answer } from '../support/h2-ask.ts';
import { afterBody, answer, type Bed, openBed, type Script, stream } from '../support/h2-bed.ts';
import { requireProgram } from '../support/programs.ts';

const run = promisify(execFile);
const LARGE_HEADS = { maxHeaderListPairs: 2_000, settings: { maxHeaderListSize: 1024 * 1024 } };

let bed: Bed;
let session: ClientHttp2Session | null;
beforeEach(async () => {
  bed = await openBed();
  session = null;
});
afterEach(async () => {
  session?.destroy();
  await bed.close();
});

const script = (path: string, one: Script): void => void bed.scripts.set(path, one);
const ask = (path: string, fields: Record<string, string> = {}): Promise<Http2Answer> => {
  session ??= connect(`http://127.0.0.1:${bed.port}`, LARGE_HEADS).on('error', () => {});
  return askHttp2(session, path, fields);
};

describe('a response over HTTP/2', () => {
  it('has lower-case names, a date and a length, and nothing of a connection', async () => {
    const lines = [
      'Content-Type: text/html',
      'X-Twice: 1',
      'x-twice: 2',
      'Set-Cookie: a=b',
      'Connection: close',
      'Keep-Alive: 5',
      'Proxy-Connection: close',
      'Transfer-Encoding: chunked',
      'Upgrade: h3',
      'HTTP2-Settings: AAAA',
      'TE: gzip',
      'Date: never',
      'Content-Length: 99',
      'X_Under.Score: ok',
      'Set-Cookie: c=d',
    ];
    script('/', (seen) => answer(seen, 200, 'hello', lines.join('\r\n')));
    const { headers: got, raw, body } = await ask('/');
    expect(Math.abs(Date.parse(String(got.date)) - Date.now())).toBeLessThan(5_000);
    const names = raw.filter((_, index) => index % 2 === 0);
    expect(names).toEqual([
      ':status',
      'date',
      'content-type',
      'x-twice',
      'x-twice',
      'set-cookie',
      'x_under.score',
      'set-cookie',
      'content-length',
    ]);
    expect(got['set-cookie']).toEqual(['a=b', 'c=d']);
    expect([got['x-twice'], got['content-length'], body.toString()]).toEqual(['1, 2', '5', 'hello']);
  });

  it('carries fields that come twice, in their order, and names that objects have', async () => {
    const lines = [
      'Content-Type: a/b',
      'content-type: c/d',
      'Location: /a',
      'Location: /b',
      'constructor: x',
      '__proto__: y',
      'toString: z',
      '1: one',
    ];
    script('/', (seen) => stream(seen, 2, ['ok'], '', lines.join('\r\n')));
    const { headers: got, raw, body } = await ask('/');
    expect(raw.slice(4, 12)).toEqual([
      ...['content-type', 'a/b', 'content-type', 'c/d'],
      ...['location', '/a', 'location', '/b'],
    ]);
    expect([got.constructor, got['1'], got.tostring, body.toString()]).toEqual(['x', 'one', 'z', 'ok']);
    expect(Object.entries(got)).toContainEqual(['__proto__', 'y']);
  });

  it('carries every octet of a value, UTF-8 or not', async () => {
    const octets = String.fromCharCode(
      ...Array.from({ length: 256 }, (_, octet) => octet).filter((octet) => octet > 32 && octet !== 127),
    );
    script('/', (seen) =>
      stream(
        seen,
        -1,
        ['ok'],
        `x-t: ${octets}\r\n`,
        `X-All: ${octets}\r\nX-Utf8: ${Buffer.from('grüße').toString('latin1')}`,
      ),
    );
    const { raw, trailers } = await ask('/', { te: 'trailers' });
    expect(raw[raw.indexOf('x-all') + 1]).toBe(octets);
    expect(Buffer.from(raw[raw.indexOf('x-utf8') + 1] ?? '', 'latin1').toString()).toBe('grüße');
    expect(trailers?.['x-t']).toBe(octets);
  });

  it('drops names that HTTP/2 cannot carry, and what is no line', async () => {
    script('/', (seen) =>
      answer(seen, 200, 'ok', 'X Blank: 1\r\n: 2\r\nnothing\r\nX(Odd): 3\r\n:status: 500\r\nX-Good:  4 \t'),
    );
    const { status, raw } = await ask('/');
    expect(status).toBe(200);
    expect(raw.slice(4)).toEqual(['x-good', '4', 'content-length', '2']);
  });

  it('may have a head of 64 KiB', async () => {
    const fields = Array.from({ length: 200 }, (_, index) => `X-${index}: ${'v'.repeat(318)}`);
    script('/', (seen) => answer(seen, 200, 'ok', fields.join('\r\n')));
    const { status, headers: got } = await ask('/');
    expect([status, got['x-199']]).toEqual([200, 'v'.repeat(318)]);
  });

  it.each([
    [600, 502],
    [999, 502],
    [599, 599],
  ])('with status %d arrives as %d', async (status, arrives) => {
    script('/', (seen) => answer(seen, status, 'odd'));
    const got = await ask('/');
    expect([got.status, got.body.toString()]).toEqual([arrives, 'odd']);
  });
});

describe('real clients of HTTP/2', () => {
  // nghttp comes in the package of h2load.
  requireProgram('curl', 'h2load')('from Debian', () => {
    const large = 'x'.repeat(1_000_000);

    it.each([
      ['curl by prior knowledge', false, ['--http2-prior-knowledge']],
      ['curl by ALPN', true, ['--http2', '-k']],
    ])('%s', async (_name, tls, flags) => {
      if (tls) {
        await bed.close();
        bed = await openBed({ tls: true });
      }
      script('/large', (seen) => answer(seen, 200, large));
      script(
        '/up',
        afterBody((seen) => answer(seen, 200, `${seen.body.length} octets`)),
      );
      const url = `${tls ? 'https' : 'http'}://127.0.0.1:${bed.port}`;
      const curl = async (...args: string[]): Promise<string> =>
        (await run('curl', ['-sS', ...flags, ...args], { maxBuffer: 4_000_000 })).stdout;
      expect(await curl('-w', '\n%{http_version} %{http_code}', `${url}/large`)).toBe(`${large}\n2 200`);
      expect(await curl('--data-binary', large.slice(0, 100_000), `${url}/up`)).toBe('100000 octets');
      expect(await curl('-H', 'Expect: 100-continue', '-d', 'abc', `${url}/up`)).toBe('3 octets');
      expect(await curl('-I', `${url}/large`)).toMatch(
        /^HTTP\/2 200 \r\n(.*\r\n)*content-length: 1000000\r\n/,
      );
    });

    it('nghttp, with an upload and trailers', async () => {
      script(
        '/up',
        afterBody((seen) =>
          stream(seen, -1, [`${seen.client.trailers.trim()} ${seen.body.length}`], 'x-t: 1\r\n'),
        ),
      );
      const folder = mkdtempSync(join(tmpdir(), 'penstock-nghttp-'));
      const file = join(folder, 'body');
      writeFileSync(file, 'x'.repeat(200_000));
      const args = [
        '-v',
        '-d',
        file,
        '--trailer',
        'x-sum: 7',
        '-H',
        'te: trailers',
        `http://127.0.0.1:${bed.port}/up`,
      ];
      const { stdout } = await run('nghttp', args);
      rmSync(folder, { recursive: true });
      expect(stdout).toMatch(/x-sum: 7 200000/);
      expect(stdout).toMatch(/recv \(stream_id=\d+\) x-t: 1/);
    });
  });
});
