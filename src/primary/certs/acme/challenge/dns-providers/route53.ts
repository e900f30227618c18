/**
 * Amazon Route 53 (API 2013-04-01, XML, requests signed by `aws-signature.ts`). Primary thread. It keeps all values of a name as one set, which
 * is read, changed and written whole. A change takes the set away exactly as it was read and makes it anew, in one transaction: where somebody
 * else changed it in between the transaction fails, and it is read again. So no value of others is lost, whoever they are.
 */

import type { Clock } from '../../../../../kit/clock.ts';
import { challengeError } from '../challenge-problem.ts';
import { pause } from '../pause.ts';
import { type AwsCredentials, awsHeaders } from './aws-signature.ts';
import { HttpApi } from './http-api.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { type DnsProvider, RECORD_TTL_S } from './provider.ts';
import { quoted } from './txt-content.ts';
import { elements, elementText, escapeXml } from './xml.ts';
import { searchZone } from './zone-search.ts';

const BASE = 'https://route53.amazonaws.com';
const VERSION = '/2013-04-01';
/** Route 53 is one service for the whole world, and signs with this region. */
const REGION = 'us-east-1';
const NAMESPACE = 'https://route53.amazonaws.com/doc/2013-04-01/';
const MAX_CHANGE_TRIES = 5;
const MAX_ZONE_PAGES = 20;
const FIRST_LOOK_MS = 500;
const MAX_LOOK_MS = 4_000;
/** It says that a change takes 60 seconds as a rule. */
const MAX_LOOKS = 60;

const REFUSALS: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'ExpiredToken',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'InvalidSignature',
  'MissingAuthenticationToken',
  'OptInRequired',
  'RequestExpired',
  'SignatureDoesNotMatch',
]);
/** Answered with 400. */
const BUSY: ReadonlySet<string> = new Set(['PriorRequestNotComplete', 'Throttling', 'ThrottlingException']);
const OUTRUN = 'InvalidChangeBatch';

export interface Route53Facts {
  readonly credentials: AwsCredentials;
  readonly region?: string | undefined;
  /** Used in place of a search. */
  readonly hostedZoneId?: string | undefined;
  readonly base?: string | undefined;
  readonly clock: Clock;
}

/** All TXT values of a name, quoted as Route 53 has them; none: the name has none. */
interface TxtSet {
  readonly ttl: string;
  readonly values: readonly string[];
}

