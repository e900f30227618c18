/** Deactivates an ACME account at its authority, as somebody else who has its key would (RFC 8555 section 7.3.6). */

import { systemClock } from '../../src/kit/clock.ts';
import { Authority } from '../../src/primary/certs/acme/authority.ts';
import { AuthorityTransport } from '../../src/primary/certs/acme/authority-transport.ts';
import { SignedClient } from '../../src/primary/certs/acme/signed-client.ts';
import type { AuthorityFront } from './authority-front.ts';

export async function deactivateAccount(
  { directoryUrl, caPem }: Pick<AuthorityFront, 'directoryUrl' | 'caPem'>,
  account: { readonly url: string; readonly keyPem: string },
): Promise<void> {
  const clock = systemClock;
  const { url, keyPem: accountKeyPem } = account;
  const transport = new AuthorityTransport({ caPem, clock, timeoutMs: 5_000 });
  const authority = new Authority({ directoryUrl, caPem, clock });
  const { newNonce: newNonceUrl } = await authority.directory();
  const client = new SignedClient({ transport, directoryUrl, newNonceUrl, accountKeyPem, eab: null });
  const { status } = await client.signedRequest(url, { status: 'deactivated' }, { kid: url });
  transport.close();
  authority.close();
  if (status !== 200) throw new Error(`the authority answers ${status}`);
}
