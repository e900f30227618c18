/**
 * Dynamic updates (RFC 2136), signed with TSIG (RFC 8945): BIND, Knot, PowerDNS. Primary thread. Over TCP alone: an update is never
 * cut, sent twice or answered by somebody else. One record is added or deleted by its content, which leaves the others of the name alone.
 */

import { randomInt } from 'node:crypto';
import type { Clock } from '../../../../../kit/clock.ts';
import { messageOf, type PenstockError } from '../../../../../kit/errors.ts';
import { type ChallengeCode, challengeError } from '../challenge-problem.ts';
import { askOverTcp } from './dns-over-tcp.ts';
import { encodeUpdate, HEADER_BYTES } from './dns-update.ts';
import { type DnsProvider, RECORD_TTL_S } from './provider.ts';
import { checkAnswer, signRequest, type TsigKey } from './tsig.ts';

export interface Rfc2136Facts {
  readonly host: string;
  readonly port: number;
  /** Null: updates are not signed; the server knows this machine by its address. */
  readonly key: TsigKey | null;
  /** The zone of a name. */
  readonly zoneOf: (name: string, signal: AbortSignal) => Promise<string>;
  readonly clock: Clock;
}

const NOTAUTH = 9;
const RCODES: ReadonlyMap<number, readonly [name: string, code: ChallengeCode, words: string]> = new Map([
  [1, ['FORMERR', 'dns_provider', 'it does not understand the update']],
  [2, ['SERVFAIL', 'dns_provider', 'it failed; its log says why']],
  [4, ['NOTIMP', 'dns_provider', 'it takes no updates for this zone; it may be a secondary']],
  [
    5,
    [
      'REFUSED',
      'dns_credentials',
      'it does not allow this update: let the key change TXT records of the zone (update-policy or allow-update in BIND)',
    ],
  ],
  [8, ['NXRRSET', 'dns_provider', 'it expected other records']],
  [NOTAUTH, ['NOTAUTH', 'dns_zone_missing', 'it is not the primary of this zone']],
  [10, ['NOTZONE', 'dns_zone_missing', 'the name is not in this zone']],
]);
const TSIG_ERRORS: ReadonlyMap<number, readonly [name: string, words: string]> = new Map([
  [16, ['BADSIG', 'key_secret is wrong, or key_algorithm is not that of the key']],
  [17, ['BADKEY', 'it has no key of this name, or another key_algorithm for it']],
  [18, ['BADTIME', 'its clock and the one of this machine differ by more than five minutes']],
  [22, ['BADTRUNC', 'it wants a longer signature']],
]);

export function makeRfc2136(facts: Rfc2136Facts): DnsProvider {
  const { host, port, key, zoneOf, clock } = facts;

  const update = async (
    name: string,
    value: string,
    ttlS: number | null,
    signal: AbortSignal,
  ): Promise<void> => {
    const zone = await zoneOf(name, signal);
    const id = randomInt(0x10000);
    const plain = encodeUpdate({ id, zone, name, value, ttlS });
    const request = key === null ? null : signRequest(plain, key, clock.epochMs());
    const who = `${host}:${port}`;
    const doing = `${ttlS === null ? 'to delete' : 'to add'} the TXT record ${name} in the zone ${zone}`;
    const answer = await askOverTcp(host, port, request?.message ?? plain, signal).catch((error) => {
      signal.throwIfAborted();
      throw challengeError(
        'dns_provider',
        `the name server ${who} cannot be asked ${doing}: ${messageOf(error)}`,
        {
          cause: error,
        },
      );
    });
    const refusal = refusalOf(answer, id, key, request?.mac ?? null);
    if (refusal === null) return;
    const [code, words] = refusal;
    throw challengeErrorOf(code, `the name server ${who} refuses ${doing}: ${words}`, key);
  };

  return {
    present: (name, value, signal) => update(name, value, RECORD_TTL_S, signal),
    cleanUp: (name, value, signal) => update(name, value, null, signal),
  };
}

/** Null: the update is done. */
function refusalOf(
  answer: Buffer,
  id: number,
  key: TsigKey | null,
  mac: Buffer | null,
): readonly [ChallengeCode, string] | null {
  const isOurs =
    answer.length >= HEADER_BYTES && answer.readUInt16BE(0) === id && (answer.readUInt8(2) & 0x80) !== 0;
  if (!isOurs) return ['dns_provider', 'the answer makes no sense'];
  const rcode = answer.readUInt8(3) & 0x0f;
  let fits = true;
  if (key !== null && mac !== null) {
    try {
      const tsig = checkAnswer(answer, key, mac);
      const error = TSIG_ERRORS.get(tsig.error);
      if (error !== undefined) return ['dns_credentials', `${error[0]}: ${error[1]}`];
      fits = tsig.fits;
    } catch {
      return ['dns_provider', 'the answer makes no sense'];
    }
  }
  if (rcode === 0) return fits ? null : ['dns_provider', 'its answer is not signed as it has to be'];
  const known = RCODES.get(rcode);
  if (known === undefined) return ['dns_provider', `response code ${rcode}`];
  return [known[1], `${known[0]}: ${known[2]}`];
}

function challengeErrorOf(code: ChallengeCode, message: string, key: TsigKey | null): PenstockError {
  const signed =
    key === null ? 'the update was not signed' : `signed with the key ${key.name}, ${key.algorithm}`;
  return challengeError(code, code === 'dns_credentials' ? `${message} (${signed})` : message);
}
