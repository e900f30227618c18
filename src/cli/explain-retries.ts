/** Whether a request may be sent again, for `penstock explain`. Pure; it asks what the workers ask. */

import type { RetryBudgetView } from '../bridge/memory/retry-budgets.ts';
import type { Route, Service } from '../bridge/snapshot/model.ts';
import { formatDuration } from '../kit/duration.ts';
import { conditionsOf, RetryOn } from '../kit/retry-policy.ts';
import { isIdempotent, retryAttempts } from '../worker/policies/retry-decision.ts';
import type { RunningView } from './running-view.ts';

/** `services`: where the request may go, more than one for a split. */
export function explainRetries(
  route: Route,
  services: readonly Service[],
  method: string,
  running: RunningView,
): { readonly verdict: 'passes' | 'applies'; readonly detail: string } {
  const retried = services.filter((service) => retryAttempts(route, service) > 0);
  if (retried.length === 0) {
    const by = route.retryAttempts === 0 ? 'off for this route' : 'off for the service';
    return { verdict: 'passes', detail: by };
  }
  const details = retried.map((service) => {
    const budget = running.service(service.name)?.retryBudget ?? null;
    const detail = detailOf(service, retryAttempts(route, service), method, budget);
    return services.length === 1 ? detail : `${service.name}: ${detail}`;
  });
  return { verdict: 'applies', detail: details.join('; ') };
}

function detailOf(
  { retries }: Service,
  attempts: number,
  method: string,
  budget: RetryBudgetView | null,
): string {
  const { windowMs, budgetPercent, on } = retries;
  const sameEffect = isIdempotent(method);
  const conditions = conditionsOf(sameEffect ? on : on & RetryOn.CONNECT_FAILURE);
  const limits = sameEffect ? '' : `, as ${method} is not idempotent`;
  if (conditions.length === 0) return `none${limits}`;
  const after = conditions.join(', ');
  const more = `${attempts} more ${attempts === 1 ? 'attempt' : 'attempts'}`;
  const left =
    budget === null
      ? ''
      : `: ${budget.left} left (requests: ${budget.requests}, sent again: ${budget.retries})`;
  return `up to ${more} after ${after}${limits}; within ${budgetPercent}% of the requests of ${formatDuration(windowMs)}${left}`;
}
