/**
 * The changes of a route to the fields of requests or answers, with what would else be worked out for every message. Both threads;
 * pure. Nothing of what is derived is on the wire.
 */

import { toByteString } from '../../kit/byte-string.ts';
import { lengthBit } from '../../kit/length-bit.ts';
import type { HeaderOps, NameValue } from './model.ts';

/** What penstock adds to a request, or keeps of a trusted proxy's (contract, "What the upstream gets"). */
const OWN = /^(?:x-forwarded-.*|forwarded|x-real-ip|x-request-id)$/;

/** No letters: with a backslash some are a class of characters. */
const MARK = /[^a-z0-9-]/gi;

/** `remove`: lower-case. Names are tokens (RFC 9110 5.6.2): the validation sees to it. */
export function headerOps({ add, set, remove }: Pick<HeaderOps, 'add' | 'set' | 'remove'>): HeaderOps {
  const replaced = [...remove, ...set.map(({ name }) => name.toLowerCase())];
  return {
    add,
    set,
    remove,
    replaced,
    replacedLengths: replaced.reduce((bits, { length }) => bits | lengthBit(length), 0),
    replacedOwn: linesNamed(replaced.filter((name) => OWN.test(name))),
    lines: linesOf(set) + linesOf(add),
  };
}

/** All lines with one of these names. Most marks of a token mean something else in a pattern. */
function linesNamed(names: readonly string[]): RegExp | null {
  if (names.length === 0) return null;
  const patterns = names.map((name) => name.replace(MARK, '\\$&'));
  return new RegExp(`^(?:${patterns.join('|')}):.*\r\n`, 'gim');
}

function linesOf(fields: readonly NameValue[]): string {
  return fields.map(({ name, value }) => `${name}: ${toByteString(value)}\r\n`).join('');
}
