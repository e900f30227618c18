/**
 * Waits until every authoritative server of a zone has a TXT record: an authority may ask any of them (RFC 8555 8.4). Primary thread.
 *
 * Every address of every server is asked, again and again until it has the record. A server that does not answer is not waited for long: an
 * authority goes on to another one, too. Where none answers, since only the resolvers can be reached from here, or is known, those are asked. They may
 * remember for long that the record was not there before, so what they lack in the end holds nothing up: the authority asks for itself.
 */

import { boundSignal } from '../../../../kit/bounded-signal.ts';
import { type Clock, systemClock } from '../../../../kit/clock.ts';
import { DnsClient } from '../../../dns/dns-client.ts';
import { dnsProblemOf } from '../../../dns/dns-problem.ts';
import { authoritativeServers, zoneOf } from '../../../dns/zone.ts';
import { challengeError } from './challenge-problem.ts';
import { pause } from './pause.ts';

export interface RecordWish {
  readonly dns: DnsClient;
  readonly name: string;
  readonly value: string;
  readonly timeoutMs: number;
  /** Of authoritative servers; other than 53 in tests. */
  readonly port?: number | undefined;
  readonly clock?: Clock;
}

/** One address, and what it said last. */
interface Place {
  readonly address: string;
  readonly dns: DnsClient;
  finding: 'unasked' | 'silent' | 'lacks' | 'has';
  /** Questions in a row without an answer. */
  silences: number;
}

interface Server {
  readonly name: string;
  /** None where its name has no address. */
  readonly places: readonly Place[];
}

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 5_000;
const MAX_SILENCES = 3;
/** For the last one, which begins when the time is over. */
const MIN_ROUND_MS = 1_000;

/** Rejects with `dns_propagation`, naming the servers that lack the record, after `timeoutMs`. */
export async function waitForRecord(wish: RecordWish, signal: AbortSignal): Promise<void> {
  const { dns, name, value, timeoutMs, clock = systemClock } = wish;
  const endMs = clock.nowMs() + timeoutMs;
  const { zone, servers } = await serversOf(wish, signal);
  const places = servers.flatMap((server) => server.places);
  const resolvers = placeOf(dns.servers.join(', '), dns);
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, MAX_PAUSE_MS)) {
    const round = boundSignal(signal, Math.max(MIN_ROUND_MS, endMs - clock.nowMs()));
    const waiting = places.filter(({ finding }) => finding !== 'has');
    await Promise.all(waiting.map((place) => ask(place, name, value, round.signal)));
    if (places.every(({ finding }) => finding === 'silent')) await ask(resolvers, name, value, round.signal);
    round.end();
    signal.throwIfAborted();
    if (resolvers.finding === 'has' || isEverywhere(servers)) return;
    const leftMs = endMs - clock.nowMs();
    if (leftMs <= 0) break;
    await pause(Math.min(pauseMs, leftMs), signal);
  }
  if (places.every(({ finding }) => finding === 'silent') && resolvers.finding === 'lacks') return;
  throw challengeError(
    'dns_propagation',
    [
      `the TXT record ${name} was written, but after ${timeoutMs / 1000} s it is not at every name server of ${zone}`,
      listed('without it: ', servers, 'lacks'),
      listed('not answering: ', servers, 'silent'),
      resolvers.finding === 'silent' ? `nor do the resolvers answer, ${resolvers.address}` : '',
    ]
      .filter(Boolean)
      .join('; '),
  );
}

/** None where the resolvers do not say: some answer nothing but what they are made for. */
async function serversOf(
  { dns, name, port }: RecordWish,
  signal: AbortSignal,
): Promise<{ readonly zone: string; readonly servers: readonly Server[] }> {
  try {
    const zone = await zoneOf(dns, name, signal);
    const found = await authoritativeServers(dns, zone, signal, port);
    const servers = found.map(({ name: of, addresses }) => ({
      name: of,
      places: addresses.map((address) => placeOf(address, new DnsClient([address]))),
    }));
    return { zone, servers };
  } catch (error) {
    signal.throwIfAborted();
    const problem = dnsProblemOf(error);
    if (problem === null || problem.kind === 'no_zone') throw error;
    return { zone: 'its zone', servers: [] };
  }
}

function placeOf(address: string, dns: DnsClient): Place {
  return { address, dns, finding: 'unasked', silences: 0 };
}

async function ask(place: Place, name: string, value: string, signal: AbortSignal): Promise<void> {
  try {
    place.finding = (await place.dns.txt(name, signal)).includes(value) ? 'has' : 'lacks';
    place.silences = 0;
  } catch {
    // A question that the deadline cut says nothing new.
    if (signal.aborted && place.finding !== 'unasked') return;
    place.finding = 'silent';
    place.silences++;
  }
}

/**
 * Some server has it and none lacks it. Silent addresses do not count beside one of the same server that has it, as IPv6 ones on a machine
 * without IPv6; a server that is silent as a whole counts until it was asked a few times.
 */
function isEverywhere(servers: readonly Server[]): boolean {
  const places = servers.flatMap((server) => server.places);
  if (places.some(({ finding }) => finding === 'lacks' || finding === 'unasked')) return false;
  if (!places.some(({ finding }) => finding === 'has')) return false;
  return servers.every(
    (server) =>
      server.places.some(({ finding }) => finding === 'has') ||
      server.places.every(({ silences }) => silences >= MAX_SILENCES),
  );
}

/** Nothing where no server is so. */
function listed(words: string, servers: readonly Server[], finding: Place['finding']): string {
  const labels = servers.flatMap(({ name, places }) => {
    if (places.length === 0) return finding === 'silent' ? [`${name} (it has no address)`] : [];
    return places.filter((place) => place.finding === finding).map(({ address }) => `${name} (${address})`);
  });
  return labels.length === 0 ? '' : words + labels.join(', ');
}
