// hot: runs once per request
/** A request as the router sees it: host and path in normal form. Says whether it can be understood in one way only. */

import type { Limits } from '../../bridge/snapshot/model.ts';
import { Fault } from '../../kit/faults.ts';
import { normalizeHost } from '../../kit/host.ts';
import { PathFault, resolvePath } from '../../kit/path.ts';
import type { RequestHead } from '../listener/request-head.ts';
import type { MatchRequest } from '../router/match-request.ts';

/** OPTIONS of no path in particular (RFC 9112 3.2.4). Routes are matched by the root. */
const WHOLE_SERVER = '*';

export class RequestView implements MatchRequest {
  /** Set by `check`. */
  host = '';
  path = '';
  readonly #head: RequestHead;

  constructor(head: RequestHead) {
    this.#head = head;
  }

  /** Why the request must be refused, or NONE; host and path are set then. */
  check(limits: Limits): Fault {
    const head = this.#head;
    const { target, pathEnd } = head;
    if (head.fault !== Fault.NONE) return head.fault;
    if (isOver(target.length, limits.urlBytes)) return Fault.URL_TOO_LONG;
    if (isOver(head.bytes, limits.headerBytes)) return Fault.HEADERS_TOO_LARGE;
    const host = normalizeHost(head.host);
    if (host === null) return Fault.BAD_REQUEST;
    const path =
      target === WHOLE_SERVER
        ? '/'
        : resolvePath(pathEnd === target.length ? target : target.slice(0, pathEnd));
    if (path === PathFault.ABOVE_ROOT) return Fault.PATH_ABOVE_ROOT;
    if (path === PathFault.MALFORMED) return Fault.BAD_REQUEST;
    this.host = host;
    this.path = path;
    return Fault.NONE;
  }

  get method(): string {
    return this.#head.method;
  }

  get query(): string {
    return this.#head.query;
  }

  header(name: string): string | null {
    return this.#head.header(name);
  }
}

/** Whether a value exceeds a limit; 0 = no limit. */
export function isOver(value: number, limit: number): boolean {
  return limit > 0 && value > limit;
}
