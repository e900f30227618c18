// hot: runs once per request
/** Which requests ask for a WebSocket (RFC 6455 4.1), and who can carry one. Pure. */

import type { Service } from '../../bridge/snapshot/model.ts';
import { type ClientSide, Protocol } from '../listener/client-side.ts';
import { RequestBody } from '../listener/request-head.ts';
import { namedByConnection } from './request-text.ts';

/**
 * A whole opening handshake. Anything less, and every other protocol that Upgrade may name, is an ordinary request: a server
 * may ignore Upgrade (RFC 9110 7.8). Key and version are for the endpoint to judge.
 */
export function asksForWebSocket({ head, protocol }: Pick<ClientSide, 'head' | 'protocol'>): boolean {
  if (head.upgrade !== 'websocket' || head.method !== 'GET' || head.body !== RequestBody.NONE) return false;
  if (protocol !== Protocol.HTTP1_1 || !namedByConnection(head.connection).includes('upgrade')) return false;
  return head.header('sec-websocket-key') !== null;
}

/** HTTP/2 needs RFC 8441 for it, on either side. */
export function carriesWebSocket(
  { switchProtocols }: Pick<ClientSide, 'switchProtocols'>,
  { protocol }: Pick<Service, 'protocol'>,
): boolean {
  return protocol === 'http1' && switchProtocols !== undefined;
}
