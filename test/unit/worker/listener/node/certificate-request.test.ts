import type { SecureContext, TLSSocket } from 'node:tls';
import { describe, expect, it, vi } from 'vitest';
import { makeAskForEveryName } from '../../../../../src/worker/listener/node/certificate-request.ts';

interface Request {
  servername: string | undefined;
}

const context = {} as SecureContext;

describe('makeAskForEveryName', () => {
  it.each([
    ['a.test', 'a.test'],
    ['', '.'],
    [undefined, '.'],
  ])('has Node asked for %s as for %s', (servername, asked) => {
    const names: [unknown, string | undefined][] = [];
    const loadSni = function (this: unknown, request: Request): void {
      names.push([this, request.servername]);
    };
    const handles = [{ oncertcb: loadSni }, { oncertcb: loadSni }];
    const askForEveryName = makeAskForEveryName();
    const fallback = vi.fn(() => context);
    for (const _handle of handles) askForEveryName({ _handle } as unknown as TLSSocket, fallback);
    for (const handle of handles) handle.oncertcb({ servername });
    expect(names).toEqual(handles.map((handle) => [handle, asked]));
    expect(fallback).not.toHaveBeenCalled();
    // One function for all connections.
    expect(handles[0]?.oncertcb).toBe(handles[1]?.oncertcb);
  });

  it.each([{ _handle: null }, { _handle: {} }, {}])(
    'sets the default beforehand where Node does not ask',
    (socket) => {
      const setKeyCert = vi.fn();
      const askForEveryName = makeAskForEveryName();
      askForEveryName({ ...socket, setKeyCert } as unknown as TLSSocket, () => context);
      expect(setKeyCert).toHaveBeenCalledExactlyOnceWith(context);
      askForEveryName({ ...socket, setKeyCert } as unknown as TLSSocket, () => null);
      expect(setKeyCert).toHaveBeenCalledTimes(1);
    },
  );
});
