/**
 * Replaces `${env:NAME}`, `${file:/path}` and `${secret.NAME}` in one text; `$${` is a literal `${`. Pure: where the
 * values come from is the caller's affair, and what they are never appears in a message. Primary thread.
 */

import { nearestName } from '../../kit/nearest.ts';
import type { ProblemCode } from '../../kit/problem-codes.ts';
import type { Reference } from '../config-document.ts';

/** Why a reference has no value. */
export interface LookupFault {
  readonly code: ProblemCode;
  readonly message: string;
  readonly suggestion?: string | undefined;
}

/** `reported: true`: no value, and the reason was reported where it lies. */
export type Lookup =
  | { readonly value: string }
  | { readonly fault: LookupFault }
  | { readonly reported: true };

export interface ReferenceSources {
  env(name: string): Lookup;
  file(path: string): Lookup;
  secret(name: string): Lookup;
}

export interface ReferenceFault extends LookupFault {
  /** The reference as written, to find its column. */
  readonly written: string;
}

export interface Interpolated {
  readonly text: string;
  readonly reference: Reference;
  readonly faults: readonly ReferenceFault[];
}

const FORMS = '${env:NAME}, ${file:/path} or ${secret.NAME}; a literal ${ is written $${';
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const SECRET = /^[A-Za-z0-9_.-]+$/;

/** Also where it only looks like one: `interpolate` tells. */
export function hasReference(source: string): boolean {
  return source.includes('${');
}

export function interpolate(source: string, sources: ReferenceSources): Interpolated {
  if (!hasReference(source)) return { text: source, reference: 'none', faults: [] };
  const faults: ReferenceFault[] = [];
  let text = '';
  let reference: Reference = 'none';
  let at = 0;
  while (at < source.length) {
    const open = source.indexOf('${', at);
    if (open < 0) {
      text += source.slice(at);
      break;
    }
    if (open > at && source[open - 1] === '$') {
      text += `${source.slice(at, open - 1)}\${`;
      at = open + 2;
      continue;
    }
    text += source.slice(at, open);
    const close = source.indexOf('}', open);
    const written = close < 0 ? source.slice(open) : source.slice(open, close + 1);
    const found = close < 0 ? unclosed() : lookUp(written.slice(2, -1), sources);
    at = open + written.length;
    if ('value' in found) {
      text += found.value;
      if (reference === 'none') reference = written.length === source.length ? 'whole' : 'part';
    } else {
      reference = 'broken';
      if ('fault' in found) faults.push({ ...found.fault, written });
    }
  }
  return { text: reference === 'broken' ? source : text, reference, faults };
}

function unclosed(): Lookup {
  return { fault: { code: 'BAD_REFERENCE', message: `a reference is not closed by }; expected ${FORMS}` } };
}

function lookUp(body: string, sources: ReferenceSources): Lookup {
  if (body.startsWith('env:')) {
    const name = body.slice(4);
    return VARIABLE.test(name) ? sources.env(name) : malformed('env: needs the name of a variable');
  }
  if (body.startsWith('file:')) {
    const path = body.slice(5);
    return path === '' ? malformed('file: needs a path') : sources.file(path);
  }
  if (body.startsWith('secret.')) {
    const name = body.slice(7);
    return SECRET.test(name) ? sources.secret(name) : malformed('secret. needs the name of a secret');
  }
  return malformed('not a known reference', suggestForm(body));
}

function malformed(what: string, suggestion?: string): Lookup {
  return { fault: { code: 'BAD_REFERENCE', message: `${what}; expected ${FORMS}`, suggestion } };
}

/** `${HOME}`, `${envs:HOME}`, `${secrets.x}` and `${secret:x}` are what people write by habit from elsewhere. */
function suggestForm(body: string): string | undefined {
  if (VARIABLE.test(body) && body === body.toUpperCase()) return `\${env:${body}}`;
  const match = /^([A-Za-z]+)\s*[:.]\s*(\S+)$/.exec(body);
  if (match === null) return undefined;
  const kind = nearestName(match[1] ?? '', ['env', 'file', 'secret']) ?? match[1];
  if (kind === 'secret') return `\${secret.${match[2]}}`;
  return kind === 'env' || kind === 'file' ? `\${${kind}:${match[2]}}` : undefined;
}
