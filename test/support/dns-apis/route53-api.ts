/** Route 53's API as far as TXT records need it (docs.aws.amazon.com/Route53). Each page has one zone; the first change takes two looks to be in sync. */

import { systemClock } from '../../../src/kit/clock.ts';
import {
  type AwsCredentials,
  awsHeaders,
} from '../../../src/primary/certs/acme/challenge/dns-providers/aws-signature.ts';
import { makeRoute53 } from '../../../src/primary/certs/acme/challenge/dns-providers/route53.ts';
import {
  type ApiBed,
  type ApiReply,
  type ApiRequest,
  type DnsApi,
  inZone,
  zoneId,
  zoneOfId,
} from './api-bed.ts';

export const ROUTE53_SECRET = 'wJalrXUtnFEMI+K7MDENG+bPxRfiCYEXAMPLEKEY';
export const ROUTE53_SESSION = 'session-token-0123456789';
const FIRST_LOOKS = 2;
const TTL = '300';

const credentials = (secretAccessKey: string): AwsCredentials => ({
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey,
  sessionToken: ROUTE53_SESSION,
});
const xml = (status: number, body: string): ApiReply => ({ status, body: `<?xml version="1.0"?>\n${body}` });
const failed = (status: number, code: string, message: string): ApiReply =>
  xml(
    status,
    `<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
  );
const looks = new WeakMap<ApiBed, Map<string, number>>();

export const route53Api: DnsApi = {
  name: 'route53',
  stored: (value) => `"${value}"`,
  pageSize: 1,
  make: (bed, secret) => makeRoute53({ credentials: credentials(secret), base: bed.url, clock: systemClock }),
  answer: (request, bed) => {
    const { method, path, query, body } = request;
    if (!isSigned(request, bed))
      return failed(403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match');
    if (path === '/2013-04-01/hostedzonesbyname') return listZones(bed, query);
    const [, change] = /^\/2013-04-01\/change\/(\w+)$/.exec(path) ?? [];
    if (change !== undefined) {
      const left = (looks.get(bed)?.get(change) ?? 0) - 1;
      looks.get(bed)?.set(change, left);
      return xml(
        200,
        `<GetChangeResponse>${changeInfo(change, left > 0 ? 'PENDING' : 'INSYNC')}</GetChangeResponse>`,
      );
    }
    const [, id = ''] = /^\/2013-04-01\/hostedzone\/(\w+)\/rrset$/.exec(path) ?? [];
    const zone = zoneOfId(id);
    if (!bed.zones.has(zone)) return failed(404, 'NoSuchHostedZone', 'No hosted zone found with ID');
    return method === 'GET' ? readSet(bed, zone, query) : changeSet(bed, zone, body);
  },
};

/** Signed anew from what arrived: `aws-signature.test.ts` shows that the signature itself is right. */
function isSigned({ method, path, query, headers, body }: ApiRequest, bed: ApiBed): boolean {
  const url = new URL(`${bed.url}${path}?${query}`);
  const time = String(headers['x-amz-date']).replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
    '$1-$2-$3T$4:$5:$6Z',
  );
  const expected = awsHeaders(
    { method, url, body, region: 'us-east-1', service: 'route53', epochMs: Date.parse(time) },
    credentials(ROUTE53_SECRET),
  );
  return (
    headers.authorization === expected.authorization && headers['x-amz-security-token'] === ROUTE53_SESSION
  );
}

/** In the order of names from the top, private zones among them. */
function listZones(bed: ApiBed, query: URLSearchParams): ApiReply {
  const key = (name: string): string => name.split('.').reverse().join('.');
  const all = [...bed.zones.keys()]
    .flatMap((name) => [
      { name, id: `P${zoneId(name)}`, isPrivate: true },
      { name, id: zoneId(name), isPrivate: false },
    ])
    .sort((a, b) => (key(a.name) < key(b.name) ? -1 : 1));
  const from = (query.get('dnsname') ?? '').replace(/\.$/, '');
  const start = all.findIndex(({ name, id }) => {
    const wanted = query.get('hostedzoneid');
    return wanted === null ? key(name) >= key(from) : id === wanted;
  });
  const zone = start < 0 ? undefined : all[start];
  const next = start < 0 ? undefined : all[start + 1];
  const zones =
    zone === undefined
      ? ''
      : `<HostedZone><Id>/hostedzone/${zone.id}</Id><Name>${zone.name}.</Name><Config><Comment>a &amp; b</Comment><PrivateZone>${zone.isPrivate}</PrivateZone></Config></HostedZone>`;
  const more =
    next === undefined
      ? '<IsTruncated>false</IsTruncated>'
      : `<IsTruncated>true</IsTruncated><NextDNSName>${next.name}.</NextDNSName><NextHostedZoneId>${next.id}</NextHostedZoneId>`;
  return xml(
    200,
    `<ListHostedZonesByNameResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><HostedZones>${zones}</HostedZones>${more}<MaxItems>1</MaxItems></ListHostedZonesByNameResponse>`,
  );
}

/** Begins at the name asked for, so that a name without records gives one that follows it. */
function readSet(bed: ApiBed, zone: string, query: URLSearchParams): ApiReply {
  const name = inZone((query.get('name') ?? '').replace(/\.$/, ''), zone);
  const values = bed.values(zone, name);
  const set = values.length > 0 ? setXml(`${name}.${zone}`, values) : setXml(`zzz.${zone}`, ['"other"']);
  return xml(
    200,
    `<ListResourceRecordSetsResponse><ResourceRecordSets>${set}</ResourceRecordSets><IsTruncated>true</IsTruncated></ListResourceRecordSetsResponse>`,
  );
}

function setXml(name: string, values: readonly string[]): string {
  const records = values.map(
    (value) => `<ResourceRecord><Value>${value.replaceAll('"', '&quot;')}</Value></ResourceRecord>`,
  );
  return `<ResourceRecordSet><Name>${name}.</Name><Type>TXT</Type><TTL>${TTL}</TTL><ResourceRecords>${records.join('')}</ResourceRecords></ResourceRecordSet>`;
}

/** All changes or none. */
function changeSet(bed: ApiBed, zone: string, body: string): ApiReply {
  const next = new Map<string, string[]>();
  for (const [, change = ''] of body.matchAll(/<Change>(.*?)<\/Change>/gs)) {
    const of = (tag: string): string[] =>
      [...change.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))].map(([, text = '']) => text);
    const name = inZone((of('Name')[0] ?? '').replace(/\.$/, ''), zone);
    const present = next.get(name) ?? bed.values(zone, name);
    const [action = '', values] = [of('Action')[0], of('Value')];
    const isSame = values.length === present.length && values.every((value) => present.includes(value));
    if (action === 'DELETE' && (!isSame || of('TTL')[0] !== TTL))
      return failed(400, 'InvalidChangeBatch', 'the values provided do not match the current values');
    if (action === 'CREATE' && present.length > 0)
      return failed(400, 'InvalidChangeBatch', 'it already exists');
    next.set(name, action === 'DELETE' ? [] : values);
  }
  for (const [name, values] of next) bed.values(zone, name).splice(0, Infinity, ...values);
  const changes = looks.get(bed) ?? new Map<string, number>();
  looks.set(bed, changes);
  const id = `C${changes.size}`;
  changes.set(id, changes.size === 0 ? FIRST_LOOKS : 1);
  return xml(
    200,
    `<ChangeResourceRecordSetsResponse>${changeInfo(id, 'PENDING')}</ChangeResourceRecordSetsResponse>`,
  );
}

function changeInfo(id: string, status: string): string {
  return `<ChangeInfo><Id>/change/${id}</Id><Status>${status}</Status><SubmittedAt>2026-01-01T00:00:00Z</SubmittedAt></ChangeInfo>`;
}
