/** Completes a valid configuration to the frozen draft: names, absolute paths and origins. Primary thread; pure. */

import { resolve } from 'node:path';
import type { AcmeSectionDraft } from '../certs/acme/acme-draft.ts';
import { secretCredentials } from '../certs/acme/challenge/dns-providers/credentials.ts';
import type { ConfigDocument, ConfigPath } from '../config-document.ts';
import type {
  ConfigDraft,
  ListenAddressDraft,
  LogDraft,
  RouteDraft,
  ServiceDraft,
  ServiceTlsDraft,
} from '../draft.ts';
import { rawAt } from './raw-tree.ts';
import type { AcmeShape, ConfigShape, ListenAddress, ServiceShape, ServiceTlsShape } from './shapes.ts';

/** Only for a configuration without problems. `names`: those of its routes. */
export function toDraft(
  document: ConfigDocument,
  config: ConfigShape,
  names: readonly (string | null)[],
): ConfigDraft {
  const absolute = (path: string): string => resolve(document.folder, path);
  const certificates = config.certificates.map((certificate, index) => ({
    certFile: absolute(certificate.certFile),
    keyFile: absolute(certificate.keyFile),
    hosts: certificate.hosts,
    origin: document.locate(['certificates', index], 'value'),
  }));
  const services = Object.entries(config.services).map(([name, shape]) => service(document, name, shape));
  const acme = config.acme?.enabled === true ? acmeSection(document, config.acme) : null;
  const files = [
    ...certificates.flatMap(({ certFile, keyFile }) => [certFile, keyFile]),
    ...services.flatMap(({ tls }) => [tls?.caFile, tls?.clientCertFile, tls?.clientKeyFile]),
    acme?.caFile,
  ].filter((file) => typeof file === 'string');
  return deepFreeze({
    file: document.file,
    listen: {
      http: listenAddresses(document, 'http', config.listen.http),
      https: listenAddresses(document, 'https', config.listen.https),
      httpsExplicit: rawAt(document.value, ['listen', 'https']) !== undefined,
      admin: config.listen.admin && (listenAddresses(document, 'admin', [config.listen.admin])[0] ?? null),
      engine: config.listen.engine,
      http2: config.listen.http2,
    },
    adminToken: config.adminToken,
    workers: config.workers,
    stateDir: absolute(config.stateDir),
    trustedProxies: config.trustedProxies,
    log: { ...config.log, access: accessTarget(config.log, absolute) },
    limits: config.limits,
    timeouts: config.timeouts,
    services,
    routes: routes(document, config, names),
    certificates,
    acme,
    webhooks: config.webhooks,
    domains: config.domains,
    secretValues: [...new Set([...document.secretValues, ...acmeSecrets(config.acme)])],
    watchedFiles: [...new Set([...document.watchedFiles, ...files])],
  });
}

function listenAddresses(
  document: ConfigDocument,
  key: 'http' | 'https' | 'admin',
  addresses: readonly ListenAddress[],
): readonly ListenAddressDraft[] {
  const list = Array.isArray(rawAt(document.value, ['listen', key]));
  return addresses.map((address, index) => {
    const path: ConfigPath = ['listen', key, ...(list ? [index] : [])];
    return { address, origin: document.locate(path, 'value') };
  });
}

function accessTarget(log: LogDraft, absolute: (path: string) => string): string {
  return log.access === 'off' || log.access === 'stderr' ? log.access : absolute(log.access);
}

function service(document: ConfigDocument, name: string, shape: ServiceShape): ServiceDraft {
  const path = ['services', name];
  return {
    ...shape,
    name,
    tls: shape.tls && serviceTls(document, [...path, 'tls'], shape.tls),
    endpoints: shape.endpoints.map((endpoint, index) => ({
      ...endpoint,
      origin: document.locate([...path, 'endpoints', index], 'value'),
    })),
    origin: document.locate(path, 'key'),
  };
}

function serviceTls(document: ConfigDocument, path: ConfigPath, shape: ServiceTlsShape): ServiceTlsDraft {
  const absolute = (file: string | null): string | null => file && resolve(document.folder, file);
  return {
    ...shape,
    caFile: absolute(shape.caFile),
    clientCertFile: absolute(shape.clientCertFile),
    clientKeyFile: absolute(shape.clientKeyFile),
    origin: document.locate(path, 'value'),
  };
}

function acmeSection(document: ConfigDocument, shape: AcmeShape): AcmeSectionDraft {
  const { caFile } = shape;
  return {
    ...shape,
    caFile: caFile && resolve(document.folder, caFile),
    origin: document.locate(['acme'], 'key'),
  };
}

/** Also where the section is not enabled: they are secret all the same. */
function acmeSecrets(shape: AcmeShape | null): readonly string[] {
  const dns = shape?.dns ?? null;
  return [
    ...(dns === null ? [] : secretCredentials(dns.provider, dns.credentials)),
    ...(shape?.eab === null || shape === null ? [] : [shape.eab.hmacKey]),
  ];
}

function routes(
  document: ConfigDocument,
  config: ConfigShape,
  names: readonly (string | null)[],
): readonly RouteDraft[] {
  return config.routes.flatMap((shape, index) => {
    const name = names[index];
    const { action } = shape;
    // Both are there in a configuration without problems; the types cannot know.
    if (action === null || name === null || name === undefined) return [];
    return [{ ...shape, action, name, origin: document.locate(['routes', index], 'value') }];
  });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const key in value) deepFreeze(value[key]);
  }
  return value;
}
