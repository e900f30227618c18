/** The status of a running penstock as text for people. Pure. */

import { formatTable } from '../kit/table.ts';
import type { ReloadResult, Status, StatusReport } from '../primary/control.ts';
import { latencyTables } from './latency-tables.ts';

const WORKER_TITLES = ['WORKER', 'STATE', 'SNAPSHOT', 'CONNECTIONS', 'IN FLIGHT', 'RESTARTS'];
/** As much of a digest as tells two snapshots apart by eye. */
const DIGEST_CHARACTERS = 12;

/** @param nowEpochMs for how long ago things were */
export function formatStatus(status: StatusReport, nowEpochMs: number): string {
  const facts: readonly (readonly [string, string])[] = [
    ['penstock', `${status.version} (node ${status.node}, pid ${status.pid})`],
    ['state', status.ready ? 'ready' : 'not ready: not every worker serves the current snapshot'],
    ['up', formatAge(status.uptimeSeconds)],
    ['configuration', status.configFile],
    ['snapshot', `${status.snapshot.version} (${status.snapshot.digest.slice(0, DIGEST_CHARACTERS)})`],
    ...status.listeners.map((listener) => [listener.protocol, listenerText(listener)] as const),
    ['connections', connectionsText(status.connections)],
    ['last reload', status.lastReload === null ? 'none' : reloadText(status.lastReload, nowEpochMs)],
  ];
  const widest = Math.max(...facts.map(([name]) => name.length));
  const head = facts.map(([name, value]) => `${name.padEnd(widest)}  ${value}\n`).join('');
  const workers = status.workers.map((worker) =>
    [
      worker.id,
      worker.state,
      worker.snapshotVersion,
      worker.connections,
      worker.requestsInFlight,
      worker.restarts,
    ].map(String),
  );
  return `${head}\n${formatTable(WORKER_TITLES, workers)}\n${latencyTables(status.latency)}`;
}

/** `0.0.0.0:8443 (HTTP/1: node, HTTP/2: node)`. */
function listenerText({ address, engines }: Status['listeners'][number]): string {
  return engines === undefined
    ? address
    : `${address} (HTTP/1: ${engines.http1}, HTTP/2: ${engines.http2 ?? 'off'})`;
}

function connectionsText({ undecided, uwsHttp1, nodeHttp1, nodeHttp2 }: Status['connections']): string {
  const http1 = uwsHttp1 === 0 ? '' : `, HTTP/1 (uws) ${uwsHttp1}`;
  return `HTTP/1 ${nodeHttp1}${http1}, HTTP/2 ${nodeHttp2}, undecided ${undecided}`;
}

function reloadText(result: ReloadResult, nowEpochMs: number): string {
  const ago = formatAge(Math.max(0, (nowEpochMs - result.atMs) / 1000));
  return `${result.outcome} ${ago} ago by ${result.trigger}: ${result.message}`;
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** The two largest units, such as `3h 12m`; `0s` for less than a second. */
export function formatAge(seconds: number): string {
  let rest = Math.floor(seconds);
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0 || parts.length > 0) parts.push(`${count}${unit}`);
  }
  return parts.slice(0, 2).join(' ') || '0s';
}
