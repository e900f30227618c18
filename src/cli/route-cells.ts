/** A route as the cells of a text table, for `penstock routes` and `penstock explain`. Pure. */

import { relative } from 'node:path';
import type { RouteConditions } from '../bridge/snapshot/model.ts';
import type { RouteRow, RouteRowAction } from '../primary/admin/route-rows.ts';

export const ROUTE_TITLES: readonly string[] = [
  'HOST',
  'PATH',
  'MATCH',
  'CONDITIONS',
  'ACTION',
  'TLS',
  'WHERE',
];

/** @param cwd files under it are shown relative to it */
export function routeCells(row: RouteRow, cwd: string): readonly string[] {
  return [
    row.hosts.length === 0 ? '*' : row.hosts.join(','),
    row.path,
    row.match,
    conditionsText(row.conditions) || '-',
    actionText(row.action),
    row.tls,
    whereText(row.file, row.line, cwd),
  ];
}

export function conditionsText(conditions: RouteConditions): string {
  return [
    ...(conditions.methods === null ? [] : [conditions.methods.join('|')]),
    ...conditions.headers.map(({ name, value }) => `${name}: ${value}`),
    ...conditions.query.map(({ name, value }) => `?${name}=${value}`),
  ].join(' & ');
}

export function actionText(action: RouteRowAction): string {
  switch (action.kind) {
    case 'service':
      return `service ${action.service}`;
    case 'split':
      return `split ${action.parts.map(({ service, weight }) => `${service}:${weight}`).join(' ')}`;
    case 'redirect':
      return `redirect ${action.status} ${action.to}`;
    case 'respond':
      return `respond ${action.status}`;
    case 'host_redirect':
      return `redirect to host ${action.host}`;
  }
}

/** `FILE:LINE`, the file relative to `cwd` where that is shorter. */
export function whereText(file: string, line: number, cwd: string): string {
  const near = relative(cwd, file);
  const shown = file.startsWith('<') || near.length >= file.length || near.startsWith('..') ? file : near;
  return `${shown}:${line}`;
}
