/** The signature of a webhook, as the Standard Webhooks specification 1.0.0 has it ("Signature scheme"). Pure; any thread. */

import { createHmac } from 'node:crypto';

const SECRET_PREFIX = 'whsec_';

/**
 * The field `webhook-signature`: one signature for each secret, so that a receiver can change from one to the other.
 * @param secrets `whsec_` and base64
 * @param timestamp of the attempt, whole seconds since the epoch
 */
export function webhookSignature(
  secrets: readonly string[],
  id: string,
  timestamp: number,
  body: string,
): string {
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
      return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`, 'utf8').digest('base64')}`;
    })
    .join(' ');
}
