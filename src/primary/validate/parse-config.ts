/**
 * A whole configuration against the schema. Routes, of which there may be very many, are met key by key: the schema of a whole
 * route looks at every key that a route could have, and equal texts need no second look. Where that finds anything wrong, the
 * whole schema says what. Primary thread; pure.
 */

import type { z } from 'zod';
import { parsePart } from './parse-part.ts';
import { type RawMap, rawMap } from './raw-tree.ts';
import { configSchema } from './schema/config-schema.ts';
import { routeKeySchema, routeOfParts } from './schema/route-schema.ts';
import type { ConfigShape, RouteShape } from './shapes.ts';

export function parseConfig(value: unknown): z.ZodSafeParseResult<ConfigShape> {
  const map = rawMap(value);
  const routes = Array.isArray(map?.routes) ? parseRoutes(map.routes) : null;
  if (routes !== null) {
    const rest = parsePart(configSchema, { ...map, routes: [] });
    if (rest.success) return { success: true, data: { ...rest.data, routes } };
  }
  return parsePart(configSchema, value);
}

/** Null where one of them is not well formed. */
function parseRoutes(list: readonly unknown[]): readonly RouteShape[] | null {
  const keys = new Map<string, RouteKey>();
  const shapes: RouteShape[] = [];
  for (const raw of list) {
    const map = rawMap(raw);
    const parts = map && parseKeys(map, keys);
    if (parts === null) return null;
    shapes.push(routeOfParts(parts));
  }
  return shapes;
}

interface RouteKey {
  readonly schema: z.ZodType;
  /** What became of each text under this key: there are far fewer hosts, services and paths than routes. */
  readonly texts: Map<string, unknown>;
}

function parseKeys(map: RawMap, keys: Map<string, RouteKey>): RawMap | null {
  const parts: Record<string, unknown> = {};
  for (const name of Object.keys(map)) {
    let key = keys.get(name);
    if (key === undefined) {
      const schema = routeKeySchema(name);
      if (schema === null) return null;
      key = { schema, texts: new Map() };
      keys.set(name, key);
    }
    const value = map[name];
    if (typeof value === 'string' && key.texts.has(value)) {
      parts[name] = key.texts.get(value);
      continue;
    }
    const result = parsePart(key.schema, value);
    if (!result.success) return null;
    parts[name] = result.data;
    if (typeof value === 'string') key.texts.set(value, result.data);
  }
  return parts;
}
