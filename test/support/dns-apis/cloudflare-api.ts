/** Cloudflare's API v4 as far as TXT records need it (developers.cloudflare.com/api). */

import { makeCloudflare } from '../../../src/primary/certs/acme/challenge/dns-providers/cloudflare.ts';
import { type ApiBed, type ApiReply, type DnsApi, inZone, zoneId, zoneOfId } from './api-bed.ts';

export const CLOUDFLARE_TOKEN = 'cloudflare-token-0123456789';

const failed = (status: number, code: number, message: string): ApiReply => ({
  status,
  body: { success: false, errors: [{ code, message }], messages: [], result: null },
});
const done = (result: unknown, result_info?: unknown): ApiReply => ({
  status: 200,
  body: { success: true, errors: [], messages: [], result, result_info },
});
/** A record's id says which one it is. */
const idOf = (name: string, content: string): string => Buffer.from(`${name} ${content}`).toString('hex');

export const cloudflareApi: DnsApi = {
  name: 'cloudflare',
  stored: (value) => `"${value}"`,
  pageSize: 100,
  make: (bed, token) => makeCloudflare(token, `${bed.url}/client/v4`),
  answer: ({ method, path, query, headers, body }, bed) => {
    const { authorization = '' } = headers;
    if (!/^Bearer [\w-]{8,}$/.test(authorization)) return failed(400, 6003, 'Invalid request headers');
    if (authorization !== `Bearer ${CLOUDFLARE_TOKEN}`) return failed(403, 9109, 'Invalid access token');
    if (method === 'GET' && path === '/client/v4/zones') {
      const zones = [...bed.zones.keys()].filter((zone) => zone === query.get('name'));
      // Of another account, which waits for the domain to be delegated to it.
      const pending = zones.map((name) => ({ id: `P${zoneId(name)}`, name, status: 'pending' }));
      return done([...pending, ...zones.map((name) => ({ id: zoneId(name), name, status: 'active' }))]);
    }
    const [, id = '', record] = /^\/client\/v4\/zones\/(\w+)\/dns_records(?:\/(\w+))?$/.exec(path) ?? [];
    const zone = zoneOfId(id);
    if (!bed.zones.has(zone)) return failed(404, 7003, 'Could not route to the zone');
    if (method === 'GET') return list(bed, zone, query);
    if (method === 'POST') {
      const { type, name, content, ttl } = JSON.parse(body);
      if (type !== 'TXT' || (ttl !== 1 && ttl < 60)) return failed(400, 9021, 'Invalid TTL');
      const values = bed.values(zone, inZone(name, zone));
      if (values.includes(content)) return failed(400, 81058, 'An identical record already exists.');
      values.push(content);
      return done({ id: idOf(name, content), name, type, content });
    }
    const [name = '', content = ''] = Buffer.from(record ?? '', 'hex')
      .toString()
      .split(' ');
    const values = bed.values(zone, inZone(name, zone));
    if (method !== 'DELETE' || !values.includes(content)) return failed(404, 81044, 'Record does not exist.');
    values.splice(values.indexOf(content), 1);
    return done({ id: record });
  },
};

function list(bed: ApiBed, zone: string, query: URLSearchParams): ApiReply {
  const name = query.get('name') ?? '';
  const [page, size] = [Number(query.get('page')), Number(query.get('per_page'))];
  const all = query.get('type') === 'TXT' ? bed.values(zone, inZone(name, zone)) : [];
  const result = all
    .slice((page - 1) * size, page * size)
    .map((content) => ({ id: idOf(name, content), name, type: 'TXT', content }));
  const total_pages = Math.ceil(all.length / size);
  return done(result, { page, per_page: size, count: result.length, total_count: all.length, total_pages });
}
