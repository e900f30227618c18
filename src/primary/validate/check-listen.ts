/** Checks between the listeners and what depends on them: the admin door, ports used twice, TLS without HTTPS. Pure. */

import { formatAddress } from '../../kit/address.ts';
import type { ConfigPath } from '../config-document.ts';
import { isLoopback } from './network-names.ts';
import { rawAt, rawList } from './raw-tree.ts';
import type { ListenAddress, RouteShape } from './shapes.ts';
import type { CheckContext } from './sound-parts.ts';

export function checkListen(context: CheckContext): void {
  checkAdmin(context);
  checkPorts(context);
  checkTlsRoutes(context);
  checkEngine(context);
}

/** What uWebSockets.js cannot do is refused where it alone is asked for, not quietly left out. */
function checkEngine(context: CheckContext): void {
  if (context.parts.listen.engine !== 'uws') return;
  const refuse = (path: ConfigPath, message: string): void => {
    if (rawAt(context.value, path) !== undefined) context.report('CONFLICT', path, message);
  };
  refuse(
    ['timeouts', 'keepalive'],
    'listen.engine is uws, which closes idle connections after 10 s and cannot be told otherwise; leave this out, or use engine auto or node',
  );
  refuse(
    ['limits', 'connections_per_address'],
    'listen.engine is uws, which does not tell whose connection closed; leave this out, or use engine auto or node',
  );
}

function checkAdmin(context: CheckContext): void {
  const { admin } = context.parts.listen;
  if (admin === undefined || admin === null || isLoopback(admin.host)) return;
  if (rawAt(context.value, ['admin_token']) !== undefined) return;
  const message =
    'the admin endpoints can be reached from the network here and nothing guards them; set admin_token, or listen on 127.0.0.1';
  context.report('ADMIN_EXPOSED', ['listen', 'admin'], message);
}

interface Use {
  readonly protocol: 'http' | 'https' | 'admin';
  readonly address: ListenAddress;
  readonly path: ConfigPath;
}

/** Every listener shares its port among threads (SO_REUSEPORT), so the kernel would not object to a port used twice. */
function checkPorts(context: CheckContext): void {
  const { http = [], https = [], admin } = context.parts.listen;
  const uses: Use[] = [
    ...usesOf(context, 'http', http),
    ...(opensHttps(context) ? usesOf(context, 'https', https) : []),
    ...(admin === null || admin === undefined ? [] : usesOf(context, 'admin', [admin])),
  ];
  uses.forEach((use, index) => {
    const other = uses.slice(0, index).find((earlier) => clash(earlier, use));
    if (other === undefined) return;
    const message = `listen.${use.protocol} uses ${formatAddress(use.address)}, which listen.${other.protocol} uses already`;
    // The default of one may clash with what is written for the other: point at what is written.
    const written = rawAt(context.value, use.path) === undefined ? other.path : use.path;
    context.report('CONFLICT', written, message);
  });
}

function usesOf(
  context: CheckContext,
  protocol: Use['protocol'],
  addresses: readonly ListenAddress[],
): readonly Use[] {
  const list = Array.isArray(rawAt(context.value, ['listen', protocol]));
  return addresses.map((address, index) => ({
    protocol,
    address,
    path: ['listen', protocol, ...(list ? [index] : [])],
  }));
}

/** Whether the https listener opens as far as the file alone can tell. */
function opensHttps(context: CheckContext): boolean {
  if (rawAt(context.value, ['listen', 'https']) !== undefined) return true;
  if (rawList(rawAt(context.value, ['certificates'])).length > 0) return true;
  const obtains = context.parts.acme?.enabled === true;
  return context.parts.routes.some(
    (route) =>
      route !== null && (wantsTls(route) || (obtains && route.tls === 'default' && route.hosts.length > 0)),
  );
}

function wantsTls({ tls }: RouteShape): boolean {
  return tls === 'auto' || tls === 'manual' || tls === 'self_signed';
}

const EVERY_INTERFACE: ReadonlySet<string> = new Set(['', '0.0.0.0', '::']);

function clash(a: Use, b: Use): boolean {
  if (a.address.port === 0 || a.address.port !== b.address.port) return false;
  if (a.address.host === b.address.host) return true;
  if (a.protocol === b.protocol) return false;
  return EVERY_INTERFACE.has(a.address.host) || EVERY_INTERFACE.has(b.address.host);
}

function checkTlsRoutes(context: CheckContext): void {
  const { https } = context.parts.listen;
  const certificates = rawList(rawAt(context.value, ['certificates'])).length;
  context.parts.routes.forEach((route, index) => {
    if (route === null) return;
    const path = ['routes', index];
    if (wantsTls(route) && https?.length === 0) {
      context.report('CONFLICT', [...path, 'tls'], 'this route wants TLS, but listen.https is off');
    }
    if (route.tls === 'manual' && certificates === 0) {
      const message = 'tls: manual takes its certificate from certificates, which is empty';
      context.report('CONFLICT', [...path, 'tls'], message);
    }
    if (route.httpsRedirect === true && route.tls === 'off') {
      context.report(
        'CONFLICT',
        [...path, 'https_redirect'],
        'this route has tls off: there is no HTTPS to redirect to',
      );
    }
  });
}
