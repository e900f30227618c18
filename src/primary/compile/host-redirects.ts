/**
 * The names that routes redirect from. They become routes of their own behind those of the file, so that nothing is asked of
 * requests for other names. Primary thread; pure.
 */

import type { Route } from '../../bridge/snapshot/model.ts';
import type { RouteDraft } from '../draft.ts';

/**
 * `routes`: those of the file, compiled. A redirect bears its route's name, and so counts there. It takes every path, asks for
 * nothing, and is no more guarded by an access list than a redirect to https.
 */
export function compileHostRedirects(drafts: readonly RouteDraft[], routes: readonly Route[]): Route[] {
  const redirects: Route[] = [];
  drafts.forEach(({ redirectFrom }, position) => {
    const route = routes[position];
    if (route === undefined || redirectFrom.length === 0) return;
    const host = redirectTarget(route.hosts);
    redirects.push({
      index: routes.length + redirects.length,
      name: route.name,
      hosts: redirectFrom,
      path: '/',
      match: 'prefix',
      conditions: { methods: null, headers: [], query: [] },
      action: { kind: 'host_redirect', host },
      tls: route.tls,
      httpsRedirect: route.httpsRedirect,
      // It leads to the https URL of that host at once, so it is that host's certificate that must be there.
      plainHosts: route.plainHosts.includes(host) ? redirectFrom : [],
      hsts: route.hsts,
      access: null,
      rateLimits: [],
      websocket: true,
      rewrite: null,
      requestHeaders: null,
      responseHeaders: null,
      connectMs: null,
      responseMs: null,
      idleMs: null,
      retryAttempts: null,
      readMs: route.readMs,
      writeMs: route.writeMs,
      bodyBytes: 0,
      counterSlot: route.counterSlot,
      origin: route.origin,
    });
  });
  return redirects;
}

/** The validation has seen that there is one. */
function redirectTarget(hosts: readonly string[]): string {
  return hosts.find((host) => !host.startsWith('*.')) ?? '';
}
