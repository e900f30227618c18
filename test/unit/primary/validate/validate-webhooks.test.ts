import { describe, expect, it } from 'vitest';
import { briefly, validateText } from './validate-text.ts';

const SECRET = `whsec_${Buffer.alloc(24, 3).toString('base64')}`;
const hook = (text: string): string => `webhooks: [{ url: "https://hooks.test/x", ${text} }]`;

describe('validate: webhooks', () => {
  it('fills in what is left out', () => {
    expect(validateText('webhooks: [{ url: "https://Hooks.test" }]').draft?.webhooks).toEqual([
      { url: 'https://hooks.test/', events: null, secrets: [], headers: [], timeoutMs: 15_000 },
    ]);
    expect(validateText('{}').draft?.webhooks).toEqual([]);
  });

  it('takes all that there is, and keeps the secrets from being printed', () => {
    const text = `webhooks:
  - url: http://user:word@10.0.0.7:8080/hook?key=1
    events: [DomainAdded, ConfigurationRejected, DomainAdded]
    secret: [${SECRET}, "\${env:OLD}"]
    headers: { Authorization: Bearer x }
    timeout: 500ms
`;
    const old = `whsec_${Buffer.alloc(64, 4).toString('base64')}`;
    const { draft, problems } = validateText(text, { OLD: old });
    expect(briefly(problems)).toEqual([]);
    expect(draft?.webhooks).toEqual([
      {
        url: 'http://user:word@10.0.0.7:8080/hook?key=1',
        events: ['DomainAdded', 'ConfigurationRejected'],
        secrets: [SECRET, old],
        headers: [{ name: 'Authorization', value: 'Bearer x' }],
        timeoutMs: 500,
      },
    ]);
    expect(draft?.secretValues).toEqual(expect.arrayContaining([SECRET, old]));
  });

  it.each([
    ['webhooks: [{}]', 'MISSING_KEY webhooks[0]'],
    ['webhooks: [{ url: "hooks.test/x" }]', 'BAD_VALUE webhooks[0].url'],
    ['webhooks: [{ url: "ftp://hooks.test" }]', 'BAD_VALUE webhooks[0].url'],
    ['webhooks: [{ url: "https://hooks.test/#top" }]', 'BAD_VALUE webhooks[0].url'],
    [hook('events: []'), 'BAD_VALUE webhooks[0].events'],
    [hook('events: [DomainAded]'), 'BAD_VALUE webhooks[0].events[0]'],
    [hook('secret: hunter2'), 'BAD_VALUE webhooks[0].secret'],
    [hook(`secret: whsec_${Buffer.alloc(23).toString('base64')}`), 'BAD_VALUE webhooks[0].secret'],
    [hook(`secret: whsec_${Buffer.alloc(65).toString('base64')}`), 'BAD_VALUE webhooks[0].secret'],
    [hook('headers: { Host: x }'), 'BAD_HEADER webhooks[0].headers.Host'],
    [hook('headers: { webhook-id: x }'), 'BAD_HEADER webhooks[0].headers.webhook-id'],
    [hook('headers: { Content-Length: "3" }'), 'BAD_HEADER webhooks[0].headers.Content-Length'],
    [hook('timeout: 2m'), 'BAD_DURATION webhooks[0].timeout'],
    [
      'webhooks: [{ url: "https://hooks.test" }, { url: "https://HOOKS.test/" }]',
      'DUPLICATE_NAME webhooks[1].url',
    ],
  ])('rejects %s (%s)', (text, problem) => {
    const { draft, problems } = validateText(text);
    expect(draft).toBeNull();
    expect(briefly(problems)).toEqual([problem]);
  });

  it('shows neither a line with a URL nor one with a secret', () => {
    const { problems } = validateText(
      'webhooks:\n  - url: ftp://x/secret-path\n    secret: hunter2\n    events: [DomainAded]\n',
    );
    expect(problems.map(({ sourceLine }) => sourceLine)).toEqual([
      undefined,
      undefined,
      '    events: [DomainAded]',
    ]);
    expect(problems[2]?.suggestion).toBe('DomainAdded');
    expect(JSON.stringify(problems)).not.toMatch(/secret-path|hunter2/);
  });
});
