/**
 * DigitalOcean (API v2: docs.digitalocean.com/reference/api, "Domains", "Domain Records"). Primary thread. The token needs the scopes
 * domain:read, domain:create, domain:delete. Errors are `{id, message}`; lists come in pages, `links.pages.next` while there are more.
 */

import { relativeName } from '../../../../dns/dns-name.ts';
import { challengeError } from '../challenge-problem.ts';
import { type ApiAnswer, bearer, HttpApi } from './http-api.ts';
import { at, recordsOf, textOf } from './json.ts';
import { type DnsProvider, RECORD_TTL_S } from './provider.ts';
import { isContent } from './txt-content.ts';
import { searchZone } from './zone-search.ts';

const BASE = 'https://api.digitalocean.com/v2';
const PER_PAGE = 200;
/** A name has a handful of TXT records, not thousands. */
const MAX_PAGES = 50;
const NOT_FOUND = 404;

export function makeDigitalOcean(token: string, base: string = BASE): DnsProvider {
  const api = new HttpApi({
    provider: 'DigitalOcean',
    base,
    needs: 'api_token needs the scopes domain:read, domain:create and domain:delete',
    secrets: [token],
    authorize: () => bearer(token),
    wordsOf: ({ json }) => textOf(at(json, 'message')),
  });

  const zoneOf = (name: string, signal: AbortSignal): Promise<string> =>
    searchZone(api.provider, name, async (candidate) => {
      const doing = `to look for the domain ${candidate}`;
      const answer = await api.ask(
        { method: 'GET', path: `/domains/${encodeURIComponent(candidate)}` },
        doing,
        signal,
      );
      if (answer.status === NOT_FOUND) return null;
      if (!isSuccess(answer)) throw api.failure(answer, doing);
      return candidate;
    });

  /** The ids of the TXT records of a name with this value. */
  const find = async (
    zone: string,
    name: string,
    value: string,
    signal: AbortSignal,
  ): Promise<readonly string[]> => {
    const doing = `to list the TXT records of ${name}`;
    const ids: string[] = [];
    for (let page = 1; page <= MAX_PAGES; page++) {
      const query = new URLSearchParams({
        type: 'TXT',
        name,
        page: String(page),
        per_page: String(PER_PAGE),
      });
      const answer = await api.ask(
        { method: 'GET', path: `/domains/${zone}/records?${query}` },
        doing,
        signal,
      );
      if (!isSuccess(answer)) throw api.failure(answer, doing);
      const found = recordsOf(at(answer.json, 'domain_records'));
      const own = relativeName(name, zone);
      ids.push(
        ...found
          .filter((record) => record.name === own && isContent(textOf(record.data), value))
          .map(({ id }) => textOf(id)),
      );
      if (textOf(at(answer.json, 'links', 'pages', 'next')) === '') return ids;
    }
    throw challengeError('dns_provider', `DigitalOcean: more than ${MAX_PAGES} pages ${doing}`);
  };

  return {
    async present(name, value, signal) {
      const zone = await zoneOf(name, signal);
      // It takes the same record twice, and both would then have to be deleted.
      if ((await find(zone, name, value, signal)).length > 0) return;
      const doing = `to add the TXT record ${name}`;
      const body = JSON.stringify({
        type: 'TXT',
        name: relativeName(name, zone),
        data: value,
        ttl: RECORD_TTL_S,
      });
      const answer = await api.ask(
        { method: 'POST', path: `/domains/${zone}/records`, body, contentType: 'application/json' },
        doing,
        signal,
      );
      if (!isSuccess(answer)) throw api.failure(answer, doing);
    },

    async cleanUp(name, value, signal) {
      const zone = await zoneOf(name, signal);
      for (const id of await find(zone, name, value, signal)) {
        const doing = `to delete the TXT record ${name}`;
        const answer = await api.ask(
          { method: 'DELETE', path: `/domains/${zone}/records/${id}` },
          doing,
          signal,
        );
        if (!isSuccess(answer) && answer.status !== NOT_FOUND) throw api.failure(answer, doing);
      }
    },
  };
}

function isSuccess({ status }: ApiAnswer): boolean {
  return status >= 200 && status < 300;
}
