// cold: runs once per connection
/**
 * Makes Node ask for a certificate in every handshake, also where the client sends no server name. Worker thread.
 *
 * Node adds the certificate that SNICallback chooses to the one of the connection's own context and, up to Node 22, keeps both
 * where their keys differ in type; OpenSSL then picks. With a default of an EC key, most clients got the default for a
 * name whose certificate is RSA. So connections begin with a context without certificate and every one is chosen, the
 * default too. But Node calls SNICallback for names only: its native handle asks for all (`oncertcb`, OpenSSL's
 * SSL_set_cert_cb), and is given a name here where there is none. Not documented, there since Node 4; the integration
 * tests rely on it on every supported release. Without it the default is set beforehand, as Node documents.
 */

import type { SecureContext, TLSSocket } from 'node:tls';

interface CertificateRequest {
  servername: string;
}

interface NativeHandle {
  oncertcb?(request: CertificateRequest): void;
}

/** No server name: these have no empty labels. */
const NO_NAME = '.';

/** Called for every connection, with the default to set where Node cannot be made to ask. */
export type AskForEveryName = (socket: TLSSocket, fallback: () => SecureContext | null) => void;

export function makeAskForEveryName(): AskForEveryName {
  let askNode: NonNullable<NativeHandle['oncertcb']> | null = null;
  function ask(this: NativeHandle, request: CertificateRequest): void {
    request.servername ||= NO_NAME;
    askNode?.call(this, request);
  }
  return (socket, fallback) => {
    const handle = (socket as unknown as { readonly _handle?: NativeHandle | null })._handle;
    if (typeof handle?.oncertcb === 'function') {
      askNode ??= handle.oncertcb;
      handle.oncertcb = ask;
      return;
    }
    const context = fallback();
    if (context !== null) socket.setKeyCert(context);
  };
}
