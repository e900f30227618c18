// hot: runs once per request
/** Where a request was placed. One per exchange; the balancer fills it. */

import type { Endpoint } from '../../bridge/snapshot/model.ts';
import { stickyLine } from './sticky-cookie.ts';

export class Placement {
  /** Null before there is one. */
  endpoint: Endpoint | null = null;
  /** The request is counted at the endpoint. */
  counted = false;
  /** Where the request has been before, and failed; null before its second attempt. */
  tried: Endpoint[] | null = null;
  /** The sticky cookie that the client is to get; both empty if it is to get none. */
  stickyName = '';
  stickyValue = '';

  /** The Set-Cookie line for the client, or empty. `secure`: it speaks TLS. */
  setCookie(secure: boolean): string {
    return this.stickyName === '' ? '' : stickyLine(this.stickyName, this.stickyValue, secure);
  }
}
