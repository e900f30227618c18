import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadUpstreamTls } from '../../../../src/primary/certs/load-upstream-tls.ts';
import type { ServiceTlsDraft } from '../../../../src/primary/draft.ts';
import {
  type Authority,
  type MadeCertificate,
  makeAuthority,
  makeCertificate,
} from '../../../support/cert-maker.ts';

const origin = { file: '/etc/penstock.yaml', line: 7, column: 5 };
const path = 'services.api.tls';
const NOTHING = {
  serverName: null,
  caFile: null,
  verify: true,
  clientCertFile: null,
  clientKeyFile: null,
  origin,
};

let folder: string;
let authority: Authority;
let other: Authority;
let shown: MadeCertificate;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'penstock-upstream-tls-'));
  authority = await makeAuthority();
  other = await makeAuthority('Other');
  shown = await makeCertificate({ hosts: ['penstock.test'], issuer: authority });
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

const load = (draft: Partial<ServiceTlsDraft>) => loadUpstreamTls({ ...NOTHING, ...draft }, path, Date.now());

describe('load-upstream-tls', () => {
  it('takes nothing from anywhere where nothing is said', () => {
    expect(load({})).toEqual({
      tls: { serverName: '', caPem: '', verify: true, certPem: '', keyPem: '' },
      warnings: [],
    });
    expect(load({ serverName: 'a.test', verify: false })).toMatchObject({
      tls: { serverName: 'a.test', verify: false },
    });
  });

  it('holds every authority of a bundle, and the certificate with its chain and key, as PEM that Node takes', () => {
    const caFile = write('bundle.pem', `# two\n${authority.rootPem}text between\n${other.rootPem}`);
    const clientCertFile = write('shown.pem', shown.certPem);
    const clientKeyFile = write('shown.key', shown.keyPem);
    const result = load({ caFile, clientCertFile, clientKeyFile });
    if ('problems' in result) throw new Error(JSON.stringify(result.problems));
    const { caPem, certPem, keyPem } = result.tls;
    expect(caPem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(certPem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(keyPem).toContain('BEGIN PRIVATE KEY');
    createSecureContext({ ca: caPem, cert: certPem, key: keyPem });
  });

  it('tells everything that is wrong with its files, where it was written, and nothing of what they hold', async () => {
    const certFile = write('fits.pem', shown.certPem);
    const rsa = await makeCertificate({ hosts: ['a.test'], keyType: 'rsa1024' });
    const cases: [Partial<ServiceTlsDraft>, string[]][] = [
      [{ caFile: join(folder, 'none.pem') }, ['CERT_UNREADABLE']],
      [{ caFile: folder }, ['CERT_UNREADABLE']],
      [{ caFile: write('empty.pem', '') }, ['CERT_MALFORMED']],
      [{ caFile: write('key-only.pem', shown.keyPem) }, ['CERT_MALFORMED']],
      [
        { clientCertFile: join(folder, 'none.pem'), clientKeyFile: join(folder, 'none.key') },
        ['CERT_UNREADABLE', 'KEY_UNREADABLE'],
      ],
      [{ clientCertFile: certFile, clientKeyFile: write('rsa.key', rsa.keyPem) }, ['KEY_UNSUPPORTED']],
      [
        {
          caFile: write('bad.pem', 'nonsense'),
          clientCertFile: certFile,
          clientKeyFile: write('o.key', (await makeCertificate({ hosts: ['b.test'] })).keyPem),
        },
        ['CERT_MALFORMED', 'CERT_KEY_MISMATCH'],
      ],
    ];
    for (const [draft, codes] of cases) {
      const result = load(draft);
      if (!('problems' in result)) throw new Error('no problems');
      expect(result.problems.map(({ code }) => code)).toEqual(codes);
      for (const problem of result.problems) {
        expect(problem).toMatchObject({ path, origin });
        expect(problem.message).not.toContain('BEGIN');
      }
    }
  });

  it('warns of a certificate that has expired, which the endpoint will refuse', async () => {
    const old = await makeCertificate({ hosts: ['penstock.test'], days: -2 });
    const result = load({
      clientCertFile: write('old.pem', old.certPem),
      clientKeyFile: write('old.key', old.keyPem),
    });
    if ('problems' in result) throw new Error(JSON.stringify(result.problems));
    expect(result.warnings).toMatchObject([{ code: 'CERT_EXPIRED', path, origin }]);
  });
});
