/**
 * Hostinger (developers.hostinger.com, "DNS: Zone"). Primary thread. A zone is read and written by name and type: PUT with `overwrite: false`
 * adds to the values of a name, with `true` it replaces them; DELETE takes all values of a name. So a value is added at once, and taken away
 * by reading and replacing, one change of a zone after the other. Errors are `{message, errors: {field: [words]}, correlation_id}`.
 *
 * The API does not tell a domain without records from one that is not there, so the zone is what DNS says it is.
 */

import { relativeName } from '../../../../dns/dns-name.ts';
import { challengeError } from '../challenge-problem.ts';
import { bearer, HttpApi, jsonBody } from './http-api.ts';
import { at, type JsonRecord, recordsOf, textOf } from './json.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { type DnsProvider, RECORD_TTL_S } from './provider.ts';
import { isContent } from './txt-content.ts';

const BASE = 'https://developers.hostinger.com';
/** Of a domain that the account does not have. */
const NOT_OURS: ReadonlySet<number> = new Set([404, 422]);

/** `zoneOf`: the zone of a name, by DNS. */
export function makeHostinger(
  token: string,
  zoneOf: (name: string, signal: AbortSignal) => Promise<string>,
  base: string = BASE,
): DnsProvider {
  const api = new HttpApi({
    provider: 'Hostinger',
    base,
    needs: 'api_token has to be an API token of the account that holds the domain, and not expired',
    secrets: [token],
    authorize: () => bearer(token),
    wordsOf: ({ json }) =>
      [textOf(at(json, 'message')), ...fieldWords(at(json, 'errors'))].filter(Boolean).join('; '),
  });
  const queue = new KeyedQueue();

  const change = async (
    method: 'PUT' | 'DELETE',
    zone: string,
    content: unknown,
    doing: string,
    signal: AbortSignal,
  ): Promise<void> => {
    await api.want({ method, path: pathOf(zone), ...jsonBody(content) }, doing, signal);
  };

  /** The records of a zone, a set for each name and type. */
  const read = async (zone: string, name: string, signal: AbortSignal): Promise<readonly JsonRecord[]> => {
    const doing = `to read the records of ${zone}`;
    const answer = await api.ask({ method: 'GET', path: pathOf(zone) }, doing, signal);
    if (NOT_OURS.has(answer.status))
      throw challengeError(
        'dns_zone_missing',
        `Hostinger: no zone ${zone} (which DNS says holds ${name}) in this account. Check that the domain is there and uses Hostinger's name servers`,
      );
    if (!api.isSuccess(answer)) throw api.failure(answer, doing);
    return recordsOf(answer.json);
  };

  return {
    async present(name, value, signal) {
      const zone = await zoneOf(name, signal);
      const own = relativeName(name, zone);
      await queue.run(zone, async () => {
        // It would take the same value twice.
        if (contentsOf(await read(zone, name, signal), own).some((content) => isContent(content, value)))
          return;
        const set = { name: own, type: 'TXT', ttl: RECORD_TTL_S, records: [{ content: value }] };
        await change('PUT', zone, { overwrite: false, zone: [set] }, `to add the TXT record ${name}`, signal);
      });
    },

    async cleanUp(name, value, signal) {
      const zone = await zoneOf(name, signal);
      const own = relativeName(name, zone);
      await queue.run(zone, async () => {
        const sets = await read(zone, name, signal);
        const contents = contentsOf(sets, own);
        const others = contents.filter((content) => !isContent(content, value));
        if (others.length === contents.length) return;
        const doing = `to delete the TXT record ${name}`;
        if (others.length === 0) {
          await change('DELETE', zone, { filters: [{ name: own, type: 'TXT' }] }, doing, signal);
          return;
        }
        const ttl = sets.find((set) => isTxtOf(set, own))?.ttl ?? RECORD_TTL_S;
        const set = { name: own, type: 'TXT', ttl, records: others.map((content) => ({ content })) };
        await change('PUT', zone, { overwrite: true, zone: [set] }, doing, signal);
      });
    },
  };
}

function pathOf(zone: string): string {
  return `/api/dns/v1/zones/${encodeURIComponent(zone)}`;
}

function isTxtOf(set: JsonRecord, name: string): boolean {
  return set.name === name && set.type === 'TXT';
}

function contentsOf(sets: readonly JsonRecord[], name: string): readonly string[] {
  return sets
    .filter((set) => isTxtOf(set, name))
    .flatMap((set) => recordsOf(set.records).map(({ content }) => textOf(content)));
}

function fieldWords(errors: unknown): readonly string[] {
  if (typeof errors !== 'object' || errors === null) return [];
  return Object.values(errors).flatMap((words) => (Array.isArray(words) ? words.map(textOf) : []));
}
