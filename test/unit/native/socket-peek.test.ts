import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeFd } from '../../../src/native/listen-socket.ts';
import { duplicateFd, PeekResult, peekBytes } from '../../../src/native/socket-peek.ts';
import { descriptorFlags, descriptorOf, openDescriptors } from '../../support/descriptors.ts';
import { waitFor } from '../../support/wait-for.ts';

const O_CLOEXEC = 0o2000000;
const HELLO = Buffer.from('\x16\x03\x01 hello');

let server: Server;
/** What was accepted and not yet read from, and its other end. */
let accepted: Socket;
let client: Socket;
let fd: number;
const into = Buffer.alloc(64);

beforeEach(async () => {
  into.fill(0xee);
  server = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  [accepted] = (await once(server, 'connection')) as [Socket];
  accepted.on('error', () => {});
  fd = descriptorOf(accepted);
});

afterEach(() => {
  client.destroy();
  accepted.destroy();
  server.close();
});

/** What a look finds once something is there. */
const peeked = async (room: Uint8Array = into): Promise<number> => {
  await waitFor(() => peekBytes(fd, room) !== PeekResult.nothingYet, { what: 'something to look at' });
  return peekBytes(fd, room);
};

/** Reads until the other side ends. The socket stays open for an answer. */
async function readAll(): Promise<Buffer> {
  const pieces: Buffer[] = [];
  accepted.on('data', (piece) => pieces.push(piece));
  accepted.resume();
  await once(accepted, 'end', { signal: AbortSignal.timeout(5_000) });
  return Buffer.concat(pieces);
}

describe.runIf(process.platform === 'linux')('peek-bytes', () => {
  it('finds the first bytes and leaves them for the reader', async () => {
    client.end(HELLO);
    expect(await peeked()).toBe(HELLO.length);
    expect(into.subarray(0, HELLO.length)).toEqual(HELLO);
    expect(into.subarray(HELLO.length).every((byte) => byte === 0xee)).toBe(true);
    expect(peekBytes(fd, into)).toBe(HELLO.length);
    expect(await readAll()).toEqual(HELLO);
  });

  it('finds as much as there is room for, at the place it is given', async () => {
    client.write(HELLO);
    await peeked();
    into.fill(0xee);
    expect(peekBytes(fd, into.subarray(10, 13))).toBe(3);
    expect(into.subarray(9, 14)).toEqual(Buffer.from([0xee, 0x16, 0x03, 0x01, 0xee]));
  });

  it('finds more once more has come', async () => {
    client.write(HELLO.subarray(0, 2));
    expect(await peeked()).toBe(2);
    client.write(HELLO.subarray(2));
    await waitFor(() => peekBytes(fd, into) === HELLO.length, { what: 'the rest' });
    expect(into.subarray(0, HELLO.length)).toEqual(HELLO);
  });

  it('tells nothing yet from the end, and the end only after the last byte', async () => {
    expect(peekBytes(fd, into)).toBe(PeekResult.nothingYet);
    client.end(HELLO);
    await once(client, 'finish');
    expect(await peeked()).toBe(HELLO.length);
    expect(await readAll()).toEqual(HELLO);
    expect(peekBytes(fd, into)).toBe(PeekResult.end);
  });

  it('tells the end of a connection that brought nothing', async () => {
    client.end();
    expect(await peeked()).toBe(PeekResult.end);
  });

  it('tells a failure', async () => {
    client.resetAndDestroy();
    await waitFor(() => peekBytes(fd, into) === PeekResult.failed, { what: 'the reset' });
    expect(peekBytes(-1, into)).toBe(PeekResult.failed);
    expect(peekBytes(0x7fff_fffe, into)).toBe(PeekResult.failed);
    expect(peekBytes(descriptorOf(server), into)).toBe(PeekResult.failed);
  });

  it('does not take room for nothing for the end', () => {
    expect(peekBytes(fd, new Uint8Array(0))).toBe(PeekResult.failed);
  });
});

describe.runIf(process.platform === 'linux')('duplicate-fd', () => {
  it('gives a descriptor that lives on when the first one is closed', async () => {
    client.write(HELLO);
    await peeked();
    const second = duplicateFd(fd);
    expect(second).toBeGreaterThan(fd);
    expect(descriptorFlags(second) & O_CLOEXEC).toBe(O_CLOEXEC);
    accepted.destroy();
    await once(accepted, 'close');
    const heir = new Socket({ fd: second, allowHalfOpen: true });
    expect((await once(heir, 'data'))[0]).toEqual(HELLO);
    heir.end('an answer');
    expect(String((await once(client, 'data'))[0])).toBe('an answer');
    heir.destroy();
  });

  it('fails without a descriptor', () => {
    expect(duplicateFd(-1)).toBe(-1);
    expect(duplicateFd(0x7fff_fffe)).toBe(-1);
  });

  it('leaves none open that is closed', () => {
    const before = openDescriptors();
    for (let round = 0; round < 1_000; round++) {
      const second = duplicateFd(fd);
      expect(peekBytes(second, into)).toBe(PeekResult.nothingYet);
      closeFd(second);
    }
    expect(openDescriptors()).toBe(before);
  });
});
