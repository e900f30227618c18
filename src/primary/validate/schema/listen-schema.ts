/** The `listen:` section: where clients and administrators connect. Primary thread; pure. */

import { z } from 'zod';
import type { ListenAddress, ListenShape } from '../shapes.ts';
import { words } from './fields.ts';
import { listenAddress } from './network-fields.ts';

/** YAML 1.2 reads `off` as text, but an editor or a template may have made it `false`. */
const off = z.union([z.literal('off'), z.literal(false)]);

const FORMS = 'expected an address such as ":8080" in quotes, a list of addresses, or off';

function addresses(description: string): z.ZodType<readonly ListenAddress[]> {
  const one = listenAddress('`:port` for every interface, `host:port` or `[v6]:port`.');
  return z
    .union([off.transform(() => []), one.transform((address) => [address]), z.array(one)], { error: FORMS })
    .describe(description);
}

export const listenSchema: z.ZodType<ListenShape> = z.strictObject({
  http: addresses('Where plain HTTP is served: an address, a list of addresses, or off.').prefault(':8080'),
  https: addresses(
    'Where HTTPS is served: an address, a list of addresses, or off. Opened when a certificate or a tls route needs it.',
  ).prefault(':8443'),
  admin: z
    .union([off.transform(() => null), listenAddress('`host:port` or `[v6]:port`.')], {
      error: 'expected an address such as "127.0.0.1:9180" in quotes, or off',
    })
    .describe(
      'Where the admin endpoints are served, or off. An address that is not loopback needs an admin_token.',
    )
    .prefault('127.0.0.1:9180'),
  engine: words({
    description:
      'Which engine serves HTTP/1: node, on sockets of Node.js; uws, uWebSockets.js; auto: the one that serves best.',
    words: ['auto', 'uws', 'node'],
  }).prefault('auto'),
  http2: z
    .boolean()
    .describe('Whether HTTP/2 is offered: by ALPN on TLS, by prior knowledge on plain listeners.')
    .prefault(true),
});
