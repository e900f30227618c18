/** The admin server over real sockets, with a fake control behind it. */

import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { PenstockError } from '../../src/kit/errors.ts';
import { createSecretMask } from '../../src/kit/secret-mask.ts';
import { type Admin, type AdminOptions, startAdmin } from '../../src/primary/admin/server.ts';
import type { Control } from '../../src/primary/control.ts';
import { fakeControl, fakeResult } from '../support/fake-control.ts';

const running: Admin[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(running.splice(0).map((admin) => admin.close()));
});

async function open(changes: Partial<AdminOptions> = {}): Promise<Admin> {
  const admin = await startAdmin({
    address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    token: null,
    control: fakeControl(),
    log: pino({ level: 'silent' }),
    secrets: createSecretMask(),
    ...changes,
  });
  running.push(admin);
  return admin;
}

const portOf = (admin: Admin): number => Number(admin.address.split(':').at(-1));

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

function ask(
  admin: Admin,
  path: string,
  init: { method?: string; headers?: Record<string, string>; body?: Uint8Array | string } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host: '127.0.0.1',
        port: portOf(admin),
        path,
        method: init.method ?? 'GET',
        headers: init.headers ?? {},
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    request.on('error', reject);
    request.end(init.body);
  });
}

/** Sends bytes and resolves with all that comes until the server closes, or with what came when `until` is seen. */
function raw(admin: Admin, bytes: string, until?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(portOf(admin), '127.0.0.1', () => socket.write(bytes));
    sockets.push(socket);
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (until !== undefined && text.includes(until)) resolve(text);
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

describe('admin server', () => {
  it('listens on a free port and answers with a length and its name', async () => {
    const reply = await ask(await open(), '/healthz');
    expect(reply.status).toBe(200);
    expect(reply.headers).toMatchObject({
      'content-length': '3',
      server: 'penstock',
      'cache-control': 'no-store',
    });
    expect(reply.body.toString()).toBe('ok\n');
  });

  it('answers HEAD as GET without the body', async () => {
    const admin = await open();
    const get = await ask(admin, '/v1/status');
    const head = await ask(admin, '/v1/status', { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers['content-length']).toBe(String(get.body.length));
    expect(head.body).toHaveLength(0);
  });

  it('gives the bytes of the snapshot unchanged', async () => {
    const reply = await ask(await open(), '/v1/snapshot', { headers: { accept: 'application/x-protobuf' } });
    expect([...reply.body]).toEqual([10, 1, 2, 255]);
    expect(reply.headers.etag).toBe(`"${'a1'.repeat(32)}"`);
  });

  it('answers 304 with the tag and no body', async () => {
    const reply = await ask(await open(), '/v1/snapshot', {
      headers: { 'if-none-match': `"${'a1'.repeat(32)}"` },
    });
    expect(reply.status).toBe(304);
    expect(reply.body).toHaveLength(0);
  });

  it('lets nothing but the probes through without the token, and takes a new token from the next request on', async () => {
    const admin = await open({ token: 'first-token' });
    const bearer = (token: string): { headers: Record<string, string> } => ({
      headers: { authorization: `Bearer ${token}` },
    });
    expect((await ask(admin, '/healthz')).status).toBe(200);
    expect((await ask(admin, '/readyz')).status).toBe(200);
    expect((await ask(admin, '/v1/nothing')).status).toBe(401);
    const refused = await ask(admin, '/metrics');
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toBe('Bearer realm="penstock"');
    expect((await ask(admin, '/metrics', bearer('first-token'))).status).toBe(200);
    admin.setToken('second-token');
    expect((await ask(admin, '/metrics', bearer('first-token'))).status).toBe(401);
    expect((await ask(admin, '/metrics', bearer('second-token'))).status).toBe(200);
  });

  it('does not reload for a page of another origin or under a rebound name', async () => {
    const control = fakeControl();
    const admin = await open({ control });
    const crossSite = await ask(admin, '/v1/reload', {
      method: 'POST',
      headers: { origin: 'https://evil.example.com' },
    });
    const rebound = await ask(admin, '/v1/reload', { method: 'POST', headers: { host: 'evil.example.com' } });
    expect([crossSite.status, rebound.status]).toEqual([403, 403]);
    expect(control.triggers).toEqual([]);
  });

  it('masks secrets in what it prints', async () => {
    const secrets = createSecretMask();
    secrets.set(['hunter2-hunter2']);
    const control: Control = {
      ...fakeControl(),
      reload: async () => fakeResult({ message: 'the header hunter2-hunter2 is odd' }),
    };
    const reply = await ask(await open({ control, secrets }), '/v1/reload', { method: 'POST' });
    expect(reply.body.toString()).not.toContain('hunter2');
    expect(JSON.parse(reply.body.toString())).toMatchObject({ message: 'the header [secret] is odd' });
  });

  it('answers 500 and lives on where the control fails', async () => {
    const control: Control = { ...fakeControl(), metrics: () => Promise.reject(new Error('inner words')) };
    const admin = await open({ control });
    const reply = await ask(admin, '/metrics');
    expect(reply.status).toBe(500);
    expect(reply.headers['content-type']).toBe('application/problem+json');
    expect(reply.body.toString()).not.toContain('inner words');
    expect((await ask(admin, '/healthz')).status).toBe(200);
  });

  it('reads a small body away and keeps the connection in step', async () => {
    const admin = await open();
    const text = await raw(
      admin,
      'POST /v1/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello' +
        'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(text.endsWith('ok\n')).toBe(true);
  });

  it('refuses a body that is too large and closes', async () => {
    const body = 'x'.repeat(200_000);
    const text = await raw(
      await open(),
      `POST /v1/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      '\r\n\r\n',
    );
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text.toLowerCase()).toContain('connection: close');
  });

  it('refuses a header section that is too large', async () => {
    const text = await raw(
      await open(),
      `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('survives garbage', async () => {
    const admin = await open();
    expect(await raw(admin, '\x16\x03\x01\x02\x00garbage\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect((await ask(admin, '/healthz')).status).toBe(200);
  });

  it('drops connections beyond its limit and serves again when there is room', async () => {
    const admin = await open();
    const held: Socket[] = [];
    const connected: Promise<unknown>[] = [];
    for (let count = 0; count < 64; count += 1) {
      const socket = connect(portOf(admin), '127.0.0.1');
      socket.on('error', () => {});
      connected.push(new Promise((resolve) => socket.once('connect', resolve)));
      held.push(socket);
      sockets.push(socket);
    }
    await Promise.all(connected);
    await expect(ask(admin, '/healthz')).rejects.toThrow();
    for (const socket of held) socket.destroy();
    await expect
      .poll(
        () =>
          ask(admin, '/healthz').then(
            (reply) => reply.status,
            () => 0,
          ),
        { timeout: 5_000 },
      )
      .toBe(200);
  });

  it('frees its address at once when it closes, and lets a request under way finish', async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let entered = (): void => {};
    const inside = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const control: Control = {
      ...fakeControl(),
      reload: async () => {
        entered();
        await gate;
        return fakeResult();
      },
    };
    const admin = await open({ control });
    const reply = ask(admin, '/v1/reload', { method: 'POST' });
    await inside;
    // The reload that moves the admin address waits for this very call.
    await admin.close();
    await expect(ask(admin, '/healthz')).rejects.toThrow(/ECONNREFUSED/);
    release();
    const { status, headers } = await reply;
    expect({ status, connection: headers.connection }).toEqual({ status: 200, connection: 'close' });
  });

  it('cuts what does not end when it closes', async () => {
    const control: Control = { ...fakeControl(), reload: () => new Promise(() => {}) };
    const admin = await open({ control });
    const reply = ask(admin, '/v1/reload', { method: 'POST' });
    const outcome = reply.then(
      () => 'answered',
      () => 'cut',
    );
    // The request is known to be inside once another one on a later connection was answered.
    await ask(admin, '/healthz');
    await admin.close();
    expect(await outcome).toBe('cut');
  });

  it('says what to do about an address in use', async () => {
    const admin = await open();
    const second = startAdmin({
      address: { kind: 'tcp', host: '127.0.0.1', port: portOf(admin) },
      token: null,
      control: fakeControl(),
      log: pino({ level: 'silent' }),
      secrets: createSecretMask(),
    });
    const error = await second.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PenstockError);
    expect(error).toMatchObject({ code: 'PENSTOCK_ADDRESS_UNAVAILABLE' });
    expect(String(error)).toMatch(/cannot listen on 127\.0\.0\.1:\d+ for the admin endpoints: .*EADDRINUSE/);
  });
});
