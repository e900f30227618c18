import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AccessLog } from '../../../../src/worker/exchange/access-log.ts';
import { waitFor } from '../../../support/wait-for.ts';

const folder = mkdtempSync(join(tmpdir(), 'penstock-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const LINE = {
  timeMs: 0,
  client: '192.0.2.1',
  method: 'GET',
  scheme: 'http',
  host: 'a.test',
  target: '/',
  status: 200,
  route: 'r',
  service: 's',
  endpoint: 'e',
  attempts: 1,
  durationMs: 2,
  upstreamMs: 1,
  bytesIn: 3,
  bytesOut: 4,
  requestId: 'i',
  fault: '',
} as const;

describe('access log lines in text', () => {
  it('tell attempts where there was more than one, and the fault where there is one', async () => {
    const file = join(folder, 'access.log');
    const log = new AccessLog(() => {});
    log.use({ target: file, format: 'text' });
    log.write(LINE);
    log.write({ ...LINE, attempts: 2 });
    log.write({ ...LINE, attempts: 3, fault: 'upstream_reset' });
    const text = await waitFor(
      () => {
        log.flush();
        const written = readFileSync(file, { encoding: 'utf8', flag: 'a+' });
        return written.split('\n').length > 3 ? written : null;
      },
      { what: 'three lines' },
    );
    const start =
      '1970-01-01T00:00:00.000Z 192.0.2.1 "GET http://a.test/" 200 route=r endpoint=e ms=2 upstream_ms=1 in=3 out=4 id=i';
    expect(text).toBe(`${start}\n${start} attempts=2\n${start} attempts=3 fault=upstream_reset\n`);
  });
});
