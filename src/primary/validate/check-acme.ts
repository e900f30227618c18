/**
 * Whether the names that are to get automatic certificates can have them, and whether the section that says from where fits the rest. Pure.
 * What can never be obtained is refused where it is asked for; where a route says nothing about tls, it is left out (`compile/tls-modes.ts`).
 */

import { whyNotIssued } from '../../kit/issuable-name.ts';
import type { ConfigPath } from '../config-document.ts';
import { issuing } from '../issuing.ts';
import { rawAt } from './raw-tree.ts';
import type { RouteShape } from './shapes.ts';
import type { CheckContext } from './sound-parts.ts';

export function checkAcme(context: CheckContext): void {
  checkListener(context);
  const { acme } = context.parts;
  const isOn = acme?.enabled === true;
  context.parts.routes.forEach((route, index) => {
    if (route === null) return;
    const path = ['routes', index];
    if (acme !== undefined) checkEmail(context, route, isOn, path);
    if (route.tls !== 'auto') return;
    if (acme !== undefined && !isOn) {
      const state = acme === null ? 'there is no acme section' : 'the acme section is not enabled';
      const message = `tls: auto obtains its certificate as acme says, but ${state}; write acme: { email: you@example.com }, or use another tls`;
      context.report('MISSING_KEY', [...path, 'tls'], message);
    }
    if (route.hosts.length === 0) {
      const message =
        'tls: auto needs the names that certificates are to be obtained for: give this route a host';
      context.report('MISSING_KEY', [...path, 'tls'], message);
    }
    if (isOn) checkNames(context, route, path);
  });
}

/** An authority asks for the answer of http-01 by plain HTTP (RFC 8555 8.3). */
function checkListener(context: CheckContext): void {
  const { acme, listen } = context.parts;
  if (acme?.enabled !== true || acme.challenge !== 'http-01' || listen.http?.length !== 0) return;
  const message =
    'challenge: http-01 is answered by plain HTTP, but listen.http is off; open it (port 80 must lead there), or use challenge: dns-01';
  context.report('CONFLICT', ['acme', 'challenge'], message);
}

function checkEmail(context: CheckContext, route: RouteShape, isOn: boolean, path: ConfigPath): void {
  if (route.acmeEmail === null) return;
  const refuse = (message: string): void =>
    context.report('CONFLICT', [...path, 'acme_email'], message, { spot: 'key' });
  if (route.tls !== 'auto' && route.tls !== 'default')
    refuse(`acme_email is for automatic certificates, but this route has tls: ${route.tls}`);
  else if (!isOn)
    refuse('acme_email is for automatic certificates, but there is no acme section that is enabled');
}

function checkNames(context: CheckContext, { hosts, redirectFrom }: RouteShape, path: ConfigPath): void {
  const { acme } = context.parts;
  if (acme === null || acme === undefined) return;
  const by = issuing(acme);
  const check = (key: 'host' | 'redirect_from', names: readonly string[]): void => {
    const isList = Array.isArray(rawAt(context.value, [...path, key]));
    names.forEach((name, at) => {
      const reason = whyNotIssued(name, by);
      if (reason !== null)
        context.report(
          'BAD_HOST',
          [...path, key, ...(isList ? [at] : [])],
          `no certificate can be obtained for this name: ${reason}`,
        );
    });
  };
  check('host', hosts);
  check('redirect_from', redirectFrom);
}
