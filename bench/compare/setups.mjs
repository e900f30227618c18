/**
 * The three setups in which proxies are compared, in the words of each: what fills the templates of configs/. A proxy that has no words for one
 * of them takes no part there.
 *
 *   bare       forwards everything to one origin
 *   routes     a thousand routes by path prefix, all to the same origin; the last one is asked for
 *   policies   an access list of a thousand ranges, two rate limits that never refuse, request and response header changes, a path rewrite
 */

const ROUTES = 1000;
const RANGES = 1000;
const RATE = 1_000_000;

export const LAST_ROUTE = prefixOf(ROUTES - 1);
export const POLICY_PATH = '/api/v1/items/17';
/** By which the second limit counts. */
export const LIMIT_HEADER = ['X-Client', 'bench'];

function prefixOf(n) {
  return `/service-${String(n).padStart(4, '0')}`;
}

const prefixes = Array.from({ length: ROUTES }, (_, n) => prefixOf(n));
/** The client comes by the last. */
const ranges = [
  ...Array.from({ length: RANGES - 1 }, (_, n) => `10.${n >> 8}.${n & 255}.0/24`),
  '127.0.0.0/8',
];
const lines = (list) => list.join('\n');

export const SETUPS = {
  nginx: {
    bare: { limits: '', policies: '', locations: 'location / { proxy_pass http://origin; }' },
    routes: {
      limits: '',
      policies: '',
      locations: lines(prefixes.map((prefix) => `location ${prefix}/ { proxy_pass http://origin; }`)),
    },
    policies: {
      limits: lines([
        `limit_req_zone $binary_remote_addr zone=ip:10m rate=${RATE}r/s;`,
        `limit_req_zone $http_x_client zone=client:10m rate=${RATE}r/s;`,
        `geo $allowed { default 0; ${ranges.map((range) => `${range} 1;`).join(' ')} }`,
      ]),
      policies: lines([
        'if ($allowed = 0) { return 403; }',
        'limit_req zone=ip burst=100000 nodelay;',
        'limit_req zone=client burst=100000 nodelay;',
        'proxy_set_header X-Tenant bench;',
        'proxy_set_header Accept-Encoding "";',
        'proxy_hide_header X-Frame-Options;',
        'add_header X-Served-By nginx;',
      ]),
      locations: 'location /api/ { proxy_pass http://origin/; }',
    },
  },
  haproxy: {
    bare: { policies: '', routes: '', tables: '' },
    routes: {
      policies: '',
      routes: lines([
        'use_backend %[path,map_beg({{folder}}/routes.map)] if { path,map_beg({{folder}}/routes.map) -m found }',
      ]),
      tables: '',
      files: { 'routes.map': lines(prefixes.map((prefix) => `${prefix}/ origin`)) },
    },
    policies: {
      policies: lines([
        'http-request deny unless { src -f {{folder}}/ranges.lst }',
        'http-request track-sc0 src table ip',
        'http-request track-sc1 req.hdr(X-Client) table client',
        `http-request deny deny_status 429 if { sc_http_req_rate(0,ip) gt ${RATE} }`,
        `http-request deny deny_status 429 if { sc_http_req_rate(1,client) gt ${RATE} }`,
        'http-request set-header X-Tenant bench',
        'http-request del-header Accept-Encoding',
        'http-request replace-path /api/(.*) /\\1',
        'http-response del-header X-Frame-Options',
        'http-response set-header X-Served-By haproxy',
      ]),
      routes: '',
      tables: lines([
        'backend ip',
        '  stick-table type ip size 100k expire 10s store http_req_rate(1s)',
        'backend client',
        '  stick-table type string len 32 size 100k expire 10s store http_req_rate(1s)',
      ]),
      files: { 'ranges.lst': lines(ranges) },
    },
  },
  caddy: {
    bare: { routes: '' },
    routes: {
      routes: lines(prefixes.map((prefix) => `handle ${prefix}/* {\nimport proxy\n}`)),
    },
  },
  h2o: {
    bare: { routes: '' },
    routes: {
      routes: lines(
        prefixes.map(
          (prefix) => `      "${prefix}/": { proxy.reverse.url: "http://127.0.0.1:{{origin}}${prefix}/" }`,
        ),
      ),
    },
  },
  penstock: {
    bare: { service: '', routes: '  - { name: all, service: origin, https_redirect: false }' },
    routes: {
      service: '',
      routes: lines(
        prefixes.map(
          (prefix, n) => `  - { name: r${n}, path: ${prefix}, service: origin, https_redirect: false }`,
        ),
      ),
    },
    policies: {
      service: 'retries: {}',
      routes: lines([
        '  - name: api',
        '    path: /api',
        '    service: origin',
        '    https_redirect: false',
        '    rewrite: { strip_prefix: true }',
        `    access: { allow: [${ranges.map((range) => `"${range}"`).join(', ')}] }`,
        '    rate_limit:',
        `      - { requests_per_second: ${RATE}, burst: 100000, by: ip }`,
        `      - { requests_per_second: ${RATE}, burst: 100000, by: "header:X-Client" }`,
        '    request_headers: { set: { X-Tenant: bench }, remove: [Accept-Encoding] }',
        '    response_headers: { set: { X-Served-By: penstock }, remove: [X-Frame-Options] }',
      ]),
    },
  },
};
