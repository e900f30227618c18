import { describe, expect, it } from 'vitest';
import type { Route } from '../../../src/bridge/snapshot/model.ts';
import { parseExplainRequest } from '../../../src/cli/explain-request.ts';
import { type Explanation, explainRequest } from '../../../src/cli/explanation.ts';
import { formatExplanation } from '../../../src/cli/format-explanation.ts';
import { fakeRoute, fakeSnapshot } from '../../support/fake-control.ts';

const API = 'http://api.example.com';
const SOURCE = 'as configured';

function explained(routes: readonly Route[], url: string): Explanation {
  const request = parseExplainRequest({ url, method: 'GET', headers: [], ip: '127.0.0.1' });
  return explainRequest(fakeSnapshot(routes), request);
}

describe('format-explanation', () => {
  it('prints facts and tables', () => {
    const routes = [fakeRoute(0, { name: 'wide', path: '/' }), fakeRoute(1, { name: 'v1' })];
    const text = formatExplanation(explained(routes, `${API}/v1?x`), SOURCE, '/etc');
    expect(text).toContain('request  GET /v1?x\n');
    expect(text).toContain('route    v1: service api\n');
    expect(text).toContain('where    penstock.yaml:11\n');
    expect(text).toMatch(/^POLICY {2,}VERDICT {2,}DETAIL$/m);
    expect(text).toMatch(/^api {2,}100% {2,}round_robin {2,}- {2,}by turn$/m);
    expect(text).toMatch(
      /^api {2,}second \(127\.0\.0\.1:9002\) {2,}2 {2,}serves {2,}yes {2,}not known {2,}penstock\.yaml:6$/m,
    );
    expect(text).toMatch(/^wide {2,}lost {2,}outranked by route v1: .* penstock\.yaml:10$/m);
  });

  it('prints a refusal without tables that would be empty', () => {
    expect(formatExplanation(explained([fakeRoute(0)], 'http://x/../y'), SOURCE, '/etc')).toBe(
      [
        'request  GET /../y',
        'host     x',
        'came by  http',
        'client   127.0.0.1',
        'route    (none)',
        'outcome  refused with 400 (path_above_root): The path climbs above the root.',
        'numbers  as configured',
        '',
      ].join('\n'),
    );
  });

  it('shows the chosen route among many, in the order of the file', () => {
    const routes = Array.from({ length: 200 }, (_, index) =>
      fakeRoute(index, { name: `r${index}`, path: index === 150 ? '/v1' : `/other${index}` }),
    );
    const text = formatExplanation(explained(routes, `${API}/v1`), SOURCE, '/etc');
    expect(text).toMatch(/^r150 +chosen/m);
    expect(text).toContain('and 149 more; --json has them all');
    expect(text.indexOf('\nr0 ')).toBeLessThan(text.indexOf('\nr150 '));
  });
});
