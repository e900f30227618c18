import { describe, expect, it } from 'vitest';
import { awsHeaders } from '../../../../../../../src/primary/certs/acme/challenge/dns-providers/aws-signature.ts';

const KEYS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: '',
};

/** Cases of AWS's published test suite for Signature Version 4: the credentials, time and signatures are theirs. */
const SUITE = [
  ['get-vanilla', 'GET', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  ['post-vanilla', 'POST', '/', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'get-vanilla-query-order-key-case',
    'GET',
    '/?Param2=value2&Param1=value1',
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  [
    'get-vanilla-query-unreserved',
    'GET',
    '/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
    '9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197',
  ],
] as const;

const sign = (method: string, path: string, sessionToken = ''): Readonly<Record<string, string>> =>
  awsHeaders(
    {
      method,
      url: new URL(`https://example.amazonaws.com${path}`),
      body: '',
      region: 'us-east-1',
      service: 'service',
      epochMs: Date.UTC(2015, 7, 30, 12, 36, 0),
    },
    { ...KEYS, sessionToken },
  );

describe('aws-signature', () => {
  it.each(SUITE)('signs %s as published', (_, method, path, signature) => {
    expect(sign(method, path)).toEqual({
      'x-amz-date': '20150830T123600Z',
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    });
  });

  it('signs the token of temporary credentials, too', () => {
    const { authorization, 'x-amz-security-token': token } = sign('GET', '/', 'temporary');
    expect(token).toBe('temporary');
    expect(authorization).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token,');
    expect(authorization).not.toBe(sign('GET', '/', 'other').authorization);
  });
});
