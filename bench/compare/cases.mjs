/** What is asked of the proxies. `key`: its name on a command line. `path`: with the origin's own query. `rated`: also at a constant rate. `quick`: part of the short run. */

import { BROWSER_HEADERS } from '../kit/browser-headers.mjs';
import { LAST_ROUTE, LIMIT_HEADER, POLICY_PATH } from './setups.mjs';

const BROWSER = Object.entries(BROWSER_HEADERS);
const ANSWER = 'bytes=1024&headers=12';

export const CASES = [
  { key: 'bare', name: 'bare', setup: 'bare', tls: false, path: '/', headers: [], quick: true },
  {
    key: 'browser',
    name: 'browser',
    setup: 'bare',
    tls: false,
    path: `/?${ANSWER}`,
    headers: BROWSER,
    rated: true,
    quick: true,
  },
  {
    key: 'tls',
    name: 'browser, TLS',
    setup: 'bare',
    tls: true,
    path: `/?${ANSWER}`,
    headers: BROWSER,
    quick: true,
  },
  {
    key: 'connections',
    name: 'a TLS connection each',
    setup: 'bare',
    tls: true,
    path: '/',
    headers: [['Connection', 'close']],
    quick: true,
  },
  { key: '64k', name: 'answers of 64 KiB', setup: 'bare', tls: false, path: '/?bytes=65536', headers: [] },
  {
    key: '1m',
    name: 'answers of 1 MiB',
    setup: 'bare',
    tls: false,
    path: '/?bytes=1048576',
    headers: [],
    quick: true,
  },
  {
    key: 'upload',
    name: 'uploads of 10 KiB',
    setup: 'bare',
    tls: false,
    path: '/',
    headers: [],
    method: 'POST',
    upload: 10_240,
  },
  {
    key: 'routes',
    name: 'the last of 1,000 routes',
    setup: 'routes',
    tls: false,
    path: `${LAST_ROUTE}/?${ANSWER}`,
    headers: BROWSER,
  },
  {
    key: 'policies',
    name: 'all policies',
    setup: 'policies',
    tls: false,
    path: `${POLICY_PATH}?${ANSWER}`,
    headers: [...BROWSER, LIMIT_HEADER],
    quick: true,
  },
];
