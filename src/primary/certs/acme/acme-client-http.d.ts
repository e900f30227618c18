/** The part of acme-client that is used, which its own types leave out: requests signed as RFC 8555 section 6.2 says. */
declare module 'acme-client/src/http.js' {
  export interface SignedAnswer {
    readonly status: number;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
    readonly data: unknown;
  }

  export default class HttpClient {
    constructor(
      directoryUrl: string,
      accountKeyPem: Buffer,
      externalAccountBinding?: { readonly kid: string; readonly hmacKey: string },
    );
    /** The one way out: every request goes by it. */
    request(url: string, method: string, options?: { readonly data?: object }): Promise<SignedAnswer>;
    getNonce(): Promise<string>;
    /** `payload` null: POST-as-GET. A bad nonce is tried again, five times. */
    signedRequest(
      url: string,
      payload: object | null,
      options: { readonly kid?: string | null; readonly includeExternalAccountBinding?: boolean },
    ): Promise<SignedAnswer>;
  }
}
