import { describe, expect, it } from 'vitest';
import { webhookSignature } from '../../../../src/primary/events/webhook-signature.ts';

describe('webhook-signature', () => {
  // The example that the libraries of Standard Webhooks test themselves with.
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const sign = (...secrets: string[]): string =>
    webhookSignature(secrets, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}');

  it('is that of the published example', () => {
    expect(sign(secret)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('has one for each secret, in their order', () => {
    const other = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    expect(sign(other, secret)).toBe(`${sign(other)} ${sign(secret)}`);
  });
});
