import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Certificate } from '../../../src/bridge/snapshot/model.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import { drySelfSigned } from '../../../src/primary/certs/dry-self-signed.ts';
import {
  nothingKnown,
  type PipelineGround,
  type PipelineResult,
  prepareConfiguration,
  runPipeline,
} from '../../../src/primary/pipeline.ts';
import { makeCertificate } from '../../support/cert-maker.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'penstock-pipeline-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Notes which of the outside stages were reached. */
function run(
  file: string,
  ground: Partial<PipelineGround> = {},
): { result: Promise<PipelineResult>; reached: string[] } {
  const reached: string[] = [];
  const result = runPipeline(file, {
    clock: systemClock,
    env: {},
    known: nothingKnown(),
    trustStamps: false,
    selfSigned: () => {
      reached.push('self-signed');
      return drySelfSigned();
    },
    automatic: () => Promise.resolve(new Map()),
    addresses: () => {
      reached.push('addresses');
      return Promise.resolve((_, configured) => configured);
    },
    checkAgainstRunning: () => [],
    terminal: false,
    ...ground,
  });
  return { result, reached };
}

const problem = {
  code: 'RESTART_NEEDED',
  path: 'workers',
  message: '',
  origin: { file: '', line: 1, column: 1 },
};

describe('runPipeline', () => {
  it('makes a content of a sound file', async () => {
    const file = write('p.yaml', 'routes: [{ path: /, respond: { status: 204 } }]\n');
    const { compiled, problems, watchedFiles } = await run(file).result;
    expect(problems).toEqual([]);
    expect(compiled?.content.routes).toMatchObject([{ path: '/' }]);
    expect(watchedFiles).toEqual([file]);
  });

  it('stops at the first stage that finds problems, and never goes outside before that', async () => {
    const file = write('p.yaml', 'routes: [{ path: nope }]\nnonsense: 1\n');
    const { result, reached } = run(file);
    const { compiled, problems } = await result;
    expect(compiled).toBeNull();
    expect(problems.map(({ code }) => code)).toContain('UNKNOWN_KEY');
    expect(problems.length).toBeGreaterThan(1);
    expect(reached).toEqual([]);
  });

  it('reads the files of TLS to endpoints, and watches them', async () => {
    const { certPem, keyPem } = await makeCertificate({ hosts: ['penstock.test'] });
    write('c.pem', certPem);
    write('c.key', keyPem);
    const tls = '{ ca_file: c.pem, client_cert_file: c.pem, client_key_file: c.key }';
    const file = write('p.yaml', `services: { a: { endpoints: [], protocol: h2, tls: ${tls} } }\n`);
    const { compiled, problems, watchedFiles } = await run(file).result;
    expect(problems).toEqual([]);
    expect(compiled?.content.services[0]?.tls).toMatchObject({
      verify: true,
      certPem,
      keyPem,
      caPem: certPem,
    });
    expect(watchedFiles).toEqual(['p.yaml', 'c.pem', 'c.key'].map((name) => join(folder, name)));
  });

  it('tells what is wrong with certificates and with TLS to endpoints in one go', async () => {
    const file = write(
      'p.yaml',
      'certificates: [{ cert_file: no.pem, key_file: no.key }]\nservices:\n  a:\n    endpoints: []\n    protocol: h2\n    tls: { ca_file: none.pem }\n',
    );
    const { result, reached } = run(file);
    const { problems, watchedFiles } = await result;
    expect(problems.map(({ code, path, origin: { line } }) => `${code} ${path} ${line}`)).toEqual([
      'CERT_UNREADABLE certificates[0] 1',
      'KEY_UNREADABLE certificates[0] 1',
      'CERT_UNREADABLE services.a.tls 6',
    ]);
    expect(watchedFiles).toContain(join(folder, 'none.pem'));
    expect(reached).toEqual([]);
  });

  it('reads the root of the authority, and makes a content again without reading anything', async () => {
    const { certPem } = await makeCertificate({ hosts: ['root.test'] });
    write('root.pem', certPem);
    const text = (root: string): string =>
      `acme: { email: a@example.com, directory: "https://ca.internal/d", ca_file: ${root} }\nroutes: [{ host: a.test, respond: {} }]\n`;
    const file = write('p.yaml', text('root.pem'));
    const asked: (string | null)[] = [];
    const { compiled, warnings, watchedFiles } = await run(file, {
      automatic: (draft) => {
        asked.push(draft.acme?.directory ?? null);
        return Promise.resolve(new Map());
      },
    }).result;
    expect(asked).toEqual(['https://ca.internal/d']);
    expect(compiled?.acme?.caPem).toBe(certPem);
    expect(warnings).toEqual([]);
    expect(watchedFiles).toContain(join(folder, 'root.pem'));
    expect(compiled?.wanted.map(({ host, email }) => `${host} ${email}`)).toEqual(['a.test a@example.com']);
    expect(compiled?.content.routes[0]).toMatchObject({ tls: 'auto', plainHosts: ['a.test'] });
    rmSync(file);
    const certificate = { id: 'x', source: 'acme', hosts: ['a.test'] } as unknown as Certificate;
    const after = await compiled?.withAutomatic(new Map([['a.test', certificate]]));
    expect(after?.routes[0]).toMatchObject({ httpsRedirect: true, plainHosts: [] });
    expect(after?.certificates[after.serverNames.get('a.test') ?? -1]).toBe(certificate);

    write('root.pem', 'no certificate');
    const { problems } = await run(write('p.yaml', text('root.pem'))).result;
    expect(problems).toMatchObject([{ code: 'CERT_MALFORMED', path: 'acme.ca_file', origin: { line: 1 } }]);
  });

  it('asks what runs before it makes or opens anything', async () => {
    const file = write('p.yaml', 'workers: 3\n');
    const { result, reached } = run(file, { checkAgainstRunning: () => [problem] });
    expect((await result).problems).toEqual([problem]);
    expect(reached).toEqual([]);
  });

  it('reports addresses that cannot be had', async () => {
    const file = write('p.yaml', 'routes: []\n');
    const { result } = run(file, { addresses: () => Promise.resolve([problem]) });
    expect(await result).toMatchObject({ compiled: null, problems: [problem] });
  });

  it('watches the files that it could not use too', async () => {
    const file = write('p.yaml', 'certificates: [{ cert_file: a.pem, key_file: a.key }]\n');
    const { compiled, problems, watchedFiles } = await run(file).result;
    expect(compiled).toBeNull();
    expect(problems.length).toBeGreaterThan(0);
    expect([...watchedFiles].sort()).toEqual([join(folder, 'a.key'), join(folder, 'a.pem'), file].sort());
  });

  it('watches a file that is missing, so that it is read once it is there', async () => {
    const file = join(folder, 'none.yaml');
    const { compiled, watchedFiles } = await run(file).result;
    expect(compiled).toBeNull();
    expect(watchedFiles).toContain(file);
  });

  it('passes on warnings beside a configuration that serves', async () => {
    const { certPem, keyPem } = await makeCertificate({ hosts: ['a.test'], days: -1 });
    write('a.pem', certPem);
    write('a.key', keyPem);
    const file = write('p.yaml', 'certificates: [{ cert_file: a.pem, key_file: a.key }]\n');
    const { compiled, warnings } = await run(file).result;
    expect(compiled?.content.serverNames.has('a.test')).toBe(true);
    expect(warnings).toHaveLength(1);
  });
});

describe('prepareConfiguration', () => {
  it('goes the same way, and makes nothing', async () => {
    const file = write(
      'p.yaml',
      'routes: [{ host: a.test, path: /, respond: { status: 200 }, tls: self_signed }]\n',
    );
    const { prepared, problems } = await prepareConfiguration(file, {});
    expect(problems).toEqual([]);
    expect(prepared?.snapshot.certificateFor('a.test')?.certificate.source).toBe('self_signed');
    expect(prepared?.snapshot.route(0)).toMatchObject({ tls: 'self_signed', hosts: ['a.test'] });
  });
});
