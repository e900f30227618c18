/**
 * What becomes of one request under a snapshot, as data, for `penstock explain`. Pure. It calls the very functions that
 * the workers call (head, normal forms, router, policies) in the order in which they do; only the words are its own.
 */

import type { AccessList, HeaderOps, Route, Service, Snapshot } from '../bridge/snapshot/model.ts';
import { effectOf, Fault } from '../kit/faults.ts';
import { type RouteRow, routeRows } from '../primary/admin/route-rows.ts';
import { identify } from '../worker/exchange/client-identity.ts';
import { retryAfterOf } from '../worker/exchange/refusal.ts';
import { isOver, RequestView } from '../worker/exchange/request-view.ts';
import { asksForWebSocket } from '../worker/exchange/websocket-request.ts';
import { Protocol } from '../worker/listener/client-side.ts';
import { RequestHead } from '../worker/listener/request-head.ts';
import { decide, Verdict } from '../worker/policies/decide.ts';
import { redirectionOf } from '../worker/policies/redirect-location.ts';
import { rewriteTarget } from '../worker/policies/rewrite-target.ts';
import { TrustedProxies } from '../worker/policies/trusted-proxies.ts';
import { hstsOf } from '../worker/response/hsts.ts';
import { explainRoutes, type RouteVerdict } from '../worker/router/explain.ts';
import { placeFault, type ServiceShare, shareOf } from './explain-endpoints.ts';
import { type ExplainedLimit, explainingLimiter, explainLimits, limitDetail } from './explain-rate-limits.ts';
import type { ExplainRequest } from './explain-request.ts';
import { explainRetries } from './explain-retries.ts';
import { NOTHING_KNOWN, type RunningView } from './running-view.ts';

export interface Explanation {
  readonly request: {
    readonly method: string;
    readonly scheme: 'http' | 'https';
    /** In normal form; as given where it has none. */
    readonly host: string;
    readonly path: string;
    readonly query: string;
    readonly peer: string;
    /** The peer, or whom a trusted proxy speaks for. */
    readonly client: string;
  };
  readonly outcome: Outcome;
  /** The route that takes the request, or null. */
  readonly route: RouteRow | null;
  /** In the order in which they are asked; empty without a route. */
  readonly policies: readonly PolicyVerdict[];
  /** The limits that it is asked against, in the order of the file. */
  readonly rateLimits: readonly ExplainedLimit[];
  /** Where it may go; empty unless it is forwarded. */
  readonly services: readonly ServiceShare[];
  /** Every route in the order of the file; empty where the request is refused before the router. */
  readonly routes: readonly ExplainedRoute[];
}

export type Outcome =
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly fault: string;
      readonly text: string;
      /** Of Retry-After; 0: it has none. */
      readonly retryAfterSeconds: number;
    }
  | { readonly kind: 'redirected'; readonly status: number; readonly location: string }
  | { readonly kind: 'answered'; readonly status: number }
  | {
      readonly kind: 'forwarded' /** Method-less request target and Host that the endpoint gets. */;
      readonly target: string;
      readonly host: string;
    };

export interface PolicyVerdict {
  readonly policy: string;
  readonly verdict: 'passes' | 'applies' | 'refuses';
  readonly detail: string;
}

export type ExplainedRoute = RouteVerdict & Pick<RouteRow, 'name' | 'file' | 'line'>;

/** What an explanation holds of a request that no route takes. */
const UNROUTED = { route: null, policies: [], rateLimits: [], services: [] } as const;

/** No rate limit keeps it out. */
const NO_WAIT = { waitMs: 0 } as const;

/** `running`: what is known beside the configuration. */
export function explainRequest(
  snapshot: Snapshot,
  given: ExplainRequest,
  running: RunningView = NOTHING_KNOWN,
): Explanation {
  const head = new RequestHead(given.method, given.target, given.pathEnd);
  head.addField('host', given.host);
  for (let at = 0; at < given.fields.length; at += 2)
    head.addField(given.fields[at] ?? '', given.fields[at + 1] ?? '');

  const view = new RequestView(head);
  const { secure, address } = identify(
    { head, peer: given.peer, tls: given.tls },
    new TrustedProxies(snapshot.trustedProxies),
  );
  const fault = view.check(snapshot.limits);
  const understood = fault === Fault.NONE;
  const request: Explanation['request'] = {
    method: given.method,
    scheme: secure ? 'https' : 'http',
    host: understood ? view.host : given.host,
    path: understood ? view.path : given.target.slice(0, given.pathEnd),
    query: head.query,
    peer: given.peer,
    client: address,
  };
  if (!understood) {
    return { ...UNROUTED, request, outcome: refused(fault), routes: [] };
  }
  const verdicts = explainRoutes(snapshot, view);
  const rows = routeRows(snapshot);
  const routes = verdicts.map((verdict) => {
    const { name = '', file = '', line = 0 } = rows[verdict.index] ?? {};
    return { ...verdict, name, file, line };
  });
  const chosen = verdicts.find(({ verdict }) => verdict === 'chosen');
  if (chosen === undefined) {
    return { ...UNROUTED, request, outcome: refused(Fault.NO_ROUTE), routes };
  }
  const route = snapshot.route(chosen.index);
  const limiter = explainingLimiter(running);
  const verdict = decide(route, { secure, address }, view, limiter);
  const rateLimits = explainLimits(limiter.limits, address, view, running);
  const services = sharesOf(snapshot, route, view, address, running);
  const placing = placeFault(services);
  const outcome =
    verdict === Verdict.RATE_LIMITED
      ? refused(Fault.RATE_LIMITED, retryAfterOf(Fault.RATE_LIMITED, limiter))
      : outcomeOf(snapshot, route, verdict, head, request, placing);
  const isPlaced = outcome.kind === 'forwarded' || isRefusal(outcome, placing);
  return {
    request,
    outcome,
    route: rows[chosen.index] ?? null,
    policies: policiesOf(snapshot, route, verdict, head, rateLimits, request, outcome, running),
    rateLimits,
    services: isPlaced ? services : [],
    routes,
  };
}

