/** Hostinger's API as far as TXT records need it (developers.hostinger.com). */

import { makeHostinger } from '../../../src/primary/certs/acme/challenge/dns-providers/hostinger.ts';
import type { ApiReply, DnsApi } from './api-bed.ts';

export const HOSTINGER_TOKEN = 'hostinger-token-0123456789';

const failed = (status: number, message: string, errors?: unknown): ApiReply => ({
  status,
  body: { message, errors, correlation_id: '26a91bd9-f8c8-4a83-9df9-83e23d696fe3' },
});
const DONE = { status: 200, body: { message: 'Request accepted' } };

/** The zone of a name is that of DNS: the last two labels here, or three where the third is "sub". */
const zoneOf = async (name: string): Promise<string> => {
  const labels = name.split('.');
  return labels.slice(labels.at(-3) === 'sub' ? -3 : -2).join('.');
};

export const hostingerApi: DnsApi = {
  name: 'hostinger',
  stored: (value) => value,
  pageSize: null,
  make: (bed, token) => makeHostinger(token, zoneOf, bed.url),
  answer: ({ method, path, headers, body }, bed) => {
    if (headers.authorization !== `Bearer ${HOSTINGER_TOKEN}`) return failed(401, 'Unauthenticated');
    const [, zone = ''] = /^\/api\/dns\/v1\/zones\/([\w.-]+)$/.exec(path) ?? [];
    const records = bed.zones.get(zone);
    if (records === undefined) return failed(404, 'Domain not found');
    if (method === 'GET') {
      const sets = [...records].filter(([, values]) => values.length > 0);
      const body = sets.map(([name, values]) => ({
        name,
        type: 'TXT',
        ttl: 14_400,
        records: values.map((content) => ({ content, is_disabled: false })),
      }));
      return { status: 200, body };
    }
    if (method === 'DELETE') {
      for (const { name, type } of JSON.parse(body).filters) if (type === 'TXT') records.set(name, []);
      return DONE;
    }
    const { overwrite, zone: sets } = JSON.parse(body);
    for (const { name, type, records: added } of sets) {
      if (type !== 'TXT' || added.length === 0)
        return failed(422, 'The records field is required.', { records: ['The records field is required.'] });
      const contents = added.map(({ content }: { content: string }) => content);
      records.set(name, overwrite ? contents : [...(records.get(name) ?? []), ...contents]);
    }
    return DONE;
  },
};
