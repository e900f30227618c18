/** `tls` of a service: whether and how its endpoints are spoken to over TLS. Primary thread; pure. */

import { z } from 'zod';
import type { ServiceTlsShape } from '../shapes.ts';
import { report, text, words } from './fields.ts';
import { serverName } from './network-fields.ts';

/** Every endpoint is verified by its own name and the authorities that Node.js brings. */
export const TLS_ON: ServiceTlsShape = Object.freeze({
  serverName: null,
  caFile: null,
  verify: true,
  clientCertFile: null,
  clientKeyFile: null,
});

const settings = z
  .strictObject({
    server_name: serverName(
      "The name that is asked for (SNI) and verified: a host name or an IP address. Left out: the endpoint's own host.",
    ).optional(),
    ca_file: text(
      'PEM file with the authorities that are trusted, in place of those that Node.js brings. Relative to the configuration.',
    ).optional(),
    verify: z
      .boolean()
      .describe('Whether the certificate of the endpoint is verified. false takes any: for tests only.')
      .prefault(true),
    client_cert_file: text(
      'PEM file with the certificate that penstock shows, the leaf first. Relative to the configuration.',
    ).optional(),
    client_key_file: text('PEM file with its private key. Relative to the configuration.').optional(),
  })
  .transform((written, ctx): ServiceTlsShape => {
    const { client_cert_file: cert, client_key_file: key } = written;
    if (cert !== undefined && key === undefined)
      report(ctx, 'MISSING_KEY', 'client_cert_file needs its key: set client_key_file');
    if (key !== undefined && cert === undefined)
      report(ctx, 'MISSING_KEY', 'client_key_file needs its certificate: set client_cert_file');
    if (written.verify === false && written.ca_file !== undefined)
      report(ctx, 'CONFLICT', 'ca_file is for verifying, but verify is false', {
        path: ['ca_file'],
        spot: 'key',
      });
    return {
      serverName: written.server_name ?? null,
      caFile: written.ca_file ?? null,
      verify: written.verify,
      clientCertFile: cert ?? null,
      clientKeyFile: key ?? null,
    };
  });

/** The contract has `true` for `on` and `false` for `off`. */
export const serviceTls: z.ZodType<ServiceTlsShape | null> = z
  .union(
    [
      z.boolean().transform((on) => (on ? TLS_ON : null)),
      words({ description: 'With the defaults, or not at all.', words: ['on', 'off'] }).transform((word) =>
        word === 'on' ? TLS_ON : null,
      ),
      settings,
    ],
    { error: 'expected on, off, or a map such as {ca_file: ca.pem}' },
  )
  .describe('TLS to the endpoints. Left out: on with protocol h2, else off.');