function outcomeOf(
  snapshot: Snapshot,
  route: Route,
  verdict: Verdict,
  head: RequestHead,
  request: Explanation['request'],
  placing: Fault,
): Outcome {
  const { action } = route;
  if (verdict === Verdict.DENIED) return refused(Fault.ACCESS_DENIED);
  if (verdict === Verdict.HTTPS_REDIRECT || verdict === Verdict.REDIRECT) {
    const asked = { ...request, authority: head.host, target: head.target, pathEnd: head.pathEnd };
    const to = redirectionOf(route, verdict === Verdict.HTTPS_REDIRECT, asked, snapshot.httpsPort);
    return to === null ? refused(Fault.BAD_REQUEST) : { kind: 'redirected', ...to };
  }
  if (action.kind === 'respond') return { kind: 'answered', status: action.status };
  if (exceedsBody(route, head)) return refused(Fault.BODY_TOO_LARGE);
  const websocket = webSocketFault(snapshot, route, head);
  if (websocket !== Fault.NONE) return refused(websocket);
  if (placing !== Fault.NONE) return refused(placing);
  return {
    kind: 'forwarded',
    target: rewriteTarget(route, head.target, head.pathEnd, request.path),
    host: route.rewrite?.host ?? head.host,
  };
}

const WEBSOCKET_DETAILS: Readonly<Partial<Record<Fault, string>>> = {
  [Fault.WEBSOCKET_OFF]: 'off for this route',
  [Fault.WEBSOCKET_UNAVAILABLE]: 'the endpoints speak HTTP/2',
};

function policiesOf(
  snapshot: Snapshot,
  route: Route,
  verdict: Verdict,
  head: RequestHead,
  rateLimits: readonly ExplainedLimit[],
  request: Explanation['request'],
  outcome: Outcome,
  running: RunningView,
): readonly PolicyVerdict[] {
  const redirected = verdict === Verdict.HTTPS_REDIRECT;
  const policies: PolicyVerdict[] = [
    {
      policy: 'https redirect',
      verdict: redirected ? 'applies' : 'passes',
      detail: redirected ? 'the request came by plain HTTP' : passDetail(route, request),
    },
  ];
  if (redirected) return policies;
  if (route.hsts !== '') policies.push(hstsPolicy(route, request.scheme === 'https'));
  const access = accessPolicy(route.access, request.client);
  policies.push(access);
  if (access.verdict === 'refuses') return policies;
  policies.push(...limitPolicies(rateLimits));
  if (verdict === Verdict.RATE_LIMITED) return policies;
  if (outcome.kind === 'redirected' || outcome.kind === 'answered') return policies;
  policies.push({
    policy: 'body limit',
    verdict: exceedsBody(route, head) ? 'refuses' : 'passes',
    detail: route.bodyBytes === 0 ? 'no limit' : `${route.bodyBytes} bytes`,
  });
  if (isWebSocket(head)) {
    const fault = webSocketFault(snapshot, route, head);
    policies.push({
      policy: 'websocket',
      verdict: fault === Fault.NONE ? 'passes' : 'refuses',
      detail: WEBSOCKET_DETAILS[fault] ?? 'the handshake is passed on',
    });
  }
  if (outcome.kind !== 'forwarded') return policies;
  const rewrites = [
    ...(outcome.target === head.target ? [] : [`${head.target} becomes ${outcome.target}`]),
    ...(route.rewrite?.host == null ? [] : [`Host becomes ${route.rewrite.host}`]),
  ];
  policies.push({
    policy: 'rewrite',
    verdict: rewrites.length === 0 ? 'passes' : 'applies',
    detail: rewrites.join(', ') || 'the request goes on as received',
  });
  policies.push(headerPolicy('request headers', route.requestHeaders));
  policies.push(headerPolicy('response headers', route.responseHeaders));
  policies.push({
    policy: 'retries',
    ...explainRetries(route, servicesOf(snapshot, route), head.method, running),
  });
  return policies;
}

