/** Checks within one route, and of the services that it names. Works on raw values, so that no fault hides another. Pure. */

import { nearestName } from '../../kit/nearest.ts';
import type { ConfigPath } from '../config-document.ts';
import { type RawMap, rawAt, rawList, rawMap } from './raw-tree.ts';
import { listWords } from './schema/fields.ts';
import type { CheckContext } from './sound-parts.ts';

const ACTIONS: readonly string[] = ['service', 'split', 'redirect', 'respond'];
const PATH_REWRITES: readonly string[] = ['strip_prefix', 'replace_prefix', 'replace_path'];
/** What is only done to requests that go to a service. */
const FORWARDING_ONLY: readonly string[] = ['rewrite', 'request_headers'];
/** RFC 9110 15.3.5, 15.3.6, 15.4.5. */
const BODILESS: readonly unknown[] = [204, 205, 304];

export function checkRoutes(context: CheckContext): void {
  const services = Object.keys(rawMap(rawAt(context.value, ['services'])) ?? {});
  const known = new Set(services);
  const checkService = (raw: unknown, route: ConfigPath, ...below: ConfigPath): void => {
    if (typeof raw !== 'string' || raw === '' || known.has(raw)) return;
    const suggestion = nearestName(raw, services);
    const message = 'no service of this name is defined under services';
    context.report('UNKNOWN_SERVICE', [...route, ...below, 'service'], message, { suggestion });
  };
  rawList(rawAt(context.value, ['routes'])).forEach((raw, index) => {
    const route = rawMap(raw);
    if (route === null) return;
    const path = ['routes', index];
    checkAction(context, route, path);
    checkPathRewrites(context, route, path);
    checkPrefixStar(context, route, path);
    checkService(route.service, path);
    if (Array.isArray(route.split)) {
      route.split.forEach((part, at) => {
        checkService(rawMap(part)?.service, path, 'split', at);
      });
      checkSplit(context, route.split, [...path, 'split']);
    }
    const respond = rawMap(route.respond);
    if (respond !== null && BODILESS.includes(respond.status) && (respond.body ?? '') !== '') {
      const message = `an answer with status ${respond.status} cannot have a body`;
      context.report('CONFLICT', [...path, 'respond', 'body'], message);
    }
  });
}

function present(map: RawMap, keys: readonly string[]): readonly string[] {
  return keys.filter((key) => Object.hasOwn(map, key));
}

function checkAction(context: CheckContext, route: RawMap, path: ConfigPath): void {
  const actions = present(route, ACTIONS);
  if (actions.length === 0) {
    const message = `this route does nothing: give it one of ${listWords(ACTIONS)}`;
    context.report('MISSING_KEY', path, message);
  }
  for (const extra of actions.slice(1)) {
    const message = `a route has one of ${listWords(ACTIONS)}; this one has ${actions[0]} already`;
    context.report('CONFLICT', [...path, extra], message, { spot: 'key' });
  }
  const [action] = actions;
  if (actions.length !== 1 || action === 'service' || action === 'split') return;
  for (const key of present(route, FORWARDING_ONLY)) {
    const message = `${key} changes what a service gets, but this route answers by ${action}`;
    context.report('CONFLICT', [...path, key], message, { spot: 'key' });
  }
}

function checkPathRewrites(context: CheckContext, route: RawMap, path: ConfigPath): void {
  const rewrite = rawMap(route.rewrite);
  if (rewrite === null) return;
  const asked = present(rewrite, PATH_REWRITES).filter((key) => rewrite[key] !== false);
  for (const extra of asked.slice(1)) {
    const message = `one path rewrite at a time; this route has ${asked[0]} already`;
    context.report('CONFLICT', [...path, 'rewrite', extra], message, { spot: 'key' });
  }
}

/** Other proxies write `/api/*`; here the star would be a character of the path, and the route would match nothing. */
function checkPrefixStar(context: CheckContext, route: RawMap, path: ConfigPath): void {
  const written = route.path;
  if (typeof written !== 'string' || !/\/\*+$/.test(written) || route.match === 'exact') return;
  const message = 'a prefix takes everything below it without a star';
  const suggestion = written.replace(/\/\*+$/, '') || '/';
  context.report('BAD_PATH', [...path, 'path'], message, { suggestion });
}

function checkSplit(context: CheckContext, parts: readonly unknown[], path: ConfigPath): void {
  const weights = parts.map((part) => rawMap(part)?.weight);
  if (parts.length > 0 && weights.every((weight) => weight === 0)) {
    context.report('BAD_VALUE', path, 'all weights are 0: no service would get a request');
  }
  const seen = new Set<unknown>();
  parts.forEach((part, at) => {
    const service = rawMap(part)?.service;
    if (typeof service === 'string' && seen.has(service)) {
      const message = 'this service stands in the split already; add the weights up';
      context.report('DUPLICATE_NAME', [...path, at, 'service'], message);
    }
    seen.add(service);
  });
}
