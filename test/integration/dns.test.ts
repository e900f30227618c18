/** Questions to DNS (src/primary/dns), answered by BIND. */

import { createSocket } from 'node:dgram';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PenstockError } from '../../src/kit/errors.ts';
import { DnsClient } from '../../src/primary/dns/dns-client.ts';
import { dnsProblemOf } from '../../src/primary/dns/dns-problem.ts';
import { authoritativeServers, zoneOf } from '../../src/primary/dns/zone.ts';
import { type Bind, startBind } from '../support/bind.ts';
import { requireProgram } from '../support/programs.ts';
import { within } from '../support/wait-for.ts';

const signal = new AbortController().signal;
const kindOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error) => dnsProblemOf(error)?.kind ?? error,
  );

/** One TXT record for whatever is asked; `type`: of the question as the answer repeats it. */
function txtAnswer(
  query: Buffer,
  text: string,
  { id = query.readUInt16BE(0), type = 0x10 }: { id?: number; type?: number } = {},
): Buffer {
  // The question ends four bytes behind the root of its name.
  const question = Buffer.from(query.subarray(12, query.indexOf(0, 12) + 5));
  question.writeUInt16BE(type, question.length - 4);
  const head = Buffer.from([id >> 8, id & 0xff, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
  const record = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, text.length + 1, text.length]);
  return Buffer.concat([head, question, record, Buffer.from(text)]);
}

