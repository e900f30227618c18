import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answered,
  type Bed,
  connect,
  expectForwarded,
  forwarded,
  lineOnwards,
  recordFrom,
  startBed,
  withoutDates,
  withoutIds,
} from '../support/conformance-bed.ts';

const RULES = {
  set: { 'User-Agent': 'penstock-test', 'X-Real-IP': '9.9.9.9', 'X-New': 'n' },
  add: { Accept: 'b', 'X-Forwarded-For': '9.9.9.9', 'X-Added': 'a' },
  remove: ['Cookie', 'X-REMOVED', 'x-forwarded-port', 'X-Request-Id'],
};

const ANSWER =
  'HTTP/1.1 200 OK\r\nServer: origin/1.0\r\nX-Powered-By: x\r\nSet-Cookie: a=1\r\nx-frame-options: DENY\r\n' +
  'Set-Cookie: b=2\r\nVary: Accept\r\nContent-Length: 2\r\n\r\nok';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed({
    answer: () => ANSWER,
    routes: [
      { host: 'request.test', service: 'origin', request_headers: RULES },
      { host: 'host.test', service: 'origin', rewrite: { host: 'upstream.internal:81' } },
      {
        host: 'response.test',
        service: 'origin',
        response_headers: {
          set: { 'X-Frame-Options': 'SAMEORIGIN', 'X-New': 'n' },
          add: { Vary: 'Origin', 'Set-Cookie': 'c=3', 'X-Motto': 'caf\u00e9' },
          remove: ['server', 'X-POWERED-BY'],
        },
      },
      {
        host: 'emptied.test',
        service: 'origin',
        response_headers: { remove: ['Server', 'X-Powered-By', 'Set-Cookie', 'X-Frame-Options', 'Vary'] },
      },
    ],
  });
});
afterAll(() => bed.stop());

const get = (host: string, fields = ''): string => `GET /a HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`;

async function answerFor(host: string): Promise<string> {
  const client = await connect(bed);
  try {
    client.write(get(host));
    await client.readAnswer();
    return withoutDates(withoutIds(client.text()));
  } finally {
    client.close();
  }
}

describe('request_headers', () => {
  it('remove, set and add, in any case, also over what penstock adds', async () => {
    const since = recordFrom(bed);
    const client = await connect(bed);
    client.write(
      get(
        'request.test',
        'COOKIE: a\r\nUser-agent: curl\r\nAccept: a\r\nx-Removed: 1\r\nX-Kept: 1\r\nX-Removed: 2\r\nuser-AGENT: wget\r\n',
      ),
    );
    expect((await client.readAnswer()).status).toBe(200);
    client.close();
    expect(since()).toBe(
      [
        'GET /a HTTP/1.1',
        'Host: request.test',
        lineOnwards('Accept: a'),
        lineOnwards('X-Kept: 1'),
        'X-Forwarded-For: 127.0.0.1',
        'X-Forwarded-Proto: http',
        'X-Forwarded-Host: request.test',
        'User-Agent: penstock-test',
        'X-Real-IP: 9.9.9.9',
        'X-New: n',
        'Accept: b',
        'X-Forwarded-For: 9.9.9.9',
        'X-Added: a',
        '\r\n',
      ].join('\r\n'),
    );
  });

  it('what a route sets cannot be taken away by Connection', async () => {
    const since = recordFrom(bed);
    const client = await connect(bed);
    client.write(get('request.test', 'Connection: X-New, X-Added, User-Agent\r\n'));
    expect((await client.readAnswer()).status).toBe(200);
    client.close();
    for (const line of ['X-New: n', 'X-Added: a', 'User-Agent: penstock-test'])
      expect(since()).toContain(`\r\n${line}\r\n`);
  });

  it('the framing is left alone', async () => {
    const since = recordFrom(bed);
    const client = await connect(bed);
    client.write('POST /a HTTP/1.1\r\nHost: request.test\r\nContent-Length: 5\r\n\r\nhello');
    expect((await client.readAnswer()).status).toBe(200);
    client.close();
    expect(since()).toContain('\r\nContent-Length: 5\r\n');
    expect(since().endsWith('\r\n\r\nhello')).toBe(true);
  });
});

describe('rewrite.host', () => {
  it('is what the origin gets; X-Forwarded-Host is what the client sent', async () => {
    const text = forwarded(bed, 'plain', { line: 'GET /a HTTP/1.1', host: 'host.test' }).replace(
      'Host: host.test\r\n',
      'Host: upstream.internal:81\r\n',
    );
    await expectForwarded(bed, 'plain', get('host.test'), text);
  });
});

describe('response_headers', () => {
  it('without rules every field of the origin goes on, in its order and with its case', async () => {
    expect(await answerFor('t.test')).toBe(
      `${answered(
        '200 OK',
        'Server: origin/1.0\r\nX-Powered-By: x\r\nSet-Cookie: a=1\r\nx-frame-options: DENY\r\nSet-Cookie: b=2\r\nVary: Accept\r\n',
        'Content-Length: 2\r\n',
      )}ok`,
    );
  });

  it('remove, set and add, in any case; repeated fields keep their order', async () => {
    expect(await answerFor('response.test')).toBe(
      `${answered(
        '200 OK',
        'Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nVary: Accept\r\nX-Frame-Options: SAMEORIGIN\r\n' +
          'X-New: n\r\nVary: Origin\r\nSet-Cookie: c=3\r\nX-Motto: caf\xc3\xa9\r\n',
        'Content-Length: 2\r\n',
      )}ok`,
    );
  });

  it('may take all away', async () => {
    expect(await answerFor('emptied.test')).toBe(
      'HTTP/1.1 200 OK\r\nDate: <date>\r\nContent-Length: 2\r\n\r\nok',
    );
  });
});
