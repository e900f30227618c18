/**
 * The catalogue of causes: every reason for which a name can have no certificate yet, in words that a user can act on. Primary thread; pure.
 * The messages of `penstock certs status`, of logs, events and the admin API come from here, and so does the table of
 * docs/automatic-certificates.md (scripts/gen-troubleshooting.mjs). A code is a promise and never changes; its words may.
 */

import { timeText } from '../../../../kit/time-text.ts';
import type { AddressFinding, Cause, CauseCode, CauseFacts, CauseKind, CauseStage } from './cause.ts';

/** In the order of the way to a certificate, which is that of the table. */
export const CAUSES: { readonly [Code in CauseCode]: CauseKind<CauseFacts[Code]> } = Object.freeze({
  wildcard_needs_dns: {
    title: 'a wildcard name without the DNS challenge',
    message: ({ host }) =>
      `${host} is a wildcard: authorities give it a certificate by the DNS challenge only`,
    remedy: 'Set acme.challenge: dns-01 with acme.dns, or name the hosts one by one.',
    refuted: true,
    stage: 'before_order',
  },
  not_verified: {
    title: 'a domain that is not verified',
    message: ({ host }) => `${host} is not verified, and acme.require_verified is set`,
    remedy:
      'Add it with `penstock domains add`, set the TXT record that this prints, and run `penstock domains verify`; or turn acme.require_verified off.',
    refuted: true,
    stage: 'before_order',
  },
  clock_off: {
    title: 'the clock of this machine is wrong',
    message: ({ aheadMs, authority }) =>
      `the clock of this machine is ${minutesText(aheadMs)} ${aheadMs > 0 ? 'ahead of' : 'behind'} that of ${authority}`,
    remedy:
      'Set the clock, and keep it right with NTP (`timedatectl set-ntp true`): new certificates would count as not yet valid, or as expired.',
    refuted: true,
    stage: 'before_order',
  },
  no_address: {
    title: 'the name has no address',
    message: ({ host, said }) => `${host} has no A or AAAA record${behind(said)}`,
    remedy:
      'Create an A or AAAA record (or a CNAME) for the name that points to this machine. A new record can take as long to be seen as the zone says that its absence may be remembered.',
    refuted: true,
    stage: 'before_order',
  },
  dns_failure: {
    title: 'DNS does not answer for the name',
    message: ({ host, said }) => `DNS does not answer for ${host}${behind(said)}`,
    remedy:
      'Check that the name servers of the domain run, that its registrar names the right ones, and that DNSSEC is in order (`delv NAME`, https://dnsviz.net).',
    refuted: false,
    stage: 'before_order',
  },
  caa_forbids: {
    title: 'a CAA record forbids this authority',
    message: ({ host, domain, said, identities }) =>
      `the CAA records ${domain === '' ? `for ${host}` : `of ${domain}`} forbid it${behind(said)}${
        identities.length === 0 ? '' : `; this authority is ${identities.join(' or ')}`
      }`,
    remedy:
      'Add a CAA record `0 issue "AUTHORITY"` (for wildcards `0 issuewild "AUTHORITY"`) with the name of the authority, as Let\'s Encrypt is letsencrypt.org, or use an authority that the records allow.',
    refuted: true,
    stage: 'before_order',
  },
  port_80_unreachable: {
    title: 'port 80 cannot be reached',
    message: ({ host, findings }) => `port 80 of ${host} cannot be reached: ${findingsText(findings)}`,
    remedy:
      'Let connections to port 80 reach the plain listener of penstock from the whole Internet: look at firewalls, security groups and port forwardings, and that listen.http is what they lead to. Where port 80 cannot be opened, use acme.challenge: dns-01.',
    refuted: true,
    stage: 'challenge',
  },
  address_not_answering: {
    title: 'one of several addresses does not answer',
    message: ({ host, findings, answering }) =>
      `of the addresses of ${host}, ${answering.join(', ')} ${answering.length === 1 ? 'leads' : 'lead'} here, but not all: ${findingsText(findings)}`,
    remedy:
      'Take the A or AAAA record of that address away, or make it lead here: an authority asks at whichever it likes, at IPv6 addresses first.',
    refuted: true,
    stage: 'challenge',
  },
  resolves_elsewhere: {
    title: 'the name leads to another machine',
    message: ({ host, seen, ours, said }) =>
      `${host} resolves to ${seen.join(', ')}, and this machine has ${ours.join(', ')}${behind(said)}`,
    remedy:
      'Let the A and AAAA records of the name point to this machine, or to what forwards port 80 to it.',
    refuted: true,
    stage: 'challenge',
  },
  wrong_answer: {
    title: 'something else answers on port 80',
    message: ({ host, findings }) =>
      `something else answers for ${host} on port 80: ${findingsText(findings)}`,
    remedy:
      'Let requests below /.well-known/acme-challenge/ reach penstock unchanged: look at other web servers on the machine, at proxies, CDNs and parking pages in front, and at where the name points to.',
    refuted: true,
    stage: 'challenge',
  },
  tls_redirect_broken: {
    title: 'a redirect on port 80 leads nowhere',
    message: ({ host, to, said }) =>
      `port 80 of ${host} redirects to ${to}, and that does not work${behind(said)}`,
    remedy:
      'Take requests below /.well-known/acme-challenge/ out of the redirect of what stands in front of penstock, or let its target answer. penstock itself answers them before any redirect.',
    refuted: true,
    stage: 'challenge',
  },
  dns_credentials: {
    title: 'the DNS provider refuses the credentials',
    message: ({ said }) => said,
    remedy:
      'Make a new token with the right to change the records of the zone, and set it in acme.dns.credentials.',
    refuted: true,
    stage: 'challenge',
  },
  dns_zone_missing: {
    title: 'the zone is not in the account at the DNS provider',
    message: ({ said }) => said,
    remedy:
      'Use credentials of the account that holds the zone, or point `_acme-challenge.NAME` with a CNAME into a zone that it does hold.',
    refuted: true,
    stage: 'challenge',
  },
  dns_propagation: {
    title: 'the TXT record is not seen everywhere yet',
    message: ({ said }) => said,
    remedy:
      'Give it more time (acme.dns.propagation_timeout), and check that every name server that the domain is delegated to serves the zone.',
    refuted: false,
    stage: 'challenge',
  },
  http_self_check: {
    title: 'penstock does not answer its own question',
    message: ({ said }) => said,
    remedy:
      'Look at listen.http: a plain listener has to be open, and every worker has to serve (`penstock status`). penstock tries again by itself.',
    refuted: false,
    stage: 'challenge',
  },
  dns_provider: {
    title: 'the DNS provider fails',
    message: ({ said }) => said,
    remedy:
      'Look at the status page of the provider (of rfc2136, at the name server; of exec, at what the program says). penstock tries again by itself.',
    refuted: false,
    stage: 'challenge',
  },
  dns_record_wrong: {
    title: 'the authority sees another TXT record',
    message: ({ host, said }) =>
      `_acme-challenge.${host} has another TXT record than the challenge asks for${behind(said)}`,
    remedy:
      'Delete old TXT records and CNAMEs at `_acme-challenge.NAME`, and check that acme.dns writes into the zone that the domain is delegated to.',
    refuted: true,
    stage: 'challenge',
  },
  unsupported_name: {
    title: 'the authority gives no certificate for such a name',
    message: ({ host, said }) => `no certificate for ${host}${behind(said)}`,
    remedy:
      'Use a public name that the authority accepts, a private authority (acme.directory), an own certificate (certificates), or tls: self_signed.',
    refuted: true,
    stage: 'order',
  },
  account_refused: {
    title: 'the authority refuses the account',
    message: ({ authority, said }) => `${authority} refuses the account${behind(said)}`,
    remedy:
      'penstock makes a new account where the old one is gone. If that is refused too, ask the authority why, or use another acme.email.',
    refuted: true,
    stage: 'order',
  },
  contact_refused: {
    title: 'the authority refuses the e-mail address',
    message: ({ authority, said }) => `${authority} refuses the e-mail address of the account${behind(said)}`,
    remedy: 'Set acme.email (or acme_email of the route) to an address that exists, or leave it out.',
    refuted: true,
    stage: 'order',
  },
  eab_required: {
    title: 'the authority wants an external account',
    message: ({ authority }) =>
      `${authority} makes accounts only for those who have one with it already (external account binding)`,
    remedy: 'Take the key identifier and the HMAC key from the site of the authority and set acme.eab.',
    refuted: true,
    stage: 'order',
  },
  eab_wrong: {
    title: 'the external account is refused',
    message: ({ authority, said }) => `${authority} refuses the external account binding${behind(said)}`,
    remedy:
      'Check acme.eab: kid and hmac_key belong together, hmac_key is base64url as the authority shows it, and some authorities take each only once.',
    refuted: true,
    stage: 'order',
  },
  terms: {
    title: 'the authority has new terms of service',
    message: ({ authority, said, url }) =>
      `${authority} waits until somebody agrees to its terms${behind(said)}${url === '' ? '' : `: ${url}`}`,
    remedy: 'Read what the authority asks for at the address of the message and do it there.',
    refuted: true,
    stage: 'order',
  },
  budget: {
    title: 'penstock keeps within the limits of the authority',
    message: ({ host, authority, limit, untilMs }) =>
      `an order for ${host} would go beyond a limit of ${authority} (${limit}); the next attempt is at ${timeText(untilMs)}`,
    remedy: 'Wait: nothing is lost. `penstock certs renew HOST --force` does not go beyond limits either.',
    refuted: false,
    stage: 'before_order',
  },
  rate_limited: {
    title: 'a limit of the authority is reached',
    message: ({ host, authority, said, untilMs }) =>
      `${authority} takes no order for ${host} ${untilMs === null ? 'for now' : `until ${timeText(untilMs)}`}${behind(said)}`,
    remedy:
      'Wait: penstock tries again when the authority lets it. Look for whatever else orders certificates for the same domain, and fewer names or a wildcard help for good.',
    refuted: false,
    stage: 'order',
  },
  paused: {
    title: 'the authority has paused the name',
    message: ({ host, authority, url }) =>
      `${authority} has paused ${host} after very many failures in a row${url === '' ? '' : `; a person ends the pause at ${url}`}`,
    remedy: 'Mend what made the attempts before fail, then open the address of the message in a browser.',
    refuted: true,
    stage: 'order',
  },
  csr_refused: {
    title: 'the authority refuses the key or the request',
    message: ({ authority, said }) => `${authority} refuses the certificate request${behind(said)}`,
    remedy: 'Choose another acme.key_type: some authorities take RSA keys only, or no P-384.',
    refuted: true,
    stage: 'finalise',
  },
  authority_down: {
    title: 'the authority cannot be reached',
    message: ({ authority, said }) => `${authority} cannot be reached${behind(said)}`,
    remedy:
      'Check that this machine reaches the address of acme.directory (DNS, firewall, proxy), and the status page of the authority. penstock tries again by itself.',
    refuted: false,
    stage: 'order',
  },
  authority_untrusted: {
    title: 'the certificate of the authority is not trusted',
    message: ({ authority, said }) => `the certificate of ${authority} itself is not trusted${behind(said)}`,
    remedy:
      'Of a private authority, set acme.ca_file to its root certificate. Else check the clock of this machine, and what stands between it and the authority.',
    refuted: false,
    stage: 'order',
  },
  authority_error: {
    title: 'the authority fails',
    message: ({ authority, said }) => `${authority} fails${behind(said)}`,
    remedy: 'Look at the status page of the authority. penstock tries again by itself.',
    refuted: false,
    stage: 'order',
  },
  chain_wrong: {
    title: 'the certificate that came is not good',
    message: ({ said }) => `the certificate that came is not good${behind(said)}`,
    remedy:
      'penstock does not use it and orders again. If it stays so, check the clock of this machine and tell the authority.',
    refuted: false,
    stage: 'download',
  },
  store_unwritable: {
    title: 'the state directory cannot be written',
    message: ({ said }) => said,
    remedy: 'Give the user that penstock runs as the right to write state_dir, and room on its disk.',
    refuted: false,
    stage: 'store',
  },
  unknown: {
    title: 'a reason that penstock does not know',
    message: ({ said }) => said,
    remedy:
      'The words are those of the authority or of the system: act on them, and report them to penstock.',
    refuted: false,
    stage: 'order',
  },
});

/** `stage`: where it was found, if not where it usually is. */
export function causeOf<Code extends CauseCode>(
  code: Code,
  facts: CauseFacts[Code],
  stage: CauseStage = CAUSES[code].stage,
): Cause {
  const untilMs = 'untilMs' in facts && typeof facts.untilMs === 'number' ? facts.untilMs : null;
  return causeSaying(code, CAUSES[code].message(facts), stage, untilMs);
}

/** A cause in the words of whoever found it. */
export function causeSaying(
  code: CauseCode,
  message: string,
  stage: CauseStage = CAUSES[code].stage,
  untilMs: number | null = null,
): Cause {
  const { remedy, refuted } = CAUSES[code];
  return Object.freeze({ code, stage, message, remedy, refuted, untilMs });
}

export function isCauseCode(text: string): text is CauseCode {
  return Object.hasOwn(CAUSES, text);
}

function behind(said: string): string {
  return said === '' ? '' : `: ${said}`;
}

function findingsText(findings: readonly AddressFinding[]): string {
  return findings.map(({ address, said }) => `${address}: ${said}`).join('; ');
}

/** "6 min", "3 h", "12 d": how far a clock is off need not be told closer. */
function minutesText(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}