requireProgram('named')('dns-client', () => {
  let bind: Bind;
  let dns: DnsClient;
  beforeAll(async () => {
    bind = await startBind({
      zones: {
        'example.test': {
          nameServers: ['ns', 'ns2', 'nowhere.elsewhere.test.'],
          records: `
            @      CAA 0 issue "ca.test"
            @      CAA 128 issuewild ";"
            ns2    A 127.0.0.2
            ns2    AAAA ::1
            www    A 192.0.2.1
            www    AAAA 2001:db8::1
            www    CAA 0 issue "other.test; validationmethods=dns-01"
            long   TXT "one " "record"
            long   TXT "another"
            ${Array.from({ length: 40 }, (_, i) => `many TXT "${i}" "${'x'.repeat(255)}"`).join('\n')}
            lent   CNAME long
            alias  CNAME a2.example.test.
            a2     CNAME out.other.test.
            apex   CNAME other.test.
            loop-a CNAME loop-b
            loop-b CNAME loop-a
            ${Array.from({ length: 12 }, (_, i) => `chain-${i} CNAME chain-${i + 1}`).join('\n')}
          `,
        },
        'other.test': { records: 'out A 192.0.2.9' },
        'deep.sub.example.test': { records: '' },
      },
    });
    dns = new DnsClient([bind.server]);
  });
  afterAll(() => bind.stop());

  it('asks the servers it is given, those of the system by default', () => {
    expect(dns.servers).toEqual([bind.server]);
    expect(new DnsClient().servers.length).toBeGreaterThan(0);
  });

  it('reads texts, their pieces joined, whatever form the name has', async () => {
    expect([...(await dns.txt('Long.Example.Test.', signal))].sort()).toEqual(['another', 'one record']);
  });

  it('reads the texts that a CNAME record leads to', async () => {
    expect(await dns.txt('lent.example.test', signal)).toHaveLength(2);
  });

  it('reads what fits no datagram: over TCP (RFC 1035 4.2.1)', async () => {
    const texts = await dns.txt('many.example.test', signal);
    expect(texts.length).toBe(40);
    expect(texts).toContain(`39${'x'.repeat(255)}`);
  });

  it('gives nothing for what does not exist', async () => {
    expect(await dns.txt('www.example.test', signal)).toEqual([]);
    expect(await dns.txt('missing.example.test', signal)).toEqual([]);
    expect(await dns.cname('missing.example.test', signal)).toBeNull();
    expect(await dns.addresses('long.example.test', signal)).toEqual([]);
  });

  it('reads addresses of both kinds', async () => {
    expect(await dns.addresses('www.example.test', signal)).toEqual(['192.0.2.1', '2001:db8::1']);
  });

  it('follows CNAME records to their end, and out of a circle', async () => {
    expect(await dns.canonicalName('alias.example.test', signal)).toBe('out.other.test');
    expect(await dns.canonicalName('missing.example.test', signal)).toBe('missing.example.test');
    expect(await kindOf(dns.canonicalName('loop-a.example.test', signal))).toBe('loop');
    expect(await kindOf(dns.canonicalName('chain-0.example.test', signal))).toBe('loop');
    expect(await dns.canonicalName('chain-2.example.test', signal)).toBe('chain-12.example.test');
  });

  it('climbs for CAA records (RFC 8659 3)', async () => {
    const own = { domain: 'www.example.test', value: 'other.test; validationmethods=dns-01' };
    expect(await dns.caa('www.example.test', signal)).toEqual({
      domain: own.domain,
      records: [{ tag: 'issue', value: own.value, critical: false }],
    });
    const above = await dns.caa('a.b.example.test', signal);
    expect(above.domain).toBe('example.test');
    expect(above.records).toContainEqual({ tag: 'issue', value: 'ca.test', critical: false });
    expect(above.records).toContainEqual({ tag: 'issuewild', value: ';', critical: true });
    expect(await dns.caa('out.other.test', signal)).toEqual({ domain: null, records: [] });
  });

  it('finds the zone of a name, not the one that a CNAME leads to', async () => {
    expect(await zoneOf(dns, '_acme-challenge.www.example.test', signal)).toBe('example.test');
    expect(await zoneOf(dns, 'example.test', signal)).toBe('example.test');
    expect(await zoneOf(dns, 'x.deep.sub.example.test', signal)).toBe('deep.sub.example.test');
    expect(await zoneOf(dns, 'x.sub.example.test', signal)).toBe('example.test');
    // apex.example.test leads to other.test, which has an SOA record.
    expect(await zoneOf(dns, '_acme-challenge.apex.example.test', signal)).toBe('example.test');
    expect(await kindOf(zoneOf(dns, 'nothing.invalid', signal))).toBe('no_zone');
  });

  it('finds the servers of a zone with their addresses', async () => {
    expect(await authoritativeServers(dns, 'example.test', signal, 5353)).toEqual(
      [
        { name: 'ns.example.test', addresses: ['127.0.0.1:5353'] },
        { name: 'ns2.example.test', addresses: ['127.0.0.2:5353', '[::1]:5353'] },
        { name: 'nowhere.elsewhere.test', addresses: [] },
      ].sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
  });

  describe('where a server', () => {
    it('does not answer, says so and asks the next', async () => {
      const nobody = new DnsClient(['127.0.0.1:9']);
      const error = await nobody.txt('a.example.test', signal).catch((reason) => reason);
      expect(error).toBeInstanceOf(PenstockError);
      expect(error.message).toContain('TXT of a.example.test at 127.0.0.1:9: no answer in time');
      expect(dnsProblemOf(error)).toEqual({
        kind: 'silent',
        name: 'a.example.test',
        type: 'TXT',
        servers: ['127.0.0.1:9'],
      });
      const second = new DnsClient(['127.0.0.1:9', bind.server]);
      expect(await second.addresses('out.other.test', signal)).toEqual(['192.0.2.9']);
    });

    it('is not the one that answers, or answers something else, waits for the right answer', async () => {
      const [socket, other] = [createSocket('udp4'), createSocket('udp4')];
      await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
      socket.on('message', (query, { port }) => {
        const id = query.readUInt16BE(0);
        socket.send(txtAnswer(query, 'of another id', { id: id ^ 1 }), port);
        socket.send(txtAnswer(query, 'to another question', { type: 0x63 }), port);
        other.send(txtAnswer(query, 'of another server'), port, '127.0.0.1', () =>
          socket.send(txtAnswer(query, 'right'), port),
        );
      });
      const asking = new DnsClient([`127.0.0.1:${socket.address().port}`]);
      expect(await asking.txt('a.example.test', signal)).toEqual(['right']);
      for (const one of [socket, other]) one.close();
    });

    it('is silent, ends with the signal', async () => {
      const socket = createSocket('udp4');
      await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
      const controller = new AbortController();
      socket.once('message', () => controller.abort(new Error('no longer wanted')));
      const silent = new DnsClient([`127.0.0.1:${socket.address().port}`, bind.server]);
      const asked = silent.txt('a.example.test', controller.signal);
      await expect(within(asked, { what: 'the end', timeoutMs: 1_500 })).rejects.toThrow('no longer wanted');
      await expect(silent.txt('a.example.test', controller.signal)).rejects.toThrow('no longer wanted');
      socket.close();
    });
  });
});
