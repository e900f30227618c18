/** Hetzner's Cloud API as far as TXT records need it (docs.hetzner.cloud). The first action takes two looks and locks its zone meanwhile. */

import { makeHetzner } from '../../../src/primary/certs/acme/challenge/dns-providers/hetzner.ts';
import type { ApiBed, ApiReply, DnsApi } from './api-bed.ts';

export const HETZNER_TOKEN = 'hetzner-token-0123456789';
const ZONE_TTL_S = 10_800;
const FIRST_LOOKS = 2;

interface Action {
  readonly id: number;
  readonly zone: string;
  looksLeft: number;
}

const failed = (status: number, code: string, message: string): ApiReply => ({
  status,
  body: { error: { code, message } },
});
const NOT_FOUND = failed(404, 'not_found', 'Entity not found');
const actions = new WeakMap<ApiBed, Action[]>();

const reply = (status: number, { id, looksLeft }: Action): ApiReply => ({
  status,
  body: { action: { id, status: looksLeft > 0 ? 'running' : 'success', progress: looksLeft > 0 ? 50 : 100 } },
});

export const hetznerApi: DnsApi = {
  name: 'hetzner',
  stored: (value) => `"${value}"`,
  pageSize: null,
  make: (bed, token) => makeHetzner(token, `${bed.url}/v1`),
  answer: ({ method, path, headers, body }, bed) => {
    if (headers.authorization !== `Bearer ${HETZNER_TOKEN}`)
      return failed(401, 'unauthorized', 'unable to authenticate');
    const all = actions.get(bed) ?? [];
    actions.set(bed, all);
    const [, actionId] = /^\/v1\/actions\/(\d+)$/.exec(path) ?? [];
    if (actionId !== undefined) {
      const action = all.find(({ id }) => String(id) === actionId);
      if (action === undefined) return NOT_FOUND;
      action.looksLeft--;
      return reply(200, action);
    }
    const [, zone = '', name, command] =
      /^\/v1\/zones\/([\w.-]+)(?:\/rrsets\/([^/]+)\/TXT(?:\/actions\/(\w+))?)?$/.exec(path) ?? [];
    if (!bed.zones.has(zone)) return NOT_FOUND;
    if (name === undefined) return { status: 200, body: { zone: { id: 42, name: zone, mode: 'primary' } } };
    const values = bed.values(zone, decodeURIComponent(name));
    if (method === 'GET') {
      if (values.length === 0) return NOT_FOUND;
      return {
        status: 200,
        body: { rrset: { name, type: 'TXT', ttl: null, records: values.map((value) => ({ value })) } },
      };
    }
    const running = all.find((action) => action.zone === zone && action.looksLeft > 0);
    if (running !== undefined) {
      running.looksLeft--;
      return failed(423, 'locked', 'zone is locked');
    }
    const { ttl, records } = JSON.parse(body);
    const changed: string[] = records.map(({ value }: { value: string }) => value);
    if (changed.some((value) => !/^"[^"]*"$/.test(value)))
      return failed(422, 'invalid_input', 'TXT records have to be quoted');
    if (command === 'add_records') {
      if (ttl !== undefined && values.length > 0 && ttl !== ZONE_TTL_S)
        return failed(422, 'invalid_input', 'ttl differs from that of the rrset');
      if (changed.some((value) => values.includes(value)))
        return failed(409, 'uniqueness_error', 'record already exists');
      values.push(...changed);
    } else {
      if (!changed.every((value) => values.includes(value)))
        return failed(422, 'invalid_input', 'no such record');
      for (const value of changed) values.splice(values.indexOf(value), 1);
    }
    const action = { id: all.length + 1, zone, looksLeft: all.length === 0 ? FIRST_LOOKS : 0 };
    all.push(action);
    return reply(201, action);
  },
};
