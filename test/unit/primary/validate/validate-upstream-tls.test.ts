import { describe, expect, it } from 'vitest';
import { draftOf } from '../../../support/draft-of.ts';
import { briefly, validateText } from './validate-text.ts';

const service = (text: string, endpoints = '["127.0.0.1:1"]'): string =>
  `services: { a: { endpoints: ${endpoints}, ${text} } }`;
const ON = { serverName: null, caFile: null, verify: true, clientCertFile: null, clientKeyFile: null };

describe('validate: protocol and tls of a service', () => {
  it.each([
    ['keepalive: {}', 'http1', null],
    ['protocol: http1, tls: off', 'http1', null],
    ['tls: on', 'http1', ON],
    ['tls: { verify: false }', 'http1', { ...ON, verify: false }],
    ['protocol: http1, tls: { ca_file: ca.pem }', 'http1', { ...ON, caFile: '/etc/penstock/ca.pem' }],
    ['protocol: h2c', 'h2c', null],
    ['protocol: h2c, tls: off', 'h2c', null],
    ['protocol: h2c, tls: false', 'h2c', null],
    ['protocol: h2', 'h2', ON],
    ['protocol: h2, tls: on', 'h2', ON],
    ['protocol: h2, tls: true', 'h2', ON],
    ['protocol: h2, tls: {}', 'h2', ON],
    ['protocol: h2, tls: { server_name: API.Test. }', 'h2', { ...ON, serverName: 'api.test' }],
    ['protocol: h2, tls: { server_name: "10.0.0.1" }', 'h2', { ...ON, serverName: '10.0.0.1' }],
    ['protocol: h2, tls: { server_name: "::1" }', 'h2', { ...ON, serverName: '::1' }],
    ['protocol: h2, tls: { verify: false }', 'h2', { ...ON, verify: false }],
    [
      'protocol: h2, tls: { ca_file: ca.pem, client_cert_file: /c.pem, client_key_file: ../c.key }',
      'h2',
      { ...ON, caFile: '/etc/penstock/ca.pem', clientCertFile: '/c.pem', clientKeyFile: '/etc/c.key' },
    ],
  ])('accepts %s', (text, protocol, tls) => {
    const [found] = draftOf(service(text)).services;
    expect(found).toMatchObject({ protocol, tls });
  });

  it('watches the files, which are relative to the configuration', () => {
    const text = service(
      'protocol: h2, tls: { ca_file: ca.pem, client_cert_file: c.pem, client_key_file: k.pem }',
    );
    const folder = '/etc/penstock';
    expect(draftOf(text).watchedFiles).toEqual(
      ['penstock.yaml', 'ca.pem', 'c.pem', 'k.pem'].map((name) => `${folder}/${name}`),
    );
  });

  it.each([
    ['protocol: http2', 'BAD_VALUE services.a.protocol'],
    ['protocol: h2c, tls: on', 'CONFLICT services.a.tls'],
    ['protocol: h2c, tls: { verify: false }', 'CONFLICT services.a.tls'],
    ['protocol: h2, tls: off', 'CONFLICT services.a.tls'],
    ['protocol: h2, tls: false', 'CONFLICT services.a.tls'],
    ['protocol: h2, tls: sometimes', 'BAD_VALUE services.a.tls'],
    ['protocol: h2, tls: 1', 'WRONG_TYPE services.a.tls'],
    ['protocol: h2, tls: { ca_files: x }', 'UNKNOWN_KEY services.a.tls.ca_files'],
    ['protocol: h2, tls: { verify: maybe }', 'WRONG_TYPE services.a.tls.verify'],
    ['protocol: h2, tls: { ca_file: "" }', 'BAD_VALUE services.a.tls.ca_file'],
    ['protocol: h2, tls: { server_name: "*.a.test" }', 'BAD_HOST services.a.tls.server_name'],
    ['protocol: h2, tls: { server_name: "a.test:443" }', 'BAD_HOST services.a.tls.server_name'],
    ['protocol: h2, tls: { client_cert_file: c.pem }', 'MISSING_KEY services.a.tls'],
    ['protocol: h2, tls: { client_key_file: c.key }', 'MISSING_KEY services.a.tls'],
    ['protocol: h2, tls: { verify: false, ca_file: ca.pem }', 'CONFLICT services.a.tls.ca_file'],
  ])('rejects %s (%s)', (text, problem) => {
    expect(briefly(validateText(service(text)).problems)).toEqual([problem]);
  });

  it('wants a name for a unix socket, unless nothing is verified', () => {
    const endpoints = '["127.0.0.1:1", "unix:/run/a.sock"]';
    const problems = (text: string) => briefly(validateText(service(text, endpoints)).problems);
    expect(problems('protocol: h2')).toEqual(['MISSING_KEY services.a.endpoints[1]']);
    expect(problems('tls: on')).toEqual(['MISSING_KEY services.a.endpoints[1]']);
    expect(problems('tls: { server_name: a.test }')).toEqual([]);
    expect(problems('protocol: http1')).toEqual([]);
    expect(problems('protocol: h2, tls: { server_name: a.test }')).toEqual([]);
    expect(problems('protocol: h2, tls: { verify: false }')).toEqual([]);
    expect(problems('protocol: h2c')).toEqual([]);
  });

  it('reports what does not fit beside what is wrong elsewhere', () => {
    const { problems } = validateText(service('protocol: h2c, tls: on, balance: nope'));
    expect(briefly(problems)).toEqual(['CONFLICT services.a.tls', 'BAD_VALUE services.a.balance']);
  });

  it('suggests the key that was meant', () => {
    const [problem] = validateText(service('protocol: h2, tls: { server_nam: x }')).problems;
    expect(problem?.suggestion).toBe('server_name');
  });
});
