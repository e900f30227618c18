/**
 * DigitalOcean (API v2: docs.digitalocean.com/reference/api, "Domains", "Domain Records"). Primary thread. The token needs the scopes
 * domain:read, domain:create, domain:delete. Errors are `{id, message}`; lists come in pages, `links.pages.next` while there are more.
 */

import { relativeName } from '../../../../dns/dns-name.ts';
import { bearer, HttpApi, jsonBody } from './http-api.ts';
import { at, recordsOf, textOf } from './json.ts';
import { type DnsProvider, RECORD_TTL_S } from './provider.ts';
import { idsOnPages } from './record-pages.ts';
import { isContent } from './txt-content.ts';
import { searchZone } from './zone-search.ts';

const BASE = 'https://api.digitalocean.com/v2';
const PER_PAGE = '200';
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
      const path = `/domains/${encodeURIComponent(candidate)}`;
      return (await api.find(path, `to look for the domain ${candidate}`, signal)) && candidate;
    });

  /** The ids of the TXT records of a name with this value. */
  const find = (
    zone: string,
    name: string,
    value: string,
    signal: AbortSignal,
  ): Promise<readonly string[]> => {
    const doing = `to list the TXT records of ${name}`;
    const own = relativeName(name, zone);
    return idsOnPages(api.provider, doing, async (page) => {
      const query = new URLSearchParams({ type: 'TXT', name, page: `${page}`, per_page: PER_PAGE });
      const path = `/domains/${zone}/records?${query}`;
      const { json } = await api.want({ method: 'GET', path }, doing, signal);
      return {
        ids: recordsOf(at(json, 'domain_records'))
          .filter((record) => record.name === own && isContent(textOf(record.data), value))
          .map(({ id }) => textOf(id)),
        isLast: textOf(at(json, 'links', 'pages', 'next')) === '',
      };
    });
  };

  return {
    async present(name, value, signal) {
      const zone = await zoneOf(name, signal);
      // It takes the same record twice, and both would then have to be deleted.
      if ((await find(zone, name, value, signal)).length > 0) return;
      const record = { type: 'TXT', name: relativeName(name, zone), data: value, ttl: RECORD_TTL_S };
      const path = `/domains/${zone}/records`;
      await api.want({ method: 'POST', path, ...jsonBody(record) }, `to add the TXT record ${name}`, signal);
    },

    async cleanUp(name, value, signal) {
      const zone = await zoneOf(name, signal);
      const doing = `to delete the TXT record ${name}`;
      for (const id of await find(zone, name, value, signal)) {
        const path = `/domains/${zone}/records/${id}`;
        const answer = await api.ask({ method: 'DELETE', path }, doing, signal);
        if (!api.isSuccess(answer) && answer.status !== NOT_FOUND) throw api.failure(answer, doing);
      }
    },
  };
}
