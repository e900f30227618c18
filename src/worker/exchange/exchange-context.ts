/** What every exchange of one worker shares. */

import type { WorkerGauges } from '../../bridge/memory/gauges.ts';
import type { RetryBudgets } from '../../bridge/memory/retry-budgets.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Balancer } from '../balancer/balancer.ts';
import type { Outliers } from '../balancer/outliers.ts';
import type { ResponseFields } from '../response/response-fields.ts';
import type { Serving } from '../serving.ts';
import type { Sweeper } from '../sweeper.ts';
import type { UpstreamPools } from '../upstream/upstream-pools.ts';
import type { AccessLog } from './access-log.ts';

export interface ExchangeContext {
  /** The one reference that a swap replaces. */
  serving: Serving;
  /** Token to key authorisation: what authorities are answered. Replaced whole. */
  challenges: ReadonlyMap<string, string>;
  /** The worker drains: responses tell their clients that the connection closes. */
  stopping: boolean;
  readonly clock: Clock;
  readonly balancer: Balancer;
  readonly outliers: Outliers;
  readonly pools: UpstreamPools;
  readonly retryBudgets: RetryBudgets;
  readonly responseFields: ResponseFields;
  readonly sweeper: Sweeper;
  readonly gauges: WorkerGauges;
  readonly accessLog: AccessLog;
}
