/** Network addresses as the configuration writes them: `host:port`, `[v6]:port`, `:port`, `unix:/path`. */

export type Address =
  | {
      readonly kind: 'tcp' /** Empty for every interface. Without brackets. */;
      readonly host: string;
      readonly port: number;
      /** The name that `host` was resolved from: who the endpoint is, where `host` is where it is. */
      readonly name?: string;
    }
  | { readonly kind: 'unix'; readonly path: string };

const MAX_PORT = 65_535;
/** The kernel's limit of sun_path, less the final NUL (unix(7)). */
const MAX_UNIX_PATH_BYTES = 107;

/** Parses an address; returns what is wrong with it as a string. Port 0 is a valid port here. */
export function parseAddress(text: string): Address | string {
  if (text.startsWith('unix:')) {
    const path = text.slice(5);
    if (!path.startsWith('/')) return 'a unix address needs an absolute path, such as unix:/run/app.sock';
    if (Buffer.byteLength(path) > MAX_UNIX_PATH_BYTES) {
      return `a unix socket path has at most ${MAX_UNIX_PATH_BYTES} bytes`;
    }
    return { kind: 'unix', path };
  }
  const match = /^(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|([^:[\]\s/]*)):(\d{1,5})$/.exec(text);
  if (match === null) {
    return 'expected host:port, [v6]:port, :port or unix:/path';
  }
  const port = Number(match[3]);
  if (port > MAX_PORT) return `port ${port} is above ${MAX_PORT}`;
  return { kind: 'tcp', host: match[1] ?? match[2] ?? '', port };
}

/** The inverse of `parseAddress`: one spelling for each address. */
export function formatAddress(address: Address): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}
