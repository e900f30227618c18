import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdminOptions, adminTarget } from '../../../src/cli/admin-target.ts';
import type { Io } from '../../../src/cli/io.ts';

let folder = '';
let config = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'penstock-target-'));
  config = join(folder, 'penstock.yaml');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function target(yaml: string | null, options: Partial<AdminOptions> = {}, env: NodeJS.ProcessEnv = {}) {
  rmSync(config, { force: true });
  if (yaml !== null) writeFileSync(config, yaml);
  const io: Io = { stdout: () => {}, stderr: () => {}, env, colour: false };
  const { url, token, from } = adminTarget({ config, ...options }, io);
  return { url: url.origin, token, from: from === config ? 'config' : from };
}

describe('admin-target', () => {
  it.each([
    ['127.0.0.1:7000', 'http://127.0.0.1:7000'],
    [':7000', 'http://127.0.0.1:7000'],
    ['0.0.0.0:7000', 'http://127.0.0.1:7000'],
    ['[::]:7000', 'http://[::1]:7000'],
    ['[fd00::1]:7000', 'http://[fd00::1]:7000'],
    ['localhost:7000', 'http://localhost:7000'],
  ])('reads listen.admin %s', (written, url) => {
    expect(target(`listen: { admin: "${written}" }`)).toEqual({ url, token: null, from: 'config' });
  });

  it('falls back to the default address without a file or a value', () => {
    const expected = { url: 'http://127.0.0.1:9180', token: null, from: 'the default' };
    expect(target(null)).toEqual(expected);
    expect(target('routes: []')).toEqual(expected);
  });

  it('needs no valid configuration, but replaces references in it', () => {
    const yaml = `listen: { admin: "127.0.0.1:7000" }\nadmin_token: "\${env:MY_TOKEN}"\nroutss: 5\n`;
    expect(target(yaml, {}, { MY_TOKEN: 'from-file' })).toMatchObject({
      url: 'http://127.0.0.1:7000',
      token: 'from-file',
    });
  });

  it('prefers --token to PENSTOCK_TOKEN to the file', () => {
    const yaml = 'admin_token: from-file';
    expect(target(yaml, { token: 'from-flag' }, { PENSTOCK_TOKEN: 'from-env' }).token).toBe('from-flag');
    expect(target(yaml, {}, { PENSTOCK_TOKEN: 'from-env' }).token).toBe('from-env');
    expect(target(yaml).token).toBe('from-file');
  });

  it('takes --admin with or without a scheme, and the token of the file with it', () => {
    const yaml = 'listen: { admin: off }\nadmin_token: from-file';
    expect(target(yaml, { admin: 'http://10.0.0.1:7000/' })).toEqual({
      url: 'http://10.0.0.1:7000',
      token: 'from-file',
      from: '--admin',
    });
    expect(target(null, { admin: '10.0.0.1:7000' }).url).toBe('http://10.0.0.1:7000');
  });

  it.each([
    ['listen: { admin: off }', {}, /turns the admin endpoints off/],
    ['listen: { admin: "nonsense" }', {}, /is no address to connect to/],
    ['listen: { admin: "unix:/run/x" }', {}, /is no address to connect to/],
    [null, { admin: 'http://' }, /is no URL/],
  ])('rejects %j %j (PENSTOCK_USAGE)', (yaml, options, message) => {
    expect(() => target(yaml, options)).toThrow(
      expect.objectContaining({ code: 'PENSTOCK_USAGE', message: expect.stringMatching(message) }),
    );
  });
});
