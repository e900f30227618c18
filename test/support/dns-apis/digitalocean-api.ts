/** DigitalOcean's API v2 as far as TXT records need it (docs.digitalocean.com/reference/api). */

import { makeDigitalOcean } from '../../../src/primary/certs/acme/challenge/dns-providers/digitalocean.ts';
import { type ApiReply, type DnsApi, inZone } from './api-bed.ts';

export const DIGITALOCEAN_TOKEN = 'dop_v1_0123456789abcdef';

const failed = (status: number, id: string, message: string): ApiReply => ({ status, body: { id, message } });
const NOT_FOUND = failed(404, 'not_found', 'The resource you were accessing could not be found.');
const MIN_TTL_S = 30;

/** Its ids are numbers. */
const ids = new Map<string, number>();
const idOf = (zone: string, name: string, data: string): number => {
  const key = JSON.stringify([zone, name, data]);
  const id = ids.get(key) ?? ids.size + 1;
  ids.set(key, id);
  return id;
};

export const digitalOceanApi: DnsApi = {
  name: 'digitalocean',
  stored: (value) => value,
  pageSize: 200,
  make: (bed, token) => makeDigitalOcean(token, `${bed.url}/v2`),
  answer: ({ method, path, query, headers, body }, bed) => {
    if (headers.authorization !== `Bearer ${DIGITALOCEAN_TOKEN}`)
      return failed(401, 'Unauthorized', 'Unable to authenticate you');
    const [, zone = '', records, id] = /^\/v2\/domains\/([\w.-]+)(\/records)?(?:\/(\d+))?$/.exec(path) ?? [];
    if (!bed.zones.has(zone)) return NOT_FOUND;
    if (records === undefined) return { status: 200, body: { domain: { name: zone, ttl: 1800 } } };
    if (method === 'GET') {
      // The name in the query is absolute, that of a record is not.
      const name = inZone(query.get('name') ?? '', zone);
      const [page, size] = [Number(query.get('page')), Math.min(200, Number(query.get('per_page')))];
      const all = query.get('type') === 'TXT' ? bed.values(zone, name) : [];
      const domain_records = all
        .slice((page - 1) * size, page * size)
        .map((data) => ({ id: idOf(zone, name, data), type: 'TXT', name, data, ttl: 1800 }));
      const next = `https://api.digitalocean.com${path}?page=${page + 1}&per_page=${size}`;
      const links = page * size < all.length ? { pages: { next, last: next } } : {};
      return { status: 200, body: { domain_records, links, meta: { total: all.length } } };
    }
    if (method === 'POST') {
      const { type, name, data, ttl } = JSON.parse(body);
      if (type !== 'TXT' || ttl < MIN_TTL_S)
        return failed(422, 'unprocessable_entity', `Ttl must be at least ${MIN_TTL_S}`);
      // It takes the same record twice.
      bed.values(zone, name).push(data);
      return { status: 201, body: { domain_record: { id: idOf(zone, name, data), type, name, data, ttl } } };
    }
    for (const [name, values] of bed.zones.get(zone) ?? []) {
      const at = values.findIndex((data) => String(idOf(zone, name, data)) === id);
      if (at < 0) continue;
      values.splice(at, 1);
      return { status: 204 };
    }
    return NOT_FOUND;
  },
};
