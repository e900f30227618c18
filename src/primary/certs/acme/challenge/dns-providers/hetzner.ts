/**
 * Hetzner (Cloud API: docs.hetzner.cloud, "Zones", "Zone RRSets", "Zone RRSet Actions"), the API of zones in Hetzner Console. The older one of
 * the DNS Console, dns.hetzner.com, ended in May 2026. Primary thread. Values are added to and removed from a name as actions, which run
 * on their own and are waited for. Errors are `{error: {code, message}}`.
 */

import { relativeName } from '../../../../dns/dns-name.ts';
import { challengeError } from '../challenge-problem.ts';
import { pause } from '../pause.ts';
import { type ApiAnswer, bearer, HttpApi, jsonBody } from './http-api.ts';
import { at, recordsOf, textOf } from './json.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { type DnsProvider, RECORD_TTL_S } from './provider.ts';
import { quoted } from './txt-content.ts';
import { searchZone } from './zone-search.ts';

const BASE = 'https://api.hetzner.cloud/v1';
const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 2_000;
const MAX_LOOKS = 60;

export function makeHetzner(token: string, base: string = BASE): DnsProvider {
  const api = new HttpApi({
    provider: 'Hetzner',
    base,
    needs:
      'api_token has to be a token with "Read & Write" of the project in Hetzner Console that holds the zone (tokens of the former DNS Console do not work)',
    secrets: [token],
    authorize: () => bearer(token),
    // Somebody else changed the zone at the same time.
    isBusy: ({ json }) => at(json, 'error', 'code') === 'conflict',
    wordsOf: ({ json }) =>
      [textOf(at(json, 'error', 'message')), textOf(at(json, 'error', 'code'))]
        .filter(Boolean)
        .join(', code '),
  });
  // Two actions of a zone at once lock each other out.
  const queue = new KeyedQueue();

  const zoneOf = (name: string, signal: AbortSignal): Promise<string> =>
    searchZone(api.provider, name, async (candidate) => {
      const path = `/zones/${encodeURIComponent(candidate)}`;
      return (await api.find(path, `to look for the zone ${candidate}`, signal)) && candidate;
    });

  const has = async (set: string, value: string, doing: string, signal: AbortSignal): Promise<boolean> => {
    const answer = await api.find(set, doing, signal);
    return recordsOf(at(answer?.json, 'rrset', 'records')).some((record) => record.value === quoted(value));
  };

  const act = async (
    set: string,
    action: 'add_records' | 'remove_records',
    content: unknown,
    doing: string,
    signal: AbortSignal,
  ): Promise<ApiAnswer> => {
    const wish = { method: 'POST', path: `${set}/actions/${action}`, ...jsonBody(content) } as const;
    let answer = await api.ask(wish, doing, signal);
    const accepted = answer;
    if (!api.isSuccess(accepted)) return accepted;
    const path = `/actions/${textOf(at(answer.json, 'action', 'id'))}`;
    for (let looks = 0; looks < MAX_LOOKS; looks++) {
      const status = textOf(at(answer.json, 'action', 'status'));
      if (status === 'success') return accepted;
      if (status === 'error') {
        const words = api.clean(textOf(at(answer.json, 'action', 'error', 'message')));
        throw challengeError('dns_provider', `Hetzner failed ${doing}: ${words}`);
      }
      await pause(Math.min(FIRST_PAUSE_MS * 2 ** looks, MAX_PAUSE_MS), signal);
      answer = await api.want({ method: 'GET', path }, doing, signal);
    }
    throw challengeError('dns_provider', `Hetzner did not get done ${doing}`);
  };

  return {
    async present(name, value, signal) {
      const zone = await zoneOf(name, signal);
      const doing = `to add the TXT record ${name}`;
      const records = [{ value: quoted(value) }];
      await queue.run(zone, async () => {
        const set = setPath(zone, name);
        if (await has(set, value, doing, signal)) return;
        const added = await act(set, 'add_records', { ttl: RECORD_TTL_S, records }, doing, signal);
        // The answer to an earlier try may have been lost.
        if (api.isSuccess(added) || (await has(set, value, doing, signal))) return;
        if (added.status !== 422) throw api.failure(added, doing);
        // A set that exists keeps its time to live: naming another one is an error.
        const again = await act(set, 'add_records', { records }, doing, signal);
        if (!api.isSuccess(again)) throw api.failure(again, doing);
      });
    },

    async cleanUp(name, value, signal) {
      const zone = await zoneOf(name, signal);
      const doing = `to delete the TXT record ${name}`;
      await queue.run(zone, async () => {
        const set = setPath(zone, name);
        if (!(await has(set, value, doing, signal))) return;
        const answer = await act(
          set,
          'remove_records',
          { records: [{ value: quoted(value) }] },
          doing,
          signal,
        );
        // The answer to an earlier try may have been lost.
        if (!api.isSuccess(answer) && (await has(set, value, doing, signal)))
          throw api.failure(answer, doing);
      });
    },
  };
}

function setPath(zone: string, name: string): string {
  return `/zones/${encodeURIComponent(zone)}/rrsets/${encodeURIComponent(relativeName(name, zone))}/TXT`;
}
