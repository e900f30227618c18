/** Writes past the stream of a socket, on real sockets: order, what the kernel does not take at once, failures, ends. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Written, writeBytes, writesDirectly, writeText } from '../../src/worker/http1/direct-write.ts';
import { waitFor } from '../support/wait-for.ts';

/** More than the buffers of both ends hold. */
const MORE_THAN_FITS = 64 * 1024 * 1024;

describe('direct writes', () => {
  let server: Server;
  let writer: Socket;
  let reader: Socket;
  let received: Buffer[];
  let later: Socket[];
  let errors: NodeJS.ErrnoException[];
  const tell = (socket: Socket): void => {
    later.push(socket);
  };
  const text = (): string => Buffer.concat(received).toString('latin1');

  beforeEach(async () => {
    received = [];
    later = [];
    errors = [];
    server = createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const accepted = once(server, 'connection');
    writer = connect({
      port: (server.address() as AddressInfo).port,
      host: '127.0.0.1',
      allowHalfOpen: true,
    });
    writer.on('error', (error) => errors.push(error));
    await once(writer, 'connect');
    [reader] = (await accepted) as [Socket];
    reader.on('error', () => {});
  });

  afterEach(async () => {
    writer.destroy();
    reader.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  const listen = (): void => {
    reader.on('data', (bytes) => received.push(bytes));
  };

  it('are known to the Node that runs this', () => {
    expect(writesDirectly(writer)).toBe(true);
  });

  it('keep the order among themselves and with writes to the stream', async () => {
    listen();
    expect(writeText(writer, 'a\xff', tell)).toBe(Written.ALL);
    writer.write('b');
    writeBytes(writer, Buffer.from('c'), tell);
    writer.write('d');
    await waitFor(() => text().length === 5, { what: 'five octets' });
    expect(text()).toBe('a\xffbcd');
    expect(later).toEqual([]);
  });

  it('leave it to the stream where something waits in it', () => {
    writer.cork();
    writer.write('a');
    expect(writeText(writer, 'b', tell)).toBe(Written.NOT);
    expect(writeBytes(writer, Buffer.from('b'), tell)).toBe(Written.NOT);
  });

  it('leave it to the stream where the socket has ended or is gone', () => {
    writer.end();
    expect(writeText(writer, 'b', tell)).toBe(Written.NOT);
    writer.destroy();
    expect(writeText(writer, 'b', tell)).toBe(Written.NOT);
    expect(writeBytes(writer, Buffer.from('b'), tell)).toBe(Written.NOT);
  });

  it.each([
    ['bytes', (bytes: Buffer) => writeBytes(writer, bytes, tell)],
    ['text', (bytes: Buffer) => writeText(writer, bytes.toString('latin1'), tell)],
  ])(
    'of %s tell when the kernel has what it did not take at once; what follows stands behind it',
    async (_, write) => {
      const large = Buffer.alloc(MORE_THAN_FITS, 'x');
      expect(write(large)).toBe(Written.PART);
      // libuv has something in front of it now, so this is PART as well.
      expect(writeText(writer, 'y', tell)).toBe(Written.PART);
      writer.write('z');
      expect(later).toEqual([]);
      listen();
      await waitFor(() => later.length === 2, { what: 'both writes to be with the kernel' });
      await waitFor(() => Buffer.concat(received).length === MORE_THAN_FITS + 2, { what: 'all octets' });
      const all = Buffer.concat(received);
      expect(all.subarray(-3).toString('latin1')).toBe('xyz');
      expect(all.indexOf('y')).toBe(MORE_THAN_FITS);
      expect(later).toEqual([writer, writer]);
    },
  );

  it('go out before the end of the stream', async () => {
    const ended = once(reader, 'end');
    expect(writeBytes(writer, Buffer.alloc(MORE_THAN_FITS, 'x'), tell)).toBe(Written.PART);
    writer.end();
    listen();
    await ended;
    expect(Buffer.concat(received).length).toBe(MORE_THAN_FITS);
  });

  it('that fail end the socket once, as any write does, in a turn of its own', async () => {
    const closed = once(reader, 'close');
    reader.resetAndDestroy();
    await closed;
    // Not read: the reset is found by the writes alone.
    writer.pause();
    writeText(writer, 'a', tell);
    writeText(writer, 'b', tell);
    expect(errors).toEqual([]);
    await waitFor(() => writer.destroyed, { what: 'the end of the socket' });
    await waitFor(() => errors.length > 0, { what: 'the error' });
    expect(['EPIPE', 'ECONNRESET']).toContain(errors[0]?.code);
    expect(errors).toHaveLength(1);
  });

  it('that wait when the socket is destroyed tell nothing', async () => {
    writeBytes(writer, Buffer.alloc(MORE_THAN_FITS, 'x'), tell);
    const closed = once(writer, 'close');
    writer.destroy();
    await closed;
    expect(later).toEqual([]);
    expect(errors).toEqual([]);
  });
});
