/**
 * Clients of one host that look all the time, each at its own pace: new verified TLS handshakes, connections that are kept and asked again and again, and
 * plain requests. Everything that fails is noted, and which certificates were seen when. Runs in the test's process, so that its times compare
 * with those of the test's other servers.
 */

import { Agent, type ClientRequest, get as getPlainly, type IncomingMessage } from 'node:http';
import { get as getSecurely, Agent as TlsAgent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';

export interface TlsWatchPlan {
  readonly host: string;
  /** On 127.0.0.1. */
  readonly httpPort: number;
  readonly httpsPort: number;
  /** PEM: what the clients trust. */
  readonly rootPem: string;
  /** What every plain request is to be answered with. */
  readonly plainStatus: number;
  readonly body: string;
  /** Connections that are kept. */
  readonly kept: number;
  /** Between two handshakes, and between two requests of a connection. */
  readonly pauseMs: number;
}

/** A handshake that a client was content with. */
export interface Handshake {
  readonly serial: string;
  /** When the client began it, in milliseconds since the epoch. */
  readonly startMs: number;
}

export interface TlsWatch {
  readonly handshakes: readonly Handshake[];
  readonly failures: readonly string[];
  /** Answers on kept connections, and to plain requests. */
  readonly answers: { kept: number; plain: number };
  /** Until what is under way has ended. */
  stop(): Promise<void>;
}

const TIMEOUT_MS = 5_000;

export function watchTls(plan: TlsWatchPlan): TlsWatch {
  const { host, httpPort, httpsPort, rootPem, pauseMs } = plan;
  const handshakes: Handshake[] = [];
  const failures: string[] = [];
  const answers = { kept: 0, plain: 0 };
  let stopping = false;
  const loop = async (what: string, look: () => Promise<void>): Promise<void> => {
    while (!stopping) {
      try {
        await look();
      } catch (error) {
        failures.push(`${what} of ${host}: ${error instanceof Error ? error.message : error}`);
      }
      await sleep(pauseMs);
    }
  };
  const shakeHands = async (): Promise<void> => {
    const startMs = Date.now();
    handshakes.push({ serial: await serialOf(host, httpsPort, rootPem), startMs });
  };
  const askPlainly = async (): Promise<void> => {
    const { status } = await answerOf(
      getPlainly({ host: '127.0.0.1', port: httpPort, headers: { host }, agent: plainAgent }),
    );
    if (status !== plan.plainStatus) throw new Error(`status ${status}`);
    answers.plain++;
  };
  const plainAgent = new Agent({ keepAlive: true, maxSockets: 1 });
  const agents: Agent[] = [plainAgent];
  const keepAsking = (): Promise<void> => {
    const agent = new TlsAgent({ keepAlive: true, maxSockets: 1, ca: rootPem, servername: host });
    agents.push(agent);
    let isFirst = true;
    return loop('a kept connection', async () => {
      const request = getSecurely({ host: '127.0.0.1', port: httpsPort, headers: { host }, agent });
      const { status, body } = await answerOf(request);
      if (status !== 200 || body !== plan.body) throw new Error(`status ${status}: ${body}`);
      if (!isFirst && !request.reusedSocket) throw new Error('it was closed');
      isFirst = false;
      answers.kept++;
    });
  };
  const loops = [
    loop('a handshake', shakeHands),
    loop('a plain request', askPlainly),
    ...Array.from({ length: plan.kept }, keepAsking),
  ];
  return {
    handshakes,
    failures,
    answers,
    stop: async () => {
      stopping = true;
      await Promise.all(loops);
      for (const agent of agents) agent.destroy();
    },
  };
}

/** Of the certificate that a new connection is given; rejects where it does not verify. */
function serialOf(servername: string, port: number, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, servername, ca }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no handshake in ${TIMEOUT_MS} ms`)));
    socket.once('error', reject);
  });
}

function answerOf(request: ClientRequest): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    request.setTimeout(TIMEOUT_MS, () => request.destroy(new Error(`no answer in ${TIMEOUT_MS} ms`)));
    request.once('error', reject);
    request.once('response', (response: IncomingMessage) => {
      let body = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        body += piece;
      });
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
  });
}
