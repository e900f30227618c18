/**
 * Cloudflare (API v4: developers.cloudflare.com/api, "Zones", "DNS Records"). Primary thread. The token needs Zone/Zone/Read and Zone/DNS/Edit.
 * Answers are `{success, errors: [{code, message}], result, result_info}`.
 */

import { type ApiAnswer, bearer, HttpApi, jsonBody } from './http-api.ts';
import { at, recordsOf, textOf } from './json.ts';
import { type DnsProvider, RECORD_TTL_S } from './provider.ts';
import { idsOnPages } from './record-pages.ts';
import { isContent, quoted } from './txt-content.ts';
import { searchZone } from './zone-search.ts';

const BASE = 'https://api.cloudflare.com/client/v4';
const PER_PAGE = '100';

/** "Invalid request headers", "Invalid format for Authorization header": a token that is none, answered with 400. */
const REFUSALS: ReadonlySet<string> = new Set(['6003', '6111', '9106', '9109', '10000']);
/** "The record already exists.", "An identical record already exists." */
const EXISTS: ReadonlySet<string> = new Set(['81057', '81058']);
/** "Record does not exist." */
const GONE = '81044';

export function makeCloudflare(token: string, base: string = BASE): DnsProvider {
  const api = new HttpApi({
    provider: 'Cloudflare',
    base,
    needs:
      'api_token has to be an API token (not the global key) with the permissions Zone / Zone / Read and Zone / DNS / Edit for the zone',
    secrets: [token],
    authorize: () => bearer(token),
    wordsOf: ({ json }) =>
      recordsOf(at(json, 'errors'))
        .map((error) => `${textOf(error.message)} (code ${textOf(error.code)})`)
        .join('; '),
    isSuccess: ({ status, json }) => status >= 200 && status < 300 && at(json, 'success') === true,
    isRefusal: (answer) =>
      answer.status === 401 || answer.status === 403 || codesOf(answer).some((code) => REFUSALS.has(code)),
  });

  const zoneOf = (name: string, signal: AbortSignal): Promise<string> =>
    searchZone(api.provider, name, async (candidate) => {
      const path = `/zones?name=${encodeURIComponent(candidate)}`;
      const { json } = await api.want({ method: 'GET', path }, `to look for the zone ${candidate}`, signal);
      const zones = recordsOf(at(json, 'result')).filter(({ name: found }) => found === candidate);
      // Other accounts that the token sees may wait for the same name to be delegated to them.
      const zone = zones.find(({ status }) => status === 'active') ?? zones[0];
      return zone === undefined ? null : textOf(zone.id);
    });

  /** The ids of the TXT records of a name with this value. */
  const find = (
    zone: string,
    name: string,
    value: string,
    signal: AbortSignal,
  ): Promise<readonly string[]> => {
    const doing = `to list the TXT records of ${name}`;
    return idsOnPages(api.provider, doing, async (page) => {
      const query = new URLSearchParams({ type: 'TXT', name, page: `${page}`, per_page: PER_PAGE });
      const path = `/zones/${zone}/dns_records?${query}`;
      const { json } = await api.want({ method: 'GET', path }, doing, signal);
      const records = recordsOf(at(json, 'result'));
      const pages = at(json, 'result_info', 'total_pages');
      return {
        ids: records
          .filter(({ name: of, content }) => of === name && isContent(textOf(content), value))
          .map(({ id }) => textOf(id)),
        isLast: records.length === 0 || typeof pages !== 'number' || page >= pages,
      };
    });
  };

  return {
    async present(name, value, signal) {
      const zone = await zoneOf(name, signal);
      const doing = `to add the TXT record ${name}`;
      const record = { type: 'TXT', name, content: quoted(value), ttl: RECORD_TTL_S };
      const path = `/zones/${zone}/dns_records`;
      const answer = await api.ask({ method: 'POST', path, ...jsonBody(record) }, doing, signal);
      if (!api.isSuccess(answer) && !codesOf(answer).some((code) => EXISTS.has(code)))
        throw api.failure(answer, doing);
    },

    async cleanUp(name, value, signal) {
      const zone = await zoneOf(name, signal);
      const doing = `to delete the TXT record ${name}`;
      for (const id of await find(zone, name, value, signal)) {
        const path = `/zones/${zone}/dns_records/${id}`;
        const answer = await api.ask({ method: 'DELETE', path }, doing, signal);
        if (!api.isSuccess(answer) && !codesOf(answer).includes(GONE)) throw api.failure(answer, doing);
      }
    },
  };
}

function codesOf({ json }: ApiAnswer): readonly string[] {
  return recordsOf(at(json, 'errors')).map(({ code }) => textOf(code));
}
