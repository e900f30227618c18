/** What is asked of the proxies. `path`: with the origin's own query. `rated`: also at a constant rate. `quick`: part of the short run. */

import { LAST_ROUTE, LIMIT_HEADER, POLICY_PATH } from './setups.mjs';

/** As Chrome sends them, 14 with Host. */
const BROWSER = [
  [
    'User-Agent',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  ],
  [
    'Accept',
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8',
  ],
  ['Accept-Encoding', 'gzip, deflate, br, zstd'],
  ['Accept-Language', 'en-US,en;q=0.9,de;q=0.8'],
  ['Cache-Control', 'max-age=0'],
  ['Cookie', 'session=0123456789abcdef0123456789abcdef; theme=dark; consent=yes'],
  ['Sec-Ch-Ua', '"Chromium";v="126", "Not-A.Brand";v="24", "Google Chrome";v="126"'],
  ['Sec-Ch-Ua-Mobile', '?0'],
  ['Sec-Ch-Ua-Platform', '"Linux"'],
  ['Sec-Fetch-Dest', 'document'],
  ['Sec-Fetch-Mode', 'navigate'],
  ['Sec-Fetch-Site', 'none'],
  ['Upgrade-Insecure-Requests', '1'],
];
const ANSWER = 'bytes=1024&headers=12';

export const CASES = [
  { name: 'bare', setup: 'bare', tls: false, path: '/', headers: [], quick: true },
  {
    name: 'browser',
    setup: 'bare',
    tls: false,
    path: `/?${ANSWER}`,
    headers: BROWSER,
    rated: true,
    quick: true,
  },
  { name: 'browser, TLS', setup: 'bare', tls: true, path: `/?${ANSWER}`, headers: BROWSER, quick: true },
  {
    name: 'a TLS connection each',
    setup: 'bare',
    tls: true,
    path: '/',
    headers: [['Connection', 'close']],
    quick: true,
  },
  { name: 'answers of 64 KiB', setup: 'bare', tls: false, path: '/?bytes=65536', headers: [] },
  { name: 'answers of 1 MiB', setup: 'bare', tls: false, path: '/?bytes=1048576', headers: [], quick: true },
  {
    name: 'uploads of 10 KiB',
    setup: 'bare',
    tls: false,
    path: '/',
    headers: [],
    method: 'POST',
    upload: 10_240,
  },
  {
    name: 'the last of 1,000 routes',
    setup: 'routes',
    tls: false,
    path: `${LAST_ROUTE}/?${ANSWER}`,
    headers: BROWSER,
  },
  {
    name: 'all policies',
    setup: 'policies',
    tls: false,
    path: `${POLICY_PATH}?${ANSWER}`,
    headers: [...BROWSER, LIMIT_HEADER],
    quick: true,
  },
];
