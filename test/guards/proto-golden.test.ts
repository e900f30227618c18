/** The wire contract only grows: old bytes keep their meaning, and no field of proto/ changes its number or type. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { openStored } from '../../src/bridge/snapshot/codec.ts';
import { GOLDEN_CONTENT, GOLDEN_VERSION } from '../support/golden-content.ts';
import { ROOT } from '../support/source-tree.ts';

const golden = (name: string): Buffer => readFileSync(join(ROOT, 'test/guards/golden', name));

/** Every field of every message, and every value of every enum, one a line. */
function fieldsOf(root: protobuf.Root): string[] {
  const lines: string[] = [];
  const walk = (node: protobuf.ReflectionObject): void => {
    const name = node.fullName.slice(1);
    if (node instanceof protobuf.Type) {
      for (const field of node.fieldsArray) {
        const rule = field.repeated
          ? 'repeated '
          : field.options?.proto3_optional === true
            ? 'optional '
            : '';
        const oneof = field.partOf !== null && rule === '' ? ` (oneof ${field.partOf.name})` : '';
        lines.push(`${name}.${field.name} = ${field.id} ${rule}${field.type}${oneof}`);
      }
    } else if (node instanceof protobuf.Enum) {
      for (const [value, number] of Object.entries(node.values)) lines.push(`${name}.${value} = ${number}`);
    }
    if (node instanceof protobuf.Namespace) node.nestedArray.forEach(walk);
  };
  walk(root);
  return lines.sort();
}

function currentFields(): string[] {
  const root = new protobuf.Root();
  root.loadSync(join(ROOT, 'proto/penstock/v1/snapshot.proto'), { keepCase: true });
  return fieldsOf(root.resolveAll() as protobuf.Root);
}

describe('proto-golden', () => {
  it('reads the bytes of schema 1 to the very values that were written', () => {
    const snapshot = openStored(golden('snapshot-1.bin'));
    const { routes, services, certificates, serverNames, defaultCertificate, ...top } = GOLDEN_CONTENT;
    expect(snapshot.version).toBe(GOLDEN_VERSION);
    expect({
      listeners: snapshot.listeners,
      limits: snapshot.limits,
      timeouts: snapshot.timeouts,
      engine: snapshot.engine,
      http2: snapshot.http2,
      trustedProxies: snapshot.trustedProxies,
      accessLog: snapshot.accessLog,
      httpsPort: snapshot.httpsPort,
      routeTable: snapshot.routeTable,
    }).toEqual(top);
    expect(routes.map((_, index) => snapshot.route(index))).toEqual(routes);
    expect(services.map((_, index) => snapshot.service(index))).toEqual(services);
    expect(certificates.map((_, index) => snapshot.certificate(index))).toEqual(certificates);
    expect([snapshot.routeCount, snapshot.serviceCount, snapshot.certificateCount]).toEqual([4, 2, 3]);
    expect(snapshot.defaultCertificate).toEqual(certificates[defaultCertificate ?? Number.NaN]);
    for (const [name, index] of serverNames) {
      expect(snapshot.certificateFor(name)?.certificate).toEqual(certificates[index]);
    }
  });

  it('has every field and value that it ever had, with its number and type', () => {
    const current = new Set(currentFields());
    const listed = golden('fields.txt').toString('utf8').trim().split('\n');
    expect(listed.filter((line) => !current.has(line))).toEqual([]);
  });

  it('has no field that the listing lacks (mend: add the line to test/guards/golden/fields.txt)', () => {
    const listed = new Set(golden('fields.txt').toString('utf8').trim().split('\n'));
    expect(currentFields().filter((line) => !listed.has(line))).toEqual([]);
  });

  it('has no message with a number twice', () => {
    const numbers = currentFields().map((line) => line.replace(/\.[A-Za-z_0-9]+ = (\d+).*$/, ' $1'));
    expect(numbers.filter((entry, index) => numbers.indexOf(entry) !== index)).toEqual([]);
  });
});
