/** Starts and commands the process of `tls-threads.mjs`. */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { HandshakeResult } from '../../src/worker/listener/node/tls-server.ts';
import { within } from './wait-for.ts';

const SCRIPT = fileURLToPath(new URL('tls-threads.mjs', import.meta.url));

export interface TlsThreadsWish {
  readonly threads: number;
  /** An encoded envelope: see tls-snapshot.ts. */
  readonly snapshot: Uint8Array;
  /** Path of the Node.js binary; this one by default. */
  readonly node?: string;
}

export class TlsThreads {
  /** One for each thread. */
  ports: readonly number[] = [];
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;

  private constructor(node: string) {
    this.#child = spawn(node, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout });
  }

  static async start({ threads, snapshot, node = process.execPath }: TlsThreadsWish): Promise<TlsThreads> {
    const started = new TlsThreads(node);
    const { ports } = await started.#command<{ ports: number[] }>({
      threads,
      snapshot: Buffer.from(snapshot).toString('base64'),
      protocols: ['h2', 'http/1.1'],
    });
    started.ports = ports;
    return started;
  }

  async rotate(): Promise<void> {
    await this.#command('rotate');
  }

  /** Of every handshake since the last call, by thread. */
  async results(): Promise<HandshakeResult[][]> {
    return (await this.#command<{ results: HandshakeResult[][] }>('results')).results;
  }

  async close(): Promise<{ readonly code: number | null; readonly signal: string | null }> {
    const exit = once(this.#child, 'exit') as Promise<[number | null, string | null]>;
    this.#child.stdin.end();
    const [code, signal] = await within(exit, { what: 'the threads to end' });
    return { code, signal };
  }

  /** For the end of a test that failed. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async #command<T>(command: unknown): Promise<T> {
    const answer = once(this.#lines, 'line') as Promise<[string]>;
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
    const [line] = await within(answer, { what: `an answer to ${JSON.stringify(command).slice(0, 40)}` });
    return JSON.parse(line) as T;
  }
}
