/**
 * The admin endpoints (contract, Admin endpoints): one table from path and method to an answer.
 * Primary thread; no sockets here. Everything they know comes through `Control`.
 */

import type { Control, ReloadResult, StatusReport, UpgradeResult } from '../control.ts';
import type { AdminRequest } from './admin-request.ts';
import {
  type AdminAnswer,
  type AdminStream,
  bytesAnswer,
  jsonAnswer,
  problemAnswer,
  textAnswer,
} from './answer.ts';
import { listCertificates, renewEndpoint } from './certificate-endpoints.ts';
import { addDomain, domainEndpoints, listDomains } from './domain-endpoints.ts';
import { eventsAnswer } from './events.ts';
import { matchesTag, snapshotForm } from './negotiate.ts';
import { bucketsAnswer } from './rate-limits.ts';
import { routeRows } from './route-rows.ts';
import { serviceRows } from './service-rows.ts';

type Answer = AdminAnswer | AdminStream;
type Endpoint = (request: AdminRequest, control: Control) => Answer | Promise<Answer>;
type Methods = Readonly<Record<string, Endpoint>>;

/** Probes ask these without a token and by whatever name; they tell nothing but their status. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

export function isOpenPath(path: string): boolean {
  return OPEN_PATHS.has(path);
}

const ENDPOINTS: Readonly<Record<string, Methods>> = Object.freeze({
  '/healthz': { GET: () => textAnswer(200, 'ok\n') },
  '/readyz': { GET: readiness },
  '/metrics': { GET: metrics },
  '/v1/status': { GET: status },
  '/v1/reload': { POST: reload },
  '/v1/upgrade': { POST: upgrade },
  '/v1/routes': { GET: routes },
  '/v1/snapshot': { GET: snapshot, PUT: notBuilt('Uploading a snapshot') },
  '/v1/services': { GET: services },
  '/v1/rate-limits': { POST: bucketsAnswer },
  '/v1/certificates': { GET: listCertificates },
  '/v1/events': { GET: eventsAnswer },
  '/v1/domains': { GET: listDomains, POST: addDomain },
});

/** Answers one request that may pass the guard. HEAD is answered as GET; who writes it leaves the body out. */
export function answerRequest(request: AdminRequest, control: Control): Answer | Promise<Answer> {
  const methods = methodsAt(request.path);
  if (methods === undefined) {
    return problemAnswer(
      404,
      `There is no admin endpoint at this path. There are: ${Object.keys(ENDPOINTS).join(', ')}.`,
    );
  }
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const endpoint = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (endpoint === undefined) {
    const allowed = Object.keys(methods).flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name]));
    return problemAnswer(405, `This endpoint takes ${allowed.join(', ')}.`, {
      headers: { allow: allowed.join(', ') },
    });
  }
  return endpoint(request, control);
}

function methodsAt(path: string): Methods | undefined {
  if (Object.hasOwn(ENDPOINTS, path)) return ENDPOINTS[path];
  return renewEndpoint(path) ?? domainEndpoints(path);
}

function notBuilt(what: string): Endpoint {
  return () => problemAnswer(501, `${what} is not built yet.`);
}

function readiness(_: AdminRequest, control: Control): AdminAnswer {
  const { ready, workers, snapshot: current } = control.status();
  if (ready) return textAnswer(200, 'ready\n');
  const serving = workers.filter(
    (worker) => worker.state === 'serving' && worker.snapshotVersion === current.version,
  );
  return problemAnswer(
    503,
    `${serving.length} of ${workers.length} workers serve snapshot ${current.version}.`,
  );
}

function status(_: AdminRequest, control: Control): AdminAnswer {
  return jsonAnswer(200, { ...control.status(), latency: control.latency() } satisfies StatusReport);
}

async function metrics(_: AdminRequest, control: Control): Promise<AdminAnswer> {
  return textAnswer(200, await control.metrics(), 'text/plain; version=0.0.4; charset=utf-8');
}

async function reload(request: AdminRequest, control: Control): Promise<AdminAnswer> {
  const result: ReloadResult = await control.reload(request.fromCommand ? 'command' : 'api');
  switch (result.outcome) {
    case 'applied':
    case 'unchanged':
      return jsonAnswer(200, result);
    case 'rejected':
      return problemAnswer(422, result.message, { members: { ...result } });
    case 'failed':
      return problemAnswer(500, result.message, { members: { ...result } });
  }
}

async function upgrade(_: AdminRequest, control: Control): Promise<AdminAnswer> {
  const result: UpgradeResult = await control.upgrade();
  if (result.outcome === 'failed') return problemAnswer(500, result.message, { members: { ...result } });
  const answer = jsonAnswer(200, result);
  // The next request of this client is for the new process.
  return { ...answer, headers: { ...answer.headers, connection: 'close' } };
}

function routes(_: AdminRequest, control: Control): AdminAnswer {
  const current = control.snapshot();
  return jsonAnswer(200, {
    snapshot: { version: current.version, digest: current.digest },
    routes: routeRows(current),
  });
}

function services(_: AdminRequest, control: Control): AdminAnswer {
  const current = control.snapshot();
  return jsonAnswer(200, {
    snapshot: { version: current.version, digest: current.digest },
    services: serviceRows(current, control.facts),
  });
}

function snapshot(request: AdminRequest, control: Control): AdminAnswer {
  const form = snapshotForm(request.query.get('format'), request.accept);
  if (form === null) return problemAnswer(400, 'format is json or protobuf.');
  // The digest names the content whatever its form; Vary keeps the forms apart where something does cache.
  const tag = `"${control.snapshot().digest}"`;
  const headers = { etag: tag, vary: 'accept' };
  if (matchesTag(request.ifNoneMatch, tag)) return { status: 304, headers, body: '' };
  const printable = control.printableSnapshot();
  return form === 'protobuf'
    ? bytesAnswer(printable.protobuf, 'application/x-protobuf', headers)
    : jsonAnswer(200, printable.json, headers);
}
