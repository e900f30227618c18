/** The file that `penstock init` writes. Every part of it works today; a test runs `check` on it. */

export const STARTER = `# The configuration of penstock. Check it with: penstock check -c penstock.yaml
# Durations are 250ms, 5s, 2m, 30d; sizes are 32KiB, 10MiB; addresses are host:port, [v6]:port or :port.
# \${env:NAME} and \${file:/path} are replaced inside any value. A change of this file is taken over at once.
# Lines that begin with "# " and a key are suggestions: take the "# " away to use them.

listen:
  http: ":8080"                # plain HTTP on every interface
  https: ":8443"               # opened when a route or a certificate below needs it
  admin: "127.0.0.1:9180"      # status, reload, metrics; keep it on loopback or set admin_token
# admin_token: "\${env:PENSTOCK_TOKEN}"

# workers: auto                # data-plane threads; auto = usable cores
# state_dir: ./penstock-state  # relative to this file
# trusted_proxies: [10.0.0.0/8]  # peers whose X-Forwarded-* are believed
log:
  level: info
  access: off                  # off | stderr | /path/access.log

services:
  web:                         # your own server; it may have several endpoints
    endpoints:
      - 127.0.0.1:3000
      # - { address: 127.0.0.1:3001, weight: 2 }
    balance: round_robin       # round_robin | random | least_requests | p2c | hash

# The best match wins, whatever the order: exact host over wildcard over any, longer path over shorter.
routes:
  - name: hello                # answered by penstock itself: curl -i http://127.0.0.1:8080/hello
    path: /hello
    match: exact
    respond: { status: 200, body: "hello from penstock\\n", headers: { Content-Type: text/plain } }

  - name: web                  # everything else
    path: /
    service: web
    response_headers: { remove: [Server, X-Powered-By] }

  # - host: app.example.com    # a host of its own, by HTTPS with a self-signed certificate
  #   path: /
  #   service: web
  #   tls: self_signed         # or manual, with the certificates below, or auto, with acme below

# certificates:
#   - { cert_file: app.example.com.pem, key_file: app.example.com.key }

# acme:                        # certificates from Let's Encrypt for every route with a host in the public DNS
#   email: you@example.com     # port 80 of these names must lead to listen.http
`;
