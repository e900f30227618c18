/**
 * AWS Signature Version 4 for requests with a body in memory (docs.aws.amazon.com/IAM, "AWS Signature Version 4 for API requests"). Pure.
 * The host, the date and, where there is one, the session token are signed.
 */

import { createHash, createHmac } from 'node:crypto';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials; empty for lasting ones. */
  readonly sessionToken: string;
}

export interface AwsRequest {
  readonly method: string;
  readonly url: URL;
  readonly body: string;
  readonly region: string;
  /** "route53" */
  readonly service: string;
  /** Milliseconds since the epoch. */
  readonly epochMs: number;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** The fields that a request needs beside its own. */
export function awsHeaders(
  request: AwsRequest,
  credentials: AwsCredentials,
): Readonly<Record<string, string>> {
  const { method, url, body, region, service, epochMs } = request;
  const time = new Date(epochMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const own: Record<string, string> = { 'x-amz-date': time };
  if (credentials.sessionToken !== '') own['x-amz-security-token'] = credentials.sessionToken;
  const signed = { host: url.host, ...own };
  const names = Object.keys(signed).sort().join(';');
  const canonical = [
    method,
    // Encoded a second time, as every service but S3 wants it.
    url.pathname.split('/').map(encode).join('/'),
    canonicalQuery(url.searchParams),
    ...Object.entries(signed)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}:${value.trim()}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const toSign = [ALGORITHM, time, scope, sha256(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<Buffer | string>(
    (secret, part) => hmac(secret, part),
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = hmac(key, toSign).toString('hex');
  return {
    ...own,
    authorization: `${ALGORITHM} Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

/** Sorted by name, then by value, as encoded. */
function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
}

/** RFC 3986 2.3: everything but unreserved characters, which encodeURIComponent takes too narrowly. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
