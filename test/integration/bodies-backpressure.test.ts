/** Whoever does not take what is sent to him holds back who sends it, and not penstock's memory. */

import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { type Origin, startOrigin } from '../support/origin.ts';
import { rssMiB } from '../support/process-figures.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor } from '../support/wait-for.ts';

const HOST = 'still.test';
const CLIENTS = 8;
/** What each offers or asks for: far more than all buffers of the kernel on the way. */
const BODY_BYTES = 256 * 1024 * 1024;
/** A piece or two for each of them, and what the collector has not got round to. */
const GROWTH_MIB = 40;

const sockets: Socket[] = [];
const servers: (Server | Origin)[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await server.close();
});

function start(endpoint: string): Promise<RunningPenstock> {
  return runPenstock({
    config: {
      workers: 2,
      services: { still: { endpoints: [endpoint] } },
      routes: [{ host: HOST, path: '/', service: 'still', tls: 'self_signed', https_redirect: false }],
    },
  });
}

async function connect(penstock: RunningPenstock, tls: boolean): Promise<Socket> {
  const { http, https } = penstock.ports;
  const socket = tls
    ? connectTls({ port: https, host: '127.0.0.1', servername: HOST, rejectUnauthorized: false })
    : connectTcp(http, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once(tls ? 'secureConnect' : 'connect', resolve));
  return socket;
}

/** Waits until `value` has stayed the same for a second: everything is full. */
async function settled(value: () => number): Promise<void> {
  let last = -1;
  let sinceMs = performance.now();
  await waitFor(
    () => {
      if (value() !== last) {
        last = value();
        sinceMs = performance.now();
      }
      return performance.now() - sinceMs > 1_000;
    },
    { what: 'the flow to stop', timeoutMs: 30_000, intervalMs: 50 },
  );
}

describe('backpressure', () => {
  it.each([
    [false, 'a length'],
    [false, 'chunks'],
    [true, 'a length'],
    [true, 'chunks'],
  ])('an endpoint that reads nothing stops its uploads, TLS: %s, with %s', async (tls, framing) => {
    const accepted: Socket[] = [];
    const origin = createServer((socket) => {
      sockets.push(socket);
      accepted.push(socket.pause().on('error', () => undefined));
    });
    servers.push(origin);
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
    const penstock = await start(`127.0.0.1:${(origin.address() as { port: number }).port}`);
    const piece = Buffer.alloc(256 * 1024, 'x');
    const chunk = Buffer.concat([
      Buffer.from(`${piece.length.toString(16)}\r\n`),
      piece,
      Buffer.from('\r\n'),
    ]);
    const wire = framing === 'chunks' ? chunk : piece;
    const field = framing === 'chunks' ? 'Transfer-Encoding: chunked' : `Content-Length: ${BODY_BYTES}`;
    const before = rssMiB(penstock.pid);
    let offered = 0;
    for (let i = 0; i < CLIENTS; i++) {
      const socket = await connect(penstock, tls);
      socket.write(`POST / HTTP/1.1\r\nHost: ${HOST}\r\n${field}\r\n\r\n`);
      let left = BODY_BYTES;
      const fill = (): void => {
        for (let goesOn = true; goesOn && left > 0; ) {
          left -= piece.length;
          offered += piece.length;
          goesOn = socket.write(wire);
        }
        socket.once('drain', fill);
      };
      fill();
    }
    await settled(() => offered);
    expect(accepted.length).toBe(CLIENTS);
    expect(offered).toBeLessThan((CLIENTS * BODY_BYTES) / 2);
    expect(rssMiB(penstock.pid) - before).toBeLessThan(GROWTH_MIB);
    penstock.signal('SIGKILL');
  });

  it.each([false, true])('clients that read nothing stop their downloads, TLS: %s', async (tls) => {
    let taken = 0;
    const piece = Buffer.alloc(256 * 1024, 'x');
    const origin = await startOrigin({
      handler: (_request, response) => {
        response.writeHead(200, { 'Content-Length': BODY_BYTES });
        let left = BODY_BYTES;
        const fill = (): void => {
          for (let goesOn = true; goesOn && left > 0; ) {
            left -= piece.length;
            taken += piece.length;
            goesOn = response.write(piece);
          }
          if (left > 0) response.once('drain', fill);
        };
        fill();
      },
    });
    servers.push(origin);
    const penstock = await start(origin.address);
    const before = rssMiB(penstock.pid);
    for (let i = 0; i < CLIENTS; i++) {
      const socket = (await connect(penstock, tls)).pause();
      socket.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    }
    await waitFor(() => taken > 0, { what: 'the downloads to begin' });
    await settled(() => taken);
    expect(taken).toBeLessThan((CLIENTS * BODY_BYTES) / 2);
    expect(rssMiB(penstock.pid) - before).toBeLessThan(GROWTH_MIB);
    penstock.signal('SIGKILL');
  });
});
