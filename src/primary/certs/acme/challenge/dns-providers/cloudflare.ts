/**
 * Cloudflare (API v4: developers.cloudflare.com/api, "Zones", "DNS Records"). Primary thread. The token needs Zone/Zone/Read and Zone/DNS/Edit.
 * Answers are `{success, errors: [{code, message}], result, result_info}`.
 */

import { challengeError } from '../challenge-problem.ts';
import { type ApiAnswer, bearer, HttpApi } from './http-api.ts';
import { at, recordsOf, textOf } from './json.ts';
import { type DnsProvider, RECORD_TTL_S } from './provider.ts';
import { isContent, quoted } from './txt-content.ts';
import { searchZone } from './zone-search.ts';

const BASE = 'https://api.cloudflare.com/client/v4';
const PER_PAGE = 100;
/** A name has a handful of TXT records, not thousands. */
const MAX_PAGES = 50;

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
    isRefusal: (answer) =>
      answer.status === 401 || answer.status === 403 || codesOf(answer).some((code) => REFUSALS.has(code)),
  });

  const zoneOf = (name: string, signal: AbortSignal): Promise<string> =>
    searchZone(api.provider, name, async (candidate) => {
      const doing = `to look for the zone ${candidate}`;
      const answer = await api.ask(
        { method: 'GET', path: `/zones?name=${encodeURIComponent(candidate)}` },
        doing,
        signal,
      );
      if (!isSuccess(answer)) throw api.failure(answer, doing);
      const [zone] = recordsOf(at(answer.json, 'result')).filter(({ name: found }) => found === candidate);
      return zone === undefined ? null : textOf(zone.id);
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
        { method: 'GET', path: `/zones/${zone}/dns_records?${query}` },
        doing,
        signal,
      );
      if (!isSuccess(answer)) throw api.failure(answer, doing);
      const found = recordsOf(at(answer.json, 'result'));
      ids.push(
        ...found
          .filter(({ name: of, content }) => of === name && isContent(textOf(content), value))
          .map(({ id }) => textOf(id)),
      );
      const pages = at(answer.json, 'result_info', 'total_pages');
      if (found.length === 0 || typeof pages !== 'number' || page >= pages) return ids;
    }
    throw challengeError('dns_provider', `Cloudflare: more than ${MAX_PAGES} pages ${doing}`);
  };

  return {
    async present(name, value, signal) {
      const zone = await zoneOf(name, signal);
      const doing = `to add the TXT record ${name}`;
      const body = JSON.stringify({ type: 'TXT', name, content: quoted(value), ttl: RECORD_TTL_S });
      const answer = await api.ask(
        { method: 'POST', path: `/zones/${zone}/dns_records`, body, contentType: 'application/json' },
        doing,
        signal,
      );
      if (!isSuccess(answer) && !codesOf(answer).some((code) => EXISTS.has(code)))
        throw api.failure(answer, doing);
    },

    async cleanUp(name, value, signal) {
      const zone = await zoneOf(name, signal);
      for (const id of await find(zone, name, value, signal)) {
        const doing = `to delete the TXT record ${name}`;
        const answer = await api.ask(
          { method: 'DELETE', path: `/zones/${zone}/dns_records/${id}` },
          doing,
          signal,
        );
        if (!isSuccess(answer) && !codesOf(answer).includes(GONE)) throw api.failure(answer, doing);
      }
    },
  };
}

function isSuccess({ status, json }: ApiAnswer): boolean {
  return status >= 200 && status < 300 && at(json, 'success') === true;
}

function codesOf({ json }: ApiAnswer): readonly string[] {
  return recordsOf(at(json, 'errors')).map(({ code }) => textOf(code));
}
