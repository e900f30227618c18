// hot: runs once per request
/**
 * Reads uWS's request object, which lives on the native stack, into a `RequestHead` during the request handler.
 * Checks what uWS lets through and this proxy must not (facts in docs/limits-of-the-uws-engine.md).
 */

import { toByteString } from '../../../kit/byte-string.ts';
import { Fault } from '../../../kit/faults.ts';
import type { HttpRequest } from '../../../native/uws-types.ts';
import { RequestHead } from '../request-head.ts';

/** RFC 9110 5.6.2. uWS takes any visible character. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Not DEL, and not U+FFFD (EF BF BD): uWS decodes as UTF-8, so what was not UTF-8 cannot be forwarded as it came. No fragment. */
const BAD_TARGET = /[\x00-\x20\x7f#]|\xef\xbf\xbd/;
/** uWS itself refuses all other control characters but TAB, which is allowed (RFC 9110 5.5). It decodes values as UTF-8. */
const NOT_PLAIN = /[\x7f-\uffff]/;
const DELETE = '\x7f';

export class RequestReader {
  #head: RequestHead = new RequestHead('', '', 0);
  /** One function for all requests, instead of a closure each. */
  readonly #addField = (name: string, value: string): void => {
    const head = this.#head;
    if (NOT_PLAIN.test(value)) {
      head.addField(name, toByteString(value));
      if (value.includes(DELETE)) head.fault = Fault.BAD_REQUEST;
    } else head.addField(name, value);
  };

  read(request: HttpRequest): RequestHead {
    const method = request.getCaseSensitiveMethod();
    const path = toByteString(request.getUrl());
    const query = request.getQuery();
    const target = query === undefined ? path : `${path}?${toByteString(query)}`;
    const head = new RequestHead(method, target, path.length);
    this.#head = head;
    request.forEach(this.#addField);
    if (!TOKEN.test(method) || BAD_TARGET.test(target) || method === 'CONNECT')
      head.fault = Fault.BAD_REQUEST;
    return head;
  }
}
