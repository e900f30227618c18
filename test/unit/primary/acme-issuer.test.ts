/** What becomes of automatic certificates where the state directory is of no use. With an authority: test/e2e/automatic-certificates.test.ts. */

import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/kit/clock.ts';
import { AcmeIssuer } from '../../../src/primary/acme-issuer.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'penstock-issuer-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('AcmeIssuer', () => {
  it('goes without certificates where the store cannot be read, and tries again with the next configuration', async () => {
    const lines: { readonly level: number; readonly msg: string }[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const ground = {
      onChange: () => {},
      setChallenges: () => Promise.resolve(),
      plainListeners: () => [],
      isVerified: () => false,
      events: { emit: () => {} },
    };
    const issuer = new AcmeIssuer(ground, systemClock, log);
    const file = join(folder, 'state');
    // A link that leads to itself is what cannot be read even by root.
    symlinkSync(file, file);
    await issuer.load(file);
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      [50, 'the stored certificates cannot be read: none is served or obtained'],
    ]);
    expect(issuer.certificates.size).toBe(0);
    expect(issuer.status()).toEqual([]);
    expect(issuer.renew('a.test', true)).toEqual({ kind: 'unknown' });
    rmSync(file);
    await issuer.load(file);
    expect(lines).toHaveLength(1);
    await issuer.load(join(folder, 'other'));
    expect(lines.at(-1)?.msg).toContain('until a restart');
    await issuer.close();
  });
});
