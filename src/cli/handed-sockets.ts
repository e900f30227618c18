/**
 * How listening sockets reach another process: as descriptors from 4 on, which it inherits, and in its environment what each of them is. Runs in any
 * process of the command. (Descriptor 3 is Node's channel to the parent.)
 */

import type { HandedSocket } from '../bridge/handed-sockets.ts';
import { isRecord } from '../kit/is-record.ts';
import { closeOnExec } from '../native/listen-socket.ts';

const VARIABLE = 'PENSTOCK_HANDED_SOCKETS';
const FIRST_FD = 4;

export interface Inheritance {
  /** For `stdio` of `spawn`, after the channel. */
  readonly fds: readonly number[];
  readonly env: Readonly<Record<string, string>>;
}

export function inheritanceOf(sockets: readonly HandedSocket[]): Inheritance {
  const named = sockets.map(({ listener, host, port }) => ({ listener, host, port }));
  return {
    fds: sockets.map(({ fd }) => fd),
    env: sockets.length === 0 ? {} : { [VARIABLE]: JSON.stringify(named) },
  };
}

/**
 * What this process was given; empty where it was started by anybody else. Takes it out of `env`, so that no program that is started from here takes it
 * for its own, and has none of them inherit the descriptors.
 */
export function takeInherited(env: NodeJS.ProcessEnv): readonly HandedSocket[] {
  const text = env[VARIABLE];
  if (text === undefined) return [];
  delete env[VARIABLE];
  const sockets = parse(text).map((socket, place) => ({ ...socket, fd: FIRST_FD + place }));
  // What is no open descriptor was not meant for us.
  return sockets.filter(({ fd }) => closeOnExec(fd));
}

function parse(text: string): Omit<HandedSocket, 'fd'>[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return [];
  }
  if (!Array.isArray(list)) return [];
  const sockets = list.flatMap((one: unknown) => {
    if (!isRecord(one)) return [];
    const { listener, host, port } = one;
    const isWhole = typeof listener === 'string' && typeof host === 'string' && typeof port === 'number';
    return isWhole ? [{ listener, host, port }] : [];
  });
  return sockets.length === list.length ? sockets : [];
}
