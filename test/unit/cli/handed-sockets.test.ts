import { expect, it } from 'vitest';
import { inheritanceOf, takeInherited } from '../../../src/cli/handed-sockets.ts';

const SOCKETS = [
  { listener: 'http :80', host: '', port: 80, fd: 21 },
  { listener: 'admin 127.0.0.1:9180', host: '127.0.0.1', port: 9180, fd: 22 },
];
const [VARIABLE = ''] = Object.keys(inheritanceOf(SOCKETS).env);

it('names what the descriptors are, in their order, and nothing where there are none', () => {
  const { fds, env } = inheritanceOf(SOCKETS);
  expect(fds).toEqual([21, 22]);
  expect(JSON.parse(env[VARIABLE] ?? '')).toEqual(SOCKETS.map(({ fd: _, ...named }) => named));
  expect(inheritanceOf([])).toEqual({ fds: [], env: {} });
});

it.each([
  ['nothing', undefined],
  ['no JSON', '['],
  ['no list', '{}'],
  ['something that is no socket', '[{"listener":"a","host":"","port":"80"}]'],
  ['null', '[null]'],
])('has inherited nothing from %s', (_what, text) => {
  const env = { ...(text === undefined ? {} : { [VARIABLE]: text }), OTHER: 'stays' };
  expect(takeInherited(env)).toEqual([]);
  expect(env).toEqual({ OTHER: 'stays' });
});

it('leaves out what is no open descriptor', () => {
  const named = Array.from({ length: 5_000 }, () => ({ listener: 'a', host: '', port: 80 }));
  expect(takeInherited({ [VARIABLE]: JSON.stringify(named) }).length).toBeLessThan(5_000);
});
