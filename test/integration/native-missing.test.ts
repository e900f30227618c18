/** `listen.engine: auto` needs nothing native: where there is none, one warning says what is lost. */

import { once } from 'node:events';
import { connect } from 'node:http2';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { reusePortMeans } from '../../src/native/reuse-port.ts';
import { ask } from '../support/http-ask.ts';
import { runPenstock } from '../support/run-penstock.ts';

const PRELOAD = fileURLToPath(new URL('./native-fixtures/without-native.cjs', import.meta.url));
const env = { NODE_OPTIONS: `--require=${PRELOAD}` };
const ROUTES = [{ path: '/', respond: { status: 200, body: 'served' } }];
/** What this Node can do by itself: from 22.12 on several threads share a port without any help. */
const alone = reusePortMeans(false, {
  platform: process.platform,
  node: process.versions.node,
  opensSockets: false,
});

describe('without koffi and without uWebSockets.js', () => {
  it('the Node engine serves HTTP/1 and HTTP/2, with as many workers as can share a port', async () => {
    const penstock = await runPenstock({ config: { workers: 2, routes: ROUTES }, env });
    expect((await ask(penstock.ports.http)).body.toString()).toBe('served');
    const session = connect(`http://127.0.0.1:${penstock.ports.http}`);
    const stream = session.request({ ':path': '/' });
    const [head] = (await once(stream, 'response')) as [{ ':status': number }];
    expect(head[':status']).toBe(200);
    session.destroy();
    const { workers } = (await penstock.admin('/v1/status')).json;
    expect(workers).toHaveLength(alone === 'none' ? 1 : 2);
    const warnings = penstock.stderr().match(/2 workers are asked for and 1 runs/g) ?? [];
    expect(warnings).toHaveLength(alone === 'none' ? 1 : 0);
    expect((await penstock.reload()).json).toMatchObject({ outcome: 'unchanged' });
    expect(await penstock.stop()).toEqual({ code: 0, signal: null });
  });

  it('the engine uws is refused with the reason', async () => {
    const listen = { engine: 'uws', http: '127.0.0.1:0', admin: 'off' };
    const started = runPenstock({ config: { listen, routes: ROUTES }, env });
    await expect(started).rejects.toThrow(/koffi.*listen\.engine: auto \(PENSTOCK_NATIVE_UNAVAILABLE\)/);
  });
});