export function makeRoute53(facts: Route53Facts): DnsProvider {
  const { credentials, region = REGION, hostedZoneId, base = BASE, clock } = facts;
  const api = new HttpApi({
    provider: 'Route 53',
    base,
    needs:
      'access_key_id and secret_access_key have to belong to a user or role that may do route53:ListHostedZonesByName, ListResourceRecordSets, ChangeResourceRecordSets and GetChange; a clock that is off also reads so',
    secrets: [credentials.secretAccessKey, credentials.sessionToken],
    authorize: ({ method, body = '' }, url) =>
      awsHeaders({ method, url, body, region, service: 'route53', epochMs: clock.epochMs() }, credentials),
    wordsOf: ({ text }) => [codeOf(text), elementText(text, 'Message')].filter(Boolean).join(': '),
    isRefusal: ({ status, text }) => status === 401 || status === 403 || REFUSALS.has(codeOf(text)),
    isBusy: ({ text }) => BUSY.has(codeOf(text)),
  });
  // A change that comes while another one of its zone is under way is refused (PriorRequestNotComplete).
  const queue = new KeyedQueue();

  const get = async (path: string, doing: string, signal: AbortSignal): Promise<string> => {
    const answer = await api.ask({ method: 'GET', path: VERSION + path }, doing, signal);
    if (answer.status !== 200) throw api.failure(answer, doing);
    return answer.text;
  };

  /** The public zone of exactly this name. Zones of one name follow each other in the list, private ones among them. */
  const findZone = async (name: string, signal: AbortSignal): Promise<string | null> => {
    const doing = `to look for the hosted zone ${name}`;
    let query = new URLSearchParams({ dnsname: `${name}.` });
    for (let page = 0; page < MAX_ZONE_PAGES; page++) {
      const xml = await get(`/hostedzonesbyname?${query}`, doing, signal);
      for (const zone of elements(xml, 'HostedZone')) {
        if (elementText(zone, 'Name') !== `${name}.`) return null;
        if (elementText(zone, 'PrivateZone') !== 'true')
          return elementText(zone, 'Id').replace('/hostedzone/', '');
      }
      if (elementText(xml, 'IsTruncated') !== 'true') return null;
      query = new URLSearchParams({
        dnsname: elementText(xml, 'NextDNSName'),
        hostedzoneid: elementText(xml, 'NextHostedZoneId'),
      });
    }
    return null;
  };

  const zoneOf = async (name: string, signal: AbortSignal): Promise<string> =>
    hostedZoneId ?? (await searchZone(api.provider, name, (candidate) => findZone(candidate, signal)));

  const read = async (zone: string, name: string, signal: AbortSignal): Promise<TxtSet> => {
    const query = new URLSearchParams({ name: `${name}.`, type: 'TXT', maxitems: '1' });
    const xml = await get(`/hostedzone/${zone}/rrset?${query}`, `to read the TXT records of ${name}`, signal);
    const [set = ''] = elements(xml, 'ResourceRecordSet');
    // The list begins at the name and goes on with others.
    if (elementText(set, 'Name') !== `${name}.` || elementText(set, 'Type') !== 'TXT')
      return { ttl: '', values: [] };
    const values = elements(set, 'ResourceRecord').map((record) => elementText(record, 'Value'));
    return { ttl: elementText(set, 'TTL'), values };
  };

  /** Resolves when every server of Route 53 has the change. */
  const inSync = async (change: string, doing: string, signal: AbortSignal): Promise<void> => {
    for (let looks = 0; looks < MAX_LOOKS; looks++) {
      const xml = await get(change, doing, signal);
      if (elementText(xml, 'Status') === 'INSYNC') return;
      await pause(Math.min(FIRST_LOOK_MS * 2 ** looks, MAX_LOOK_MS), signal);
    }
    throw challengeError(
      'dns_propagation',
      `Route 53 does not spread its change ${doing}; its status stays PENDING`,
    );
  };

  /** The path of the change; null: there was none to make. */
  const alter = async (
    zone: string,
    name: string,
    doing: string,
    next: (values: readonly string[]) => readonly string[],
    signal: AbortSignal,
  ): Promise<string | null> => {
    for (let tries = 1; ; tries++) {
      const before = await read(zone, name, signal);
      const values = next(before.values);
      if (values.length === before.values.length) return null;
      const ttl = before.ttl === '' ? String(RECORD_TTL_S) : before.ttl;
      const body = changeXml(name, before, { ttl, values });
      const answer = await api.ask(
        { method: 'POST', path: `${VERSION}/hostedzone/${zone}/rrset`, body, contentType: 'application/xml' },
        doing,
        signal,
      );
      if (answer.status === 200) return elementText(answer.text, 'Id');
      if (tries === MAX_CHANGE_TRIES || codeOf(answer.text) !== OUTRUN) throw api.failure(answer, doing);
      await pause(FIRST_LOOK_MS * tries, signal);
    }
  };

  return {
    async present(name, value, signal) {
      const zone = await zoneOf(name, signal);
      const doing = `to add the TXT record ${name}`;
      const add = (values: readonly string[]): readonly string[] =>
        values.includes(quoted(value)) ? values : [...values, quoted(value)];
      const change = await queue.run(zone, () => alter(zone, name, doing, add, signal));
      if (change !== null) await inSync(change, doing, signal);
    },

    async cleanUp(name, value, signal) {
      const zone = await zoneOf(name, signal);
      const doing = `to delete the TXT record ${name}`;
      const take = (values: readonly string[]): readonly string[] =>
        values.filter((other) => other !== quoted(value));
      await queue.run(zone, () => alter(zone, name, doing, take, signal));
    },
  };
}

/** Of an ErrorResponse; an InvalidChangeBatch may be a document of its own. */
function codeOf(text: string): string {
  if (text.includes(`<${OUTRUN}`)) return OUTRUN;
  return elementText(text, 'Code');
}

function changeXml(name: string, before: TxtSet, after: TxtSet): string {
  const changes = [changeOf('DELETE', name, before), changeOf('CREATE', name, after)].join('');
  return `<?xml version="1.0" encoding="UTF-8"?><ChangeResourceRecordSetsRequest xmlns="${NAMESPACE}"><ChangeBatch><Changes>${changes}</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`;
}

/** Nothing for a set without values. */
function changeOf(action: 'CREATE' | 'DELETE', name: string, { ttl, values }: TxtSet): string {
  if (values.length === 0) return '';
  const records = values
    .map((value) => `<ResourceRecord><Value>${escapeXml(value)}</Value></ResourceRecord>`)
    .join('');
  return `<Change><Action>${action}</Action><ResourceRecordSet><Name>${escapeXml(name)}.</Name><Type>TXT</Type><TTL>${ttl}</TTL><ResourceRecords>${records}</ResourceRecords></ResourceRecordSet></Change>`;
}
