/**
 * The JSON Schema (2020-12) of the configuration, for editors. Generated from the definition that validates; it is the
 * coarser of the two, since it cannot follow references between parts. Primary thread and build script; pure.
 */

import { z } from 'zod';
import { configSchema } from './schema/config-schema.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** A whole `${…}` may stand where a number, a truth value or one of some words belongs. */
const REFERENCE = Object.freeze({ $ref: '#/$defs/reference' });
const REFERENCE_DEFINITION = Object.freeze({
  type: 'string',
  pattern: '\\$\\{(env:|file:|secret\\.)[^}]+\\}',
  description: 'Text with ${env:NAME}, ${file:/path} or ${secret.NAME} in it.',
});

export function configJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(configSchema, {
    target: 'draft-2020-12',
    io: 'input',
    override: ({ jsonSchema }) => allowReference(jsonSchema),
  });
  const { $schema, ...rest } = schema;
  return {
    $schema,
    title: 'penstock configuration',
    description:
      'penstock.yaml. Durations are written 250ms, 5s, 2m, 1h, 30d; sizes 32KiB, 10MiB, 1GiB or plain bytes.',
    ...rest,
    $defs: { reference: REFERENCE_DEFINITION },
  };
}

/** Rewrites one node in place, which is how the library wants it. */
function allowReference(node: JsonSchema): void {
  const narrow =
    node.type === 'integer' ||
    node.type === 'number' ||
    node.type === 'boolean' ||
    (node.type === 'string' && node.pattern !== undefined) ||
    (node.type === 'string' && node.enum !== undefined);
  if (!narrow) return;
  const { description, default: preset, ...own } = { ...node };
  for (const key of Object.keys(node)) delete node[key];
  if (description !== undefined) node.description = description;
  if (preset !== undefined) node.default = preset;
  node.anyOf = [own, REFERENCE];
}
