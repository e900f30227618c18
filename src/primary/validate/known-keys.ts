/** Finds, in the schema, the keys that may stand at a path: what "did you mean" chooses from. Primary thread; pure. */

import { z } from 'zod';
import type { ConfigPath } from '../config-document.ts';

/** The keys of the map at a path; of every map that may stand there. Empty where keys are free, or no map belongs. */
export function knownKeysAt(schema: z.core.$ZodType, path: ConfigPath): readonly string[] {
  let level: readonly z.core.$ZodType[] = unwrap(schema);
  for (const step of path) level = level.flatMap((current) => stepInto(current, step)).flatMap(unwrap);
  return level.flatMap((current) => (current instanceof z.ZodObject ? Object.keys(current.shape) : []));
}

function stepInto(schema: z.core.$ZodType, step: string | number): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodArray) return [schema.element];
  if (schema instanceof z.ZodRecord) return [schema.valueType];
  if (!(schema instanceof z.ZodObject)) return [];
  const { shape } = schema;
  return typeof step === 'string' && Object.hasOwn(shape, step) ? [shape[step]] : [];
}

/** Through what only adds a default, a transform or a choice. */
function unwrap(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault) return unwrap(schema.def.innerType);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(unwrap);
  return [schema];
}
