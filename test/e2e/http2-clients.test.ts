/**
 * HTTP/2 by the clients that people have: curl, nghttp, h2load and Chromium against a whole penstock, over TLS and by prior
 * knowledge, with an HTTP/1.1 origin behind it. Chromium's picture of its page stays in test/.artefacts.
 */

import { execFile } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeCertificate } from '../support/cert-maker.ts';
import { parseExposition } from '../support/metrics-text.ts';
import { type Origin, startOrigin } from '../support/origin.ts';
import { requireProgram } from '../support/programs.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { answerPage, RESOURCES } from '../support/sixty-resources.ts';

const HOST = 'h2.test';
const UPLOAD_BYTES = 3_000_000;
const ARTEFACTS = fileURLToPath(new URL('../.artefacts/', import.meta.url));
const runFile = promisify(execFile);

let origin: Origin;
let penstock: RunningPenstock;
let certPem: string;
let uploadSha256: string;
let uploadFile: string;

/** What the program says; fails with its standard error if it does not end with 0. */
async function run(program: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return runFile(program, args, { encoding: 'latin1', timeout: 45_000, maxBuffer: 64 * 1024 * 1024 });
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? '';
  if (answerPage(path, response)) return;
  if (path === '/trailers') {
    response.writeHead(200, { Trailer: 'X-Sum' });
    response.write('with trailers');
    response.addTrailers({ 'X-Sum': '13' });
    response.end();
  } else response.end(`${request.method} ${path}\n`);
}

beforeAll(async () => {
  const made = await makeCertificate({ hosts: [HOST] });
  certPem = made.certPem;
  const upload = Buffer.alloc(UPLOAD_BYTES, 'an upload, ');
  uploadSha256 = createHash('sha256').update(upload).digest('hex');
  origin = await startOrigin({ handler: answer });
  penstock = await runPenstock({
    files: { 'cert.pem': made.certPem, 'key.pem': made.keyPem, upload },
    config: {
      workers: 1,
      certificates: [{ cert_file: 'cert.pem', key_file: 'key.pem' }],
      services: { origin: { endpoints: [origin.address] } },
      routes: [{ host: HOST, service: 'origin', https_redirect: false }],
    },
  });
  uploadFile = join(penstock.folder, 'upload');
});

afterAll(async () => {
  await penstock?.stop();
  await origin?.close();
});

/** The last request for `path` as the origin saw it. */
function seen(path: string): Origin['requests'][number] {
  const request = origin.requests.findLast(({ url }) => url === path);
  if (request === undefined) throw new Error(`the origin was not asked for ${path}`);
  return request;
}

