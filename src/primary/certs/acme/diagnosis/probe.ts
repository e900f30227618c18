/**
 * Asks one address of a name for the answer to a challenge, as an authority would (RFC 8555 section 8.3): over port 80, redirects followed to ports 80
 * and 443 of other names, their certificates not looked at. Primary thread. Never rejects: a signal that ends it is an answer that did not
 * come in time. What comes back is bounded, and in words that fit into a message.
 */

import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { networkWords } from './classify-network.ts';
import { quote } from './quote.ts';

export interface Probe {
  readonly host: string;
  /** Without brackets. */
  readonly address: string;
  /** From its slash on. */
  readonly path: string;
  /** What has to come back. */
  readonly answer: string;
  /** 80 and 443, other ones in tests. */
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Addresses of a name that a redirect leads to. */
  readonly resolve: (name: string) => Promise<readonly string[]>;
}

/** `ours`: the answer came back. `unreachable`: nothing did. `wrong`: something else did. `redirect`: it leads to where nothing good is. */
export type ProbeOutcome =
  | { readonly kind: 'ours' }
  | { readonly kind: 'unreachable'; readonly said: string }
  | { readonly kind: 'wrong'; readonly said: string }
  | { readonly kind: 'redirect'; readonly to: string; readonly said: string };

interface Answer {
  readonly status: number;
  readonly server: string;
  readonly location: string;
  readonly body: string;
}

/** As Let's Encrypt. */
const MAX_REDIRECTS = 10;
/** An answer to a challenge has about 90; of something else the beginning is enough to know it by. */
const MAX_BODY_BYTES = 1_024;
const MAX_HEADER_BYTES = 16_384;
/** Of a wrong answer, in messages. */
const MAX_BODY_CHARACTERS = 80;
const REDIRECTS = [301, 302, 303, 307, 308];
const NOT_HTTP = Symbol('not HTTP');

export async function probe(wish: Probe, signal: AbortSignal): Promise<ProbeOutcome> {
  let url = new URL(`http://${wish.host}${wish.path}`);
  for (let redirects = 0; ; redirects++) {
    const at = redirects === 0 ? null : url.href;
    const reached = await ask(wish, url, signal);
    if (typeof reached === 'string')
      return at === null ? { kind: 'unreachable', said: reached } : redirectTo(at, reached);
    if (reached === NOT_HTTP || !REDIRECTS.includes(reached.status) || reached.location === '') {
      if (reached !== NOT_HTTP && reached.status === 200 && reached.body.trimEnd() === wish.answer)
        return { kind: 'ours' };
      const said = reached === NOT_HTTP ? 'an answer that is not HTTP' : answerText(reached);
      return at === null ? { kind: 'wrong', said } : redirectTo(at, said);
    }
    if (!URL.canParse(reached.location, url.href)) return redirectTo(reached.location, 'this is no URL');
    const next = new URL(reached.location, url.href);
    const objection = redirects === MAX_REDIRECTS ? 'these are too many redirects' : redirectObjection(next);
    if (objection !== null) return redirectTo(next.href, objection);
    url = next;
  }
}

function redirectTo(to: string, said: string): ProbeOutcome {
  return { kind: 'redirect', to: quote(to, 200), said };
}

/** What authorities do not follow (CA/Browser Forum Baseline Requirements 3.2.2.4.19). */
function redirectObjection({ protocol, port, hostname }: URL): string | null {
  if (protocol !== 'http:' && protocol !== 'https:') return 'authorities follow to http and https alone';
  // A default port does not stand in a URL.
  if (port !== '' && port !== '80' && port !== '443') return 'authorities follow to ports 80 and 443 alone';
  return isIP(hostname.replaceAll(/[[\]]/g, '')) === 0
    ? null
    : 'authorities follow to names alone, not to addresses';
}

/** A text: what hindered it. The same name is asked at the same address, whatever it is redirected to. */
async function ask(wish: Probe, url: URL, signal: AbortSignal): Promise<Answer | typeof NOT_HTTP | string> {
  try {
    const [address] = url.hostname === wish.host ? [wish.address] : await wish.resolve(url.hostname);
    if (address === undefined) return `${url.hostname} has no address`;
    return await get(wish, url, address, signal);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    // The parser of Node.js: HPE_INVALID_CONSTANT and the like.
    return code.startsWith('HPE_') ? NOT_HTTP : networkWords(error);
  }
}

function get(
  { httpPort, httpsPort }: Probe,
  { protocol, port, hostname, pathname, search }: URL,
  address: string,
  signal: AbortSignal,
): Promise<Answer> {
  const onTlsPort = port === '' ? protocol === 'https:' : port === '443';
  const send = protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    send({
      host: address,
      port: onTlsPort ? httpsPort : httpPort,
      path: `${pathname}${search}`,
      servername: hostname,
      // Authorities come for a certificate, so they do not want one first.
      rejectUnauthorized: false,
      headers: { host: hostname, accept: '*/*', 'user-agent': 'penstock', connection: 'close' },
      agent: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      signal,
    })
      .once('response', (response) => resolve(answerOf(response)))
      .on('error', reject)
      .end();
  });
}

/** One that breaks off gives what came. */
async function answerOf(response: IncomingMessage): Promise<Answer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes >= MAX_BODY_BYTES) break;
    }
  } catch {
    // What came is not whole, and so is not ours.
  }
  const { statusCode = 0, headers } = response;
  return {
    status: statusCode,
    server: String(headers.server ?? ''),
    location: headers.location ?? '',
    body: Buffer.concat(pieces).toString('latin1').slice(0, MAX_BODY_BYTES),
  };
}

/** `status 404 of nginx/1.22.1: "<html>…"`. */
function answerText({ status, server, body }: Answer): string {
  const from = server === '' ? '' : ` of ${quote(server, 40)}`;
  const text = quote(body, MAX_BODY_CHARACTERS);
  return `status ${status}${from}${text === '' ? '' : `: "${text}"`}`;
}