/** Why a request is not redirected to https. */
function passDetail({ httpsRedirect }: Route, { scheme, host }: Explanation['request']): string {
  if (!httpsRedirect) return 'off for this route';
  if (scheme === 'https') return 'the request came by TLS';
  return `${host} is redirected once it has its automatic certificate, of which a file does not tell`;
}

function hstsPolicy(route: Route, secure: boolean): PolicyVerdict {
  const hsts = hstsOf(route, secure);
  return hsts === ''
    ? { policy: 'hsts', verdict: 'passes', detail: 'the request came by plain HTTP' }
    : { policy: 'hsts', verdict: 'applies', detail: hsts };
}

/** Which range decides. */
function accessPolicy(access: AccessList | null, client: string): PolicyVerdict {
  const verdict = (refuses: boolean, detail: string): PolicyVerdict => ({
    policy: 'access list',
    verdict: refuses ? 'refuses' : 'passes',
    detail,
  });
  if (access === null) return verdict(false, 'none: everybody is let in');
  const { allow, deny } = access;
  const denied = deny?.find(client) ?? -1;
  if (denied >= 0) return verdict(true, `${client} is in ${deny?.cidrs[denied]}, which is denied`);
  if (allow === null)
    return verdict(false, `${client} is in none of the ${deny?.cidrs.length} denied ranges`);
  const allowed = allow.find(client);
  return allowed >= 0
    ? verdict(false, `${client} is in ${allow.cidrs[allowed]}, which is allowed`)
    : verdict(true, `${client} is in none of the ${allow.cidrs.length} allowed ranges`);
}

function limitPolicies(limits: readonly ExplainedLimit[]): readonly PolicyVerdict[] {
  if (limits.length === 0) return [{ policy: 'rate limit', verdict: 'passes', detail: 'none' }];
  return limits.map((limit) => ({
    policy: 'rate limit',
    verdict: (limit.waitMs ?? 0) > 0 ? 'refuses' : 'passes',
    detail: limitDetail(limit),
  }));
}

/** Names only: values may be secret. */
function headerPolicy(policy: string, operations: HeaderOps | null): PolicyVerdict {
  if (operations === null) return { policy, verdict: 'passes', detail: 'nothing to change' };
  const names = (entries: HeaderOps['add']): string => entries.map(({ name }) => name).join(', ');
  const parts = [
    ...(operations.set.length === 0 ? [] : [`set ${names(operations.set)}`]),
    ...(operations.add.length === 0 ? [] : [`add ${names(operations.add)}`]),
    ...(operations.remove.length === 0 ? [] : [`remove ${operations.remove.join(', ')}`]),
  ];
  return { policy, verdict: 'applies', detail: parts.join('; ') };
}

function servicesOf(snapshot: Snapshot, { action }: Route): readonly Service[] {
  if (action.kind === 'service') return [snapshot.service(action.service)];
  return action.kind === 'split' ? action.services.map((index) => snapshot.service(index)) : [];
}

function sharesOf(
  snapshot: Snapshot,
  route: Route,
  view: RequestView,
  client: string,
  running: RunningView,
): readonly ServiceShare[] {
  const { action } = route;
  const share = (index: number, percent: number): ServiceShare => {
    const service = snapshot.service(index);
    return shareOf(service, percent, view, client, running.service(service.name));
  };
  if (action.kind === 'service') return [share(action.service, 100)];
  if (action.kind !== 'split') return [];
  return action.services.map((index, part) => {
    const weight = (action.bounds[part] ?? 0) - (action.bounds[part - 1] ?? 0);
    return share(index, (100 * weight) / action.total);
  });
}

function isWebSocket(head: RequestHead): boolean {
  return asksForWebSocket({ head, protocol: Protocol.HTTP1_1 });
}

/** Of a split, the part that is chosen decides; the engine that will serve is not known here. */
function webSocketFault(snapshot: Snapshot, { websocket, action }: Route, head: RequestHead): Fault {
  if (!isWebSocket(head)) return Fault.NONE;
  if (!websocket) return Fault.WEBSOCKET_OFF;
  const isHttp2 = action.kind === 'service' && snapshot.service(action.service).protocol !== 'http1';
  return isHttp2 ? Fault.WEBSOCKET_UNAVAILABLE : Fault.NONE;
}

function exceedsBody(route: Route, head: RequestHead): boolean {
  return isOver(head.contentLength, route.bodyBytes);
}

function refused(fault: Fault, retryAfterSeconds: number = retryAfterOf(fault, NO_WAIT)): Outcome {
  const { status, label, text } = effectOf(fault);
  return { kind: 'refused', status, fault: label, text, retryAfterSeconds };
}

function isRefusal(outcome: Outcome, fault: Fault): boolean {
  return outcome.kind === 'refused' && outcome.fault === effectOf(fault).label;
}
