import { describe, expect, it } from 'vitest';
import { draftOf } from '../../../support/draft-of.ts';
import { briefly, validateText } from './validate-text.ts';

const route = (limit: string): string => `routes: [{ respond: {}, rate_limit: ${limit} }]`;
const at = 'routes[0].rate_limit';

describe('validate: rate_limit of a route', () => {
  it.each([
    ['{ requests_per_second: 100, burst: 200, by: ip }', [100, 200, 'ip', '']],
    ['{ requests_per_second: 100 }', [100, 100, 'ip', '']],
    ['{ requests_per_second: 2.5, by: host }', [2.5, 3, 'host', '']],
    ['{ requests_per_second: 0.1, by: global }', [0.1, 1, 'global', '']],
    ['{ requests_per_second: 0.00001 }', [0.00001, 1, 'ip', '']],
    [
      '{ requests_per_second: 1000000, by: "header:X-Api-Key" }',
      [1_000_000, 1_000_000, 'header', 'x-api-key'],
    ],
  ])('accepts %s', (text, [requestsPerSecond, burst, by, header]) => {
    for (const written of [text, `[${text}]`]) {
      const [{ rateLimits } = { rateLimits: [] }] = draftOf(route(written)).routes;
      expect(rateLimits).toEqual([{ requestsPerSecond, burst, by, header }]);
    }
  });

  it('accepts several, and none', () => {
    const text = '[{ requests_per_second: 10 }, { requests_per_second: 1, burst: 500 }]';
    expect(draftOf(route(text)).routes[0]?.rateLimits).toMatchObject([{ burst: 10 }, { burst: 500 }]);
    expect(draftOf('routes: [{ respond: {} }]').routes[0]?.rateLimits).toEqual([]);
  });

  it.each([
    ['100', [`WRONG_TYPE ${at}`]],
    ['[]', [`BAD_VALUE ${at}`]],
    ['{}', [`MISSING_KEY ${at}`]],
    ['{ requests_per_second: 0 }', [`BAD_VALUE ${at}.requests_per_second`]],
    ['{ requests_per_second: -1 }', [`BAD_VALUE ${at}.requests_per_second`]],
    ['{ requests_per_second: .inf }', [`WRONG_TYPE ${at}.requests_per_second`]],
    ['{ requests_per_second: fast }', [`WRONG_TYPE ${at}.requests_per_second`]],
    ['{ requests_per_second: 1000001 }', [`BAD_VALUE ${at}.requests_per_second`]],
    ['{ requests_per_second: 1, burst: 0 }', [`BAD_VALUE ${at}.burst`]],
    ['{ requests_per_second: 1, burst: 1.5 }', [`WRONG_TYPE ${at}.burst`]],
    ['{ requests_per_second: 1, burst: 1000001 }', [`BAD_VALUE ${at}.burst`]],
    ['{ requests_per_second: 0.001, burst: 2593 }', [`BAD_VALUE ${at}.burst`]],
    ['{ requests_per_second: 1, by: IP }', [`BAD_VALUE ${at}.by`]],
    ['{ requests_per_second: 1, by: [ip] }', [`WRONG_TYPE ${at}.by`]],
    ['{ requests_per_second: 1, by: "header:" }', [`BAD_HEADER ${at}.by`]],
    ['{ requests_per_second: 1, by: "header:a b" }', [`BAD_HEADER ${at}.by`]],
    ['{ requests_per_second: 1, by: "header:Host" }', [`BAD_HEADER ${at}.by`]],
    ['{ requests_per_second: 1, by: "header:Te" }', [`BAD_HEADER ${at}.by`]],
    ['{ requests_per_second: 1, by: X-Api-Key }', [`BAD_VALUE ${at}.by`]],
    ['{ requests_per_second: 1, rate: 2 }', [`UNKNOWN_KEY ${at}.rate`]],
    [
      '[{ requests_per_second: 1 }, { requests_per_second: 1, burst: 1, by: ip }]',
      [`DUPLICATE_NAME ${at}[1]`],
    ],
    [
      `[${Array.from({ length: 9 }, (_, i) => `{ requests_per_second: ${i + 1} }`).join(', ')}]`,
      [`BAD_VALUE ${at}`],
    ],
  ])('rejects %s', (text, problems) => {
    const found = validateText(route(text));
    expect(found.draft).toBeNull();
    expect(briefly(found.problems)).toEqual(problems);
  });

  it('says what may stand in by', () => {
    const [problem] = validateText(route('{ requests_per_second: 1, by: gobal }')).problems;
    expect(problem).toMatchObject({
      message: 'expected ip, host, global or header:NAME',
      suggestion: 'global',
    });
  });
});
