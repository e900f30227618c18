/**
 * The parts of a file that are well formed, whatever is wrong with the rest: what the checks across the file look at, so
 * that one run reports all problems. Primary thread; pure.
 */

import type { Problem } from '../../kit/problem.ts';
import type { ProblemCode } from '../../kit/problem-codes.ts';
import type { ConfigDocument, ConfigPath, ProblemExtra } from '../config-document.ts';
import { problemAt } from '../config-document.ts';
import type { CheckedShape } from './check-shape.ts';
import { parsePart } from './parse-part.ts';
import { rawAt, rawList, rawMap } from './raw-tree.ts';
import { acmeSchema } from './schema/acme-schema.ts';
import { certificateSchema } from './schema/config-schema.ts';
import { listenSchema } from './schema/listen-schema.ts';
import { routeSchema } from './schema/route-schema.ts';
import type { AcmeShape, CertificateShape, ListenShape, RouteShape } from './shapes.ts';

/** What a check across the file works with. */
export interface CheckContext {
  readonly document: ConfigDocument;
  /** The plain values, sound or not. */
  readonly value: unknown;
  readonly parts: SoundParts;
  report(code: ProblemCode, path: ConfigPath, message: string, extra?: ProblemExtra): void;
}

export interface SoundParts {
  /** Only the addresses that are sound; defaults where the file says nothing. */
  readonly listen: Partial<ListenShape>;
  /** In the order of the file; null for one that is not well formed. */
  readonly routes: readonly (RouteShape | null)[];
  readonly certificates: readonly (CertificateShape | null)[];
  /** Null where there is none; undefined for one that is not well formed. */
  readonly acme: AcmeShape | null | undefined;
}

export function soundParts(shape: CheckedShape): SoundParts {
  if (shape.config !== null) return shape.config;
  return {
    listen: soundListen(rawAt(shape.value, ['listen'])),
    routes: rawList(rawAt(shape.value, ['routes'])).map((raw) => parsePart(routeSchema, raw).data ?? null),
    certificates: rawList(rawAt(shape.value, ['certificates'])).map(
      (raw) => parsePart(certificateSchema, raw).data ?? null,
    ),
    acme: soundAcme(rawAt(shape.value, ['acme'])),
  };
}

/** Each address by itself, so that a fault in one does not hide what is wrong with another. */
function soundListen(raw: unknown): Partial<ListenShape> {
  const map = rawMap(raw) ?? {};
  const alone = (key: string): ListenShape | undefined =>
    parsePart(listenSchema, Object.hasOwn(map, key) ? { [key]: map[key] } : {}).data;
  const http = alone('http')?.http;
  const https = alone('https')?.https;
  const admin = alone('admin')?.admin;
  return {
    ...(http === undefined ? {} : { http }),
    ...(https === undefined ? {} : { https }),
    ...(admin === undefined ? {} : { admin }),
  };
}

function soundAcme(raw: unknown): AcmeShape | null | undefined {
  return raw === undefined ? null : parsePart(acmeSchema, raw).data;
}

/** A context that collects into a list. What concerns a value whose `${…}` failed is not reported a second time. */
export function checkContext(
  document: ConfigDocument,
  shape: CheckedShape,
  problems: Problem[],
): CheckContext {
  return {
    document,
    value: shape.value,
    parts: soundParts(shape),
    report(code, path, message, extra) {
      if (document.referenceAt(path) === 'broken') return;
      problems.push(problemAt(document, code, path, message, extra));
    },
  };
}
