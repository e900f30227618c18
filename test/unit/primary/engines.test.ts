import { afterEach, describe, expect, it } from 'vitest';
import { Engines } from '../../../src/primary/engines.ts';
import { draftOf } from '../../support/draft-of.ts';

const draft = (engine: string, limits = '') => draftOf(`listen: { engine: ${engine} }\n${limits}`);
const codes = (engines: Engines, engine: string, limits = '') =>
  engines.problems(draft(engine, limits)).map(({ code, path }) => `${code} ${path}`);

describe('Engines', () => {
  const limit = process.env.UWS_HTTP_MAX_HEADERS_SIZE;
  afterEach(() => {
    if (limit === undefined) delete process.env.UWS_HTTP_MAX_HEADERS_SIZE;
    else process.env.UWS_HTTP_MAX_HEADERS_SIZE = limit;
  });

  it.each(['auto', 'node'])('need nothing native for %s', (engine) => {
    const engines = new Engines({ PENSTOCK_UWS: '/nonexistent/uws.node' });
    engines.prepare(draft(engine));
    expect(codes(engines, engine)).toEqual([]);
  });

  it('refuse to start uws where its file is missing', () => {
    const engines = new Engines({ PENSTOCK_UWS: '/nonexistent/uws.node' });
    expect(() => engines.prepare(draft('uws'))).toThrow(/\/nonexistent\/uws\.node/);
  });

  it('report it as a problem of a reload', () => {
    const engines = new Engines({ PENSTOCK_UWS: '/nonexistent/uws.node' });
    engines.prepare(draft('auto'));
    expect(codes(engines, 'uws')).toEqual(['ENGINE_UNAVAILABLE listen.engine']);
  });

  it('let the head of uws grow by a restart only, and that of node at once', () => {
    const engines = new Engines(process.env);
    const large = 'limits: { header_bytes: 64KiB }\n';
    expect(codes(engines, 'uws')).toEqual([]);
    expect(codes(engines, 'uws', large)).toEqual(['RESTART_NEEDED limits']);
    expect(codes(engines, 'uws', 'limits: { header_bytes: 1KiB }\n')).toEqual([]);
    expect(codes(engines, 'auto', large)).toEqual([]);
  });
});
