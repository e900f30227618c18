import { describe, expect, it } from 'vitest';
import { openStored } from '../../../../src/bridge/snapshot/codec.ts';
import type { SnapshotContent } from '../../../../src/bridge/snapshot/content.ts';
import { headerOps } from '../../../../src/bridge/snapshot/header-ops.ts';
import { createSecretMask } from '../../../../src/kit/secret-mask.ts';
import { printableSnapshot } from '../../../../src/primary/publish/printable.ts';
import { makePublication } from '../../../../src/primary/publish/publication.ts';
import { GOLDEN_CONTENT } from '../../../support/golden-content.ts';

function printed(content: SnapshotContent, secrets: readonly string[] = []) {
  const mask = createSecretMask();
  mask.set(secrets);
  const { snapshot } = makePublication(content, 5, 0);
  return { snapshot, ...printableSnapshot(content, snapshot, mask) };
}

describe('printableSnapshot', () => {
  it('holds no private key, in neither form', () => {
    const { protobuf, json } = printed(GOLDEN_CONTENT);
    for (const text of [JSON.stringify(json), Buffer.from(protobuf).toString('latin1')]) {
      for (const { keyPem, chainPem } of GOLDEN_CONTENT.certificates) {
        expect(text).not.toContain(keyPem);
        expect(text).toContain(chainPem);
      }
    }
  });

  it('holds no private key of TLS to endpoints, and what is no secret of it', () => {
    const [empty, api] = GOLDEN_CONTENT.services;
    const tls = {
      serverName: 'up.test',
      caPem: 'ca pem',
      verify: false,
      certPem: 'shown pem',
      keyPem: 'up key',
    };
    const services = [empty!, { ...api!, protocol: 'h2' as const, tls }];
    const { protobuf, json } = printed({ ...GOLDEN_CONTENT, services });
    for (const text of [JSON.stringify(json), Buffer.from(protobuf).toString('latin1')]) {
      expect(text).not.toContain('up key');
      for (const shown of ['up.test', 'ca pem', 'shown pem']) expect(text).toContain(shown);
    }
    expect(openStored(protobuf).service(1).tls).toEqual({ ...tls, keyPem: '[secret]' });
  });

  it('holds no secret value, wherever it stands', () => {
    const [first, ...others] = GOLDEN_CONTENT.routes;
    const content: SnapshotContent = {
      ...GOLDEN_CONTENT,
      routes: [
        {
          ...first!,
          requestHeaders: headerOps({
            add: [],
            set: [{ name: 'Authorization', value: 'Bearer hunter2' }],
            remove: [],
          }),
        },
        ...others,
      ],
      trustedProxies: ['hunter2'],
    };
    const { protobuf, json } = printed(content, ['hunter2']);
    for (const text of [JSON.stringify(json), Buffer.from(protobuf).toString('latin1')]) {
      expect(text).not.toContain('hunter2');
      expect(text).toContain('Bearer [secret]');
    }
  });

  it('is a sound snapshot as protobuf, whose digest is over what it shows', () => {
    const { protobuf, snapshot } = printed(GOLDEN_CONTENT);
    const opened = openStored(protobuf);
    expect(opened).toMatchObject({ version: 5, routeCount: 4, serviceCount: 2, certificateCount: 3 });
    expect(opened.digest).not.toBe(snapshot.digest);
    expect(opened.route(0)).toEqual(GOLDEN_CONTENT.routes[0]);
  });

  it('names version, digest, addresses and server names as JSON', () => {
    const { json, snapshot } = printed(GOLDEN_CONTENT);
    expect(JSON.parse(JSON.stringify(json))).toMatchObject({
      version: 5,
      digest: snapshot.digest,
      services: [
        { name: 'empty', endpoints: [] },
        { name: 'api', endpoints: [{ address: '[::1]:9001' }, { address: 'unix:/run/app.sock' }] },
      ],
      serverNames: { 'a.example.com': 0, '*.example.org': 2 },
      routeTable: { words: GOLDEN_CONTENT.routeTable.words.length },
    });
  });
});
