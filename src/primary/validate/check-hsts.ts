/** Whether what a route says about HSTS can be told to clients: whose name it is, and that nothing else says the same. Pure. */

import { isIP } from 'node:net';
import type { ConfigPath } from '../config-document.ts';
import { type RawMap, rawAt, rawList, rawMap } from './raw-tree.ts';
import { HSTS_YEAR_SECONDS } from './schema/route-schema.ts';
import type { CheckContext } from './sound-parts.ts';

const FIELD = 'strict-transport-security';

export function checkHsts(context: CheckContext): void {
  rawList(rawAt(context.value, ['routes'])).forEach((raw, index) => {
    const route = rawMap(raw);
    const hsts = rawMap(route?.hsts);
    if (route === null || hsts === null || hsts.enabled === false) return;
    const path = ['routes', index];
    checkPreload(context, hsts, [...path, 'hsts']);
    checkHosts(context, context.parts.routes[index]?.hosts, [...path, 'hsts']);
    checkOthers(context, route, path);
  });
}

/** What hstspreload.org asks of a name. */
function checkPreload(context: CheckContext, hsts: RawMap, path: ConfigPath): void {
  const { preload, include_subdomains: subdomains, max_age: maxAge = HSTS_YEAR_SECONDS } = hsts;
  if (preload !== true) return;
  if (subdomains === true && !(typeof maxAge === 'number' && maxAge < HSTS_YEAR_SECONDS)) return;
  const message = `preload wants include_subdomains: true and a max_age of ${HSTS_YEAR_SECONDS} (a year) or more`;
  context.report('CONFLICT', [...path, 'preload'], message, { spot: 'key' });
}

/** RFC 6797 8.1.1: clients note it for names alone. `hosts`: undefined where the route is not well formed. */
function checkHosts(context: CheckContext, hosts: readonly string[] | undefined, path: ConfigPath): void {
  if (hosts?.length === 0) {
    const message = 'HSTS is remembered for a name; give this route a host';
    context.report('MISSING_KEY', path, message, { spot: 'key' });
  } else if (hosts?.some((host) => isIP(host) !== 0)) {
    const message = 'HSTS is remembered for names, not for IP addresses (RFC 6797 8.1.1)';
    context.report('CONFLICT', path, message, { spot: 'key' });
  }
}

/** RFC 6797 6.1: one field. `response_headers.set` takes the place of what `hsts` says; anything else would be a second one, or none. */
function checkOthers(context: CheckContext, route: RawMap, path: ConfigPath): void {
  const refuse = (place: ConfigPath, message: string): void =>
    context.report('CONFLICT', [...path, ...place], message, { spot: 'key' });
  const twice =
    'hsts of this route sends this header already, and it may stand there once only; take one out';
  for (const place of [
    ['response_headers', 'add'],
    ['respond', 'headers'],
  ]) {
    const name = Object.keys(rawMap(rawAt(route, place)) ?? {}).find((key) => key.toLowerCase() === FIELD);
    if (name !== undefined) refuse([...place, name], twice);
  }
  const place = ['response_headers', 'remove'];
  rawList(rawAt(route, place)).forEach((name, at) => {
    if (typeof name !== 'string' || name.toLowerCase() !== FIELD) return;
    refuse(
      [...place, at],
      "hsts of this route takes the endpoint's header away and sends its own; take one out",
    );
  });
}
