/** Asks an admin endpoint, without a server. */

import type { AdminRequest } from '../../src/primary/admin/admin-request.ts';
import type { AdminAnswer } from '../../src/primary/admin/answer.ts';
import { answerRequest } from '../../src/primary/admin/endpoints.ts';
import type { Control } from '../../src/primary/control.ts';
import { fakeControl } from './fake-control.ts';

/** As a client on this machine sends it. */
export function adminRequest(changes: Partial<AdminRequest>): AdminRequest {
  return {
    method: 'GET',
    path: '/v1/status',
    query: new URLSearchParams(),
    host: '127.0.0.1:9180',
    origin: null,
    authorization: null,
    accept: '',
    ifNoneMatch: null,
    lastEventId: null,
    body: '',
    fromCommand: false,
    ...changes,
  };
}

export async function askAdmin(
  path: string,
  changes: Partial<AdminRequest> = {},
  control: Control = fakeControl(),
): Promise<AdminAnswer> {
  const answer = await answerRequest(adminRequest({ path, ...changes }), control);
  if ('run' in answer) throw new Error('a stream has begun');
  return answer;
}

/** Of an answer in JSON. */
export function bodyOf(answer: AdminAnswer): unknown {
  return JSON.parse(String(answer.body));
}
