/** docs/configuration.md knows every key of the configuration, and which of them are not built yet. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/source-tree.ts';

interface SchemaNode {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly $defs?: Readonly<Record<string, SchemaNode>>;
}

interface Key {
  readonly name: string;
  readonly built: boolean;
}

/** Every key below a node, however deep. */
function keysOf(node: SchemaNode): Key[] {
  const own = Object.entries(node.properties ?? {}).map(([name, child]) => ({
    name,
    built: !(child.description ?? '').startsWith('Not built yet'),
  }));
  const children = [
    ...Object.values(node.properties ?? {}),
    ...(typeof node.additionalProperties === 'object' ? [node.additionalProperties] : []),
    ...(node.items === undefined ? [] : [node.items]),
    ...(node.anyOf ?? []),
    ...Object.values(node.$defs ?? {}),
  ];
  return [...own, ...children.flatMap(keysOf)];
}

/** A key is named as code: `path`, `limits.body_bytes`, `{address, weight}`, `http2: true`. */
const names = (text: string, key: string): boolean =>
  new RegExp(`\`[^\`\n]*\\b${key}\\b[^\`\n]*\``).test(text);

describe('docs/configuration.md', () => {
  const schema = JSON.parse(readFileSync(join(ROOT, 'schema', 'penstock.schema.json'), 'utf8')) as SchemaNode;
  const keys = keysOf(schema);
  const [built = '', notBuilt = ''] = readFileSync(join(ROOT, 'docs', 'configuration.md'), 'utf8').split(
    '## Not built yet',
  );

  it('is compared with a schema that has keys', () => {
    expect(keys.filter((key) => key.built).length).toBeGreaterThan(40);
  });

  it('names every key', () => {
    const missing = keys.filter((key) => key.built && !names(built, key.name)).map(({ name }) => name);
    expect([...new Set(missing)]).toEqual([]);
  });

  it('lists every key that is not built yet', () => {
    const missing = keys.filter((key) => !key.built && !names(notBuilt, key.name)).map(({ name }) => name);
    expect([...new Set(missing)]).toEqual([]);
  });
});
