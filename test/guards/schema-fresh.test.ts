import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configJsonSchema } from '../../src/primary/validate/json-schema.ts';

const file = new URL('../../schema/penstock.schema.json', import.meta.url);

describe('schema-fresh', () => {
  it('the committed JSON Schema is the one that the definition gives (mend: npm run build, node scripts/gen-schema.mjs)', () => {
    expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  });

  it('describes every key that a file may have', () => {
    const bare: string[] = [];
    const walk = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      if ('properties' in node && typeof node.properties === 'object' && node.properties !== null) {
        for (const [key, child] of Object.entries(node.properties)) {
          if (!('description' in child) || child.description === '') bare.push(`${path}.${key}`);
          walk(child, `${path}.${key}`);
        }
      }
      for (const key of ['items', 'additionalProperties'])
        if (key in node) walk(Reflect.get(node, key), `${path}[]`);
      if ('anyOf' in node && Array.isArray(node.anyOf)) for (const form of node.anyOf) walk(form, path);
    };
    walk(configJsonSchema(), '');
    expect(bare).toEqual([]);
  });
});
