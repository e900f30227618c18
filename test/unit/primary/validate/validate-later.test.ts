import { describe, expect, it } from 'vitest';
import { briefly, validateText } from './validate-text.ts';

const inService = (text: string): string => `services: { a: { endpoints: [], ${text} } }`;
const inRoute = (text: string): string => `routes: [{ respond: {}, ${text} }]`;

describe('validate: what is not built yet', () => {
  it.each([
    ['listen: { http: "unix:/run/x.sock" }', 'listen.http'],
    ['tcp: []', 'tcp'],
    ['cluster: { etcd: {} }', 'cluster'],
  ])('rejects %s (NOT_SUPPORTED_YET)', (text, path) => {
    const { draft, problems } = validateText(text);
    expect(draft).toBeNull();
    expect(briefly(problems)).toEqual([`NOT_SUPPORTED_YET ${path}`]);
    expect(problems[0]?.message).toContain('is not built yet');
  });

  it.each([
    'listen: { engine: uws, http2: false }',
    'limits: { connections: 0 }',
    'acme: { enabled: false }',
    inService('tls: off, protocol: http1, proxy_protocol: false'),
    inService('tls: false'),
    inRoute('tls: off, websocket: true'),
    inRoute('tls: false'),
  ])('accepts %s, which says the same as nothing', (text) => {
    expect(briefly(validateText(text).problems)).toEqual([]);
  });
});
