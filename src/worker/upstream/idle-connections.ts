// hot: runs once per request
/**
 * The idle connections of one worker to one endpoint: the most recently used one is taken first, so that the surplus of a burst
 * grows old and goes. One that began with a PROXY header serves the client in that header alone, and so has a stack of its own.
 *
 *     anybody's   [ oldest … newest ]
 *     by header   client A [ … ]  client B [ … ]  client C [ … ]     the client who came back last stands last
 */

import type { UpstreamConnection } from './connection.ts';

type Stack = UpstreamConnection[];

export class IdleConnections {
  private readonly anybodys: Stack = [];
  private readonly byHeader: Map<string, Stack> = new Map();
  private bound = 0;

  get count(): number {
    return this.anybodys.length + this.bound;
  }

  /** One that began with `preamble`; it is idle no more. */
  take(preamble: string): UpstreamConnection | undefined {
    if (preamble === '') return this.anybodys.pop();
    const stack = this.byHeader.get(preamble);
    const connection = stack?.pop();
    if (connection !== undefined) this.bound--;
    if (stack?.length === 0) this.byHeader.delete(preamble);
    return connection;
  }

  put(connection: UpstreamConnection): void {
    const { preamble } = connection;
    if (preamble === '') {
      this.anybodys.push(connection);
      return;
    }
    const stack = this.byHeader.get(preamble) ?? [];
    stack.push(connection);
    this.bound++;
    // A map keeps the order in which its keys were added.
    this.byHeader.delete(preamble);
    this.byHeader.set(preamble, stack);
  }

  remove(connection: UpstreamConnection): void {
    const { preamble } = connection;
    const stack = preamble === '' ? this.anybodys : this.byHeader.get(preamble);
    const at = stack?.lastIndexOf(connection) ?? -1;
    if (stack === undefined || at < 0) return;
    stack.splice(at, 1);
    if (preamble === '') return;
    this.bound--;
    if (stack.length === 0) this.byHeader.delete(preamble);
  }

  /** The oldest one of the client who has been away for longest; undefined where none is bound to a client. */
  longestAway(): UpstreamConnection | undefined {
    return this.byHeader.values().next().value?.[0];
  }

  /** Cuts those whose deadline has passed. Deadlines are not sorted: an endpoint may announce another timeout each time. */
  sweep(nowMs: number): void {
    cutBefore(this.anybodys, nowMs);
    // Deleting from a map while it is walked is sound.
    for (const stack of this.byHeader.values()) cutBefore(stack, nowMs);
  }

  cutAll(): void {
    this.sweep(Number.POSITIVE_INFINITY);
  }
}

/** From the end: what is cut leaves the stack. */
function cutBefore(stack: Stack, nowMs: number): void {
  for (let i = stack.length - 1; i >= 0; i--) {
    const connection = stack[i];
    if (connection !== undefined && connection.deadlineMs <= nowMs) connection.abort();
  }
}
