/**
 * The endpoints of one service as one snapshot has them, and the rules between them: who may be ejected (contract, Health). Time comes in;
 * primary thread, no timers and no sockets.
 */

import type { Service } from '../../bridge/snapshot/model.ts';
import { maxEjected, mayEject } from './ejection.ts';
import type { EndpointHealth } from './endpoint-health.ts';

export class ServiceHealth {
  readonly service: Service;
  /** In the order of the service. */
  readonly endpoints: readonly EndpointHealth[];
  /** What makes the checks of two snapshots the same, beside the address; empty: there are none. */
  readonly checks: string;

  constructor(service: Service, endpoints: readonly EndpointHealth[]) {
    const { healthCheck, protocol, tls, proxyProtocol } = service;
    this.service = service;
    this.endpoints = endpoints;
    this.checks = healthCheck === null ? '' : JSON.stringify([healthCheck, protocol, tls, proxyProtocol]);
  }

  /** Ejects an endpoint that fails, if the rules allow it. */
  eject(endpoint: EndpointHealth, failure: string, nowMs: number): boolean {
    const { outlier } = this.service;
    if (outlier === null || !endpoint.healthy) return false;
    if (!mayEject(endpoint, this.endpoints, outlier)) return false;
    endpoint.eject(failure, outlier, nowMs);
    return true;
  }

  /**
   * Ends ejections: those whose time is up, those that a changed configuration allows no more, and as many as it takes for somebody to
   * serve. The one that would end next goes first. Gives who came back.
   */
  settle(nowMs: number): readonly EndpointHealth[] {
    const { outlier } = this.service;
    const ejected = this.endpoints
      .filter((endpoint) => endpoint.ejected)
      .sort((one, other) => one.ejectedForMs(nowMs) - other.ejectedForMs(nowMs));
    const allowed = outlier === null ? 0 : maxEjected(this.endpoints.length, outlier.maxEjectedPercent);
    ejected.forEach((endpoint, index) => {
      if (endpoint.ejectedForMs(nowMs) === 0) endpoint.endEjection('its ejection is over', nowMs);
      else if (ejected.length - index > allowed)
        endpoint.endEjection('fewer endpoints may be ejected now', nowMs);
    });
    for (const endpoint of ejected) {
      if (this.endpoints.some(({ serves }) => serves)) break;
      if (endpoint.ejected && endpoint.passes) endpoint.endEjection('no other endpoint can serve', nowMs);
    }
    return ejected.filter((endpoint) => !endpoint.ejected);
  }
}
