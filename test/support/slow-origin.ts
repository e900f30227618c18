/** An endpoint that answers by drops, by the minute or all at once, for clients that do the like. */

import { createHash } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export const STEP_MS = 1_500;
export const STEPS = 40;
/** One octet each STEP_MS. */
export const DRIPPED: string = Array.from({ length: STEPS }, (_, i) => i % 10).join('');
/** More than the kernel's buffers on the way can hold, so that the reader's slowness reaches penstock. */
export const LARGE_BYTES: number = 32 * 1024 * 1024;
const LARGE = Buffer.alloc(LARGE_BYTES, 'a large body, ');
export const LARGE_HASH: string = sha256(LARGE);

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export interface SlowOrigin {
  readonly address: string;
  close(): void;
}

/**
 *   /large…         LARGE_BYTES with a length
 *   /drip-length    DRIPPED, by the octet, with a length; /drip-chunked without one
 *   /dripped        DRIPPED at once
 *   /silence        a, b and c in chunks, 14 s apart
 *   …               `got ` and the request's body
 */
export async function startSlowOrigin(): Promise<SlowOrigin> {
  const server: Server = createServer({ requestTimeout: 0, headersTimeout: 0 }, (request, response) => {
    response.on('error', () => undefined);
    const path = request.url ?? '';
    if (path.startsWith('/large')) response.end(LARGE);
    else if (path.startsWith('/drip-length')) {
      response.writeHead(200, { 'Content-Length': STEPS });
      void drip(response);
    } else if (path.startsWith('/drip-chunked')) void drip(response);
    else if (path.startsWith('/dripped')) response.end(DRIPPED);
    else if (path.startsWith('/silence')) {
      // As an event stream that has nothing to tell: longer than the engine's 10 s, twice.
      response.write('a');
      setTimeout(() => response.write('b'), 14_000);
      setTimeout(() => response.end('c'), 28_000);
    } else {
      let body = '';
      request.setEncoding('latin1').on('data', (piece: string) => {
        body += piece;
      });
      request.once('end', () => response.end(`got ${body}`));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** One byte every STEP_MS, behind a head that leaves with the first. */
async function drip(response: ServerResponse): Promise<void> {
  for (const byte of DRIPPED) {
    response.write(byte);
    await sleep(STEP_MS);
  }
  response.end();
}
