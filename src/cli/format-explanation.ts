/** An explanation as text for people. Pure. */

import { formatTable } from '../kit/table.ts';
import type { Explanation, Outcome } from './explanation.ts';
import { actionText, whereText } from './route-cells.ts';
import { endpointText, roleText } from './service-cells.ts';

/** Routes that lost are shown up to here; a configuration may have 100,000. `--json` has them all. */
const MAX_SHOWN = 50;

/**
 * @param source what its numbers are: one line
 * @param cwd files under it are shown relative to it
 */
export function formatExplanation(explanation: Explanation, source: string, cwd: string): string {
  const { request, route, outcome } = explanation;
  const facts: readonly (readonly [string, string])[] = [
    ['request', `${request.method} ${request.path}${request.query === '' ? '' : `?${request.query}`}`],
    ['host', request.host === '' ? '(none)' : request.host],
    ['came by', request.scheme],
    [
      'client',
      request.client === request.peer ? request.peer : `${request.client} (through ${request.peer})`,
    ],
    ['route', route === null ? '(none)' : `${route.name}: ${actionText(route.action)}`],
    ...(route === null ? [] : [['where', whereText(route.file, route.line, cwd)] as const]),
    ['outcome', outcomeText(outcome)],
    ['numbers', source],
  ];
  const widest = Math.max(...facts.map(([name]) => name.length));
  const sections = [facts.map(([name, value]) => `${name.padEnd(widest)}  ${value}\n`).join('')];
  if (explanation.policies.length > 0) {
    const rows = explanation.policies.map(({ policy, verdict, detail }) => [policy, verdict, detail]);
    sections.push(formatTable(['POLICY', 'VERDICT', 'DETAIL'], rows));
  }
  if (explanation.services.length > 0)
    sections.push(choiceTable(explanation), endpointTable(explanation, cwd));
  if (explanation.routes.length > 0) sections.push(routeTable(explanation, cwd));
  return sections.join('\n');
}

function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'refused':
      return `refused with ${outcome.status} (${outcome.fault}): ${outcome.text}${
        outcome.retryAfterSeconds === 0 ? '' : ` Retry-After: ${outcome.retryAfterSeconds}`
      }`;
    case 'redirected':
      return `redirected with ${outcome.status} to ${outcome.location}`;
    case 'answered':
      return `answered by penstock with ${outcome.status}`;
    case 'forwarded':
      return `forwarded as ${outcome.target} with Host ${outcome.host}`;
  }
}

function choiceTable({ services }: Explanation): string {
  const rows = services.map(({ service, percent, balance, taken, choice }) => [
    service,
    `${Number(percent.toFixed(1))}%`,
    balance,
    taken ?? '-',
    choice,
  ]);
  return formatTable(['SERVICE', 'SHARE', 'BALANCE', 'TAKEN', 'WHY'], rows);
}

function endpointTable({ services }: Explanation, cwd: string): string {
  const rows = services.flatMap(({ service, endpoints }) => {
    if (endpoints.length === 0) return [[service, '(none: 503)', '', '', '', '', '']];
    return endpoints.map((endpoint) => [
      service,
      endpointText(endpoint),
      String(endpoint.weight),
      roleText(endpoint),
      endpoint.candidate ? 'yes' : 'no',
      endpoint.state,
      whereText(endpoint.file, endpoint.line, cwd),
    ]);
  });
  return formatTable(['SERVICE', 'ENDPOINT', 'WEIGHT', 'ROLE', 'CANDIDATE', 'STATE', 'WHERE'], rows);
}

function routeTable({ routes }: Explanation, cwd: string): string {
  const shown = [
    ...routes.filter(({ verdict }) => verdict === 'chosen'),
    ...routes.filter(({ verdict }) => verdict === 'lost').slice(0, MAX_SHOWN),
  ].sort((a, b) => a.index - b.index);
  const rows = shown.map(({ name, verdict, reason, file, line }) => [
    name,
    verdict,
    reason,
    whereText(file, line, cwd),
  ]);
  const hidden = routes.length - shown.length;
  const note = hidden === 0 ? '' : `and ${hidden} more; --json has them all\n`;
  return formatTable(['ROUTE', 'VERDICT', 'WHY', 'WHERE'], rows) + note;
}
