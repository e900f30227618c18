/** Addresses, hosts and address ranges as fields of the schema. Primary thread; pure. */

import { z } from 'zod';
import type { Address } from '../../../kit/address.ts';
import type { ProblemCode } from '../../../kit/problem-codes.ts';
import {
  checkCidr,
  checkEndpointAddress,
  checkHost,
  checkHostField,
  checkListenAddress,
  checkResolver,
  checkServerName,
  type NameFault,
} from '../network-names.ts';
import type { ListenAddress } from '../shapes.ts';
import { fail, notYet } from './fields.ts';

/** As many as the system's own resolver takes (resolv.conf(5)), and as are asked (`dns/ask.ts`). */
const MAX_RESOLVERS = 3;

/** Runs a pure checker as a transform: its fault becomes an issue with the code. */
export function checked<Value extends string | Address>(
  problem: ProblemCode,
  check: (text: string) => Value | NameFault,
): (text: string, ctx: z.RefinementCtx) => Value {
  return (text, ctx) => {
    const result = check(text);
    if (typeof result === 'object' && 'message' in result) {
      return fail(ctx, problem, result.message, { suggestion: result.suggestion });
    }
    return result;
  };
}

/** Output in normal form. */
export function host(description: string): z.ZodType<string> {
  return z.string().transform(checked('BAD_HOST', checkHost)).describe(description);
}

/** A Host field: a name with or without a port. */
export function hostField(description: string): z.ZodType<string> {
  return z.string().transform(checked('BAD_HOST', checkHostField)).describe(description);
}

export function serverName(description: string): z.ZodType<string> {
  return z.string().transform(checked('BAD_HOST', checkServerName)).describe(description);
}

export function cidr(description: string): z.ZodType<string> {
  return z.string().transform(checked('BAD_CIDR', checkCidr)).describe(description);
}

/** Name servers to ask, each once; none: those of the system. */
export function resolvers(description: string): z.ZodType<readonly string[]> {
  const resolver = z.string().transform(checked('BAD_ADDRESS', checkResolver));
  return z
    .array(resolver.describe('An IP address with or without a port.'))
    .max(MAX_RESOLVERS)
    .transform((list) => [...new Set(list)])
    .describe(description);
}

export function endpointAddress(description: string): z.ZodType<Address> {
  return z.string().transform(checked('BAD_ADDRESS', checkEndpointAddress)).describe(description);
}

export function listenAddress(description: string): z.ZodType<ListenAddress> {
  return z
    .string()
    .transform((text, ctx) => {
      const address = checkListenAddress(text);
      if ('message' in address) {
        return fail(ctx, 'BAD_ADDRESS', address.message, { suggestion: address.suggestion });
      }
      if (address.kind === 'tcp') return address;
      return fail(ctx, 'NOT_SUPPORTED_YET', `${notYet('listening on a unix socket')}; use an address`);
    })
    .describe(description);
}