/** A figure of the clients' side over all labels but these. */
async function figure(name: string, labels: Readonly<Record<string, string>>): Promise<number> {
  const { samples } = parseExposition((await penstock.admin('/metrics')).text);
  return samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

requireProgram('curl')('curl', () => {
  const WAYS = [
    ['over TLS', true],
    ['by prior knowledge', false],
  ] as const;

  const curl = async (tls: boolean, path: string, ...args: string[]): Promise<string> => {
    const { http, https } = penstock.ports;
    const port = tls ? https : http;
    const way = tls
      ? ['--http2', '--cacert', join(penstock.folder, 'cert.pem')]
      : ['--http2-prior-knowledge'];
    const url = `${tls ? 'https' : 'http'}://${HOST}:${port}${path}`;
    const { stdout } = await run('curl', [
      ...['-sS', '--max-time', '30', '--resolve', `${HOST}:${port}:127.0.0.1`, ...way, ...args],
      ...['-w', '\n%{http_version} %{http_code}', url],
    ]);
    return stdout;
  };

  it.each(WAYS)('GET %s', async (_way, tls) => {
    expect(await curl(tls, '/curl')).toBe('GET /curl\n\n2 200');
    expect(seen('/curl').httpVersion).toBe('1.1');
    expect(seen('/curl').headers['x-forwarded-proto']).toBe(tls ? 'https' : 'http');
  });

  it.each(WAYS)('HEAD %s', async (_way, tls) => {
    const answered = await curl(tls, '/head', '--head');
    expect(answered).toMatch(/^HTTP\/2 200 \r\n/);
    expect(answered).toMatch(/\r\n\r\n\n2 200$/);
  });

  it.each(WAYS)('an upload %s', async (_way, tls) => {
    expect(await curl(tls, '/upload', '-T', uploadFile)).toBe('PUT /upload\n\n2 200');
    expect(seen('/upload')).toMatchObject({
      bodyBytes: UPLOAD_BYTES,
      bodySha256: uploadSha256,
      complete: true,
    });
  });

  it.each(WAYS)('an upload that waits for 100 (Continue) %s', async (_way, tls) => {
    const begin = performance.now();
    const answered = await curl(
      tls,
      '/continue',
      ...['-i', '-H', 'Expect: 100-continue', '--expect100-timeout', '20', '--data-binary', `@${uploadFile}`],
    );
    expect(answered).toMatch(/^HTTP\/2 100 \r\n\r\nHTTP\/2 200 \r\n/);
    expect(seen('/continue').bodySha256).toBe(uploadSha256);
    // Not because it got tired of waiting.
    expect(performance.now() - begin).toBeLessThan(15_000);
  });

  it.each(WAYS)('trailers of the origin %s', async (_way, tls) => {
    const answered = await curl(tls, '/trailers', '-i', '-H', 'TE: trailers');
    expect(answered).toMatch(/\r\n\r\nwith trailersx-sum: 13\r\n\r?\n?/i);
    expect(answered.endsWith('2 200')).toBe(true);
  });
});

requireProgram('nghttp')('nghttp', () => {
  const WAYS = [
    ['over TLS', true],
    ['by prior knowledge', false],
  ] as const;

  // nghttp has no --resolve: the address in the URL, and the authority by a field.
  const base = (tls: boolean): string =>
    `${tls ? 'https' : 'http'}://127.0.0.1:${tls ? penstock.ports.https : penstock.ports.http}`;

  it.each(WAYS)('sixty requests at once over one connection %s', async (_way, tls) => {
    const urls = Array.from({ length: 60 }, (_, index) => `${base(tls)}/many/${index}`);
    const { stdout } = await run('nghttp', ['-nv', '--no-dep', '-H', `:authority: ${HOST}`, ...urls]);
    expect(stdout.match(/recv \(stream_id=\d+\) :status: 200/g)).toHaveLength(60);
    expect(stdout.match(/send SETTINGS frame <length=[1-9]/g)).toHaveLength(1);
    expect(origin.requests.filter(({ url }) => url.startsWith('/many/')).length % 60).toBe(0);
    // All were asked for before the first was answered.
    const firstAnswer = stdout.indexOf(':status: 200');
    const lastAsked = stdout.lastIndexOf('send HEADERS frame');
    expect(lastAsked).toBeLessThan(firstAnswer);
  });

  it.each(WAYS)('an upload %s', async (_way, tls) => {
    const path = `/nghttp-upload-${tls ? 'tls' : 'plain'}`;
    await run('nghttp', ['-d', uploadFile, '-H', `:authority: ${HOST}`, base(tls) + path]);
    expect(seen(path)).toMatchObject({ method: 'POST', bodySha256: uploadSha256, complete: true });
  });
});

requireProgram('h2load')('h2load', () => {
  it.each([
    ['over TLS', true],
    ['by prior knowledge', false],
  ] as const)('8 connections with 32 streams each %s', async (_way, tls) => {
    const { http, https } = penstock.ports;
    const { stdout } = await run('h2load', [
      ...['-n', '4000', '-c', '8', '-m', '32', '-H', `:authority: ${HOST}`],
      `${tls ? 'https' : 'http'}://127.0.0.1:${tls ? https : http}/load`,
    ]);
    expect(stdout).toContain('4000 done, 4000 succeeded, 0 failed, 0 errored, 0 timeout');
    expect(stdout).toContain('status codes: 4000 2xx');
  });
});

requireProgram('chromium')('Chromium', () => {
  it('loads a page with sixty resources over one connection', { timeout: 90_000 }, async () => {
    mkdirSync(ARTEFACTS, { recursive: true });
    const screenshot = join(ARTEFACTS, 'http2-chromium.png');
    rmSync(screenshot, { force: true });
    const profile = mkdtempSync(join(tmpdir(), 'penstock-chromium-'));
    const key = new X509Certificate(certPem).publicKey.export({ type: 'spki', format: 'der' });
    const http1 = await figure('penstock_client_requests_total', { protocol: 'HTTP/1.1' });
    try {
      const { stdout } = await run('chromium', [
        ...['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'],
        ...['--disable-background-networking', '--disable-component-update', '--disable-quic'],
        `--user-data-dir=${profile}`,
        `--host-resolver-rules=MAP ${HOST} 127.0.0.1, EXCLUDE localhost`,
        // Trusts this key, and nothing else that is not in order.
        `--ignore-certificate-errors-spki-list=${createHash('sha256').update(key).digest('base64')}`,
        ...['--window-size=800,600', `--screenshot=${screenshot}`, '--dump-dom', '--timeout=20000'],
        `https://${HOST}:${penstock.ports.https}/page`,
      ]);
      expect(stdout).toContain(
        `<output id="result">${RESOURCES} of ${RESOURCES} by h2, page by h2, 0 over other connections, 0 failed</output>`,
      );
    } finally {
      rmSync(profile, { recursive: true, force: true });
    }
    expect(origin.requests.filter(({ url }) => url.startsWith('/resource/'))).toHaveLength(RESOURCES);
    expect(await figure('penstock_client_requests_total', { protocol: 'HTTP/1.1' })).toBe(http1);
    expect(existsSync(screenshot) && statSync(screenshot).size).toBeGreaterThan(2_000);
  });
});
