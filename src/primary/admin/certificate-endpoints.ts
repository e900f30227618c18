/** `/v1/certificates`: what each server name is served by, what becomes of automatic certificates, and a new one on demand. Primary thread. */

import type { CertificateStatus, Control } from '../control.ts';
import type { AdminRequest } from './admin-request.ts';
import { type AdminAnswer, jsonAnswer, problemAnswer } from './answer.ts';
import { type CertificateRow, certificateRows } from './certificate-rows.ts';

export interface CertificatesAnswer {
  readonly snapshot: { readonly version: number; readonly digest: string };
  /** What is served. */
  readonly certificates: readonly CertificateRow[];
  /** Of every name that automatic certificates are obtained for, also where there is none yet. */
  readonly automatic: readonly CertificateStatus[];
}

type RenewEndpoint = (request: AdminRequest, control: Control) => AdminAnswer;

const RENEW_PATH = /^\/v1\/certificates\/([^/]+)\/renew$/;

export async function listCertificates(_: AdminRequest, control: Control): Promise<AdminAnswer> {
  const { version, digest } = control.snapshot();
  const certificates = await certificateRows(control.certificates());
  const automatic = control.automatic.status();
  return jsonAnswer(200, {
    snapshot: { version, digest },
    certificates,
    automatic,
  } satisfies CertificatesAnswer);
}

/** The methods of a path under /v1/certificates; undefined where there is none. */
export function renewEndpoint(path: string): Readonly<Record<string, RenewEndpoint>> | undefined {
  const match = RENEW_PATH.exec(path);
  if (match === null) return undefined;
  const host = hostOf(match[1] ?? '');
  return { POST: ({ query }, { automatic }) => renew(automatic, host, query.get('force')) };
}

/** 202: it is on its way; `GET /v1/certificates` says how it goes. */
function renew(automatic: Control['automatic'], host: string, force: string | null): AdminAnswer {
  if (force !== null && force !== 'true' && force !== 'false')
    return problemAnswer(400, 'force is true or false.');
  const answer = automatic.renew(host, force === 'true');
  switch (answer.kind) {
    case 'started':
      return jsonAnswer(202, { host, renewal: 'started' });
    case 'unknown':
      return problemAnswer(
        404,
        `No route of this configuration has an automatic certificate (tls: auto) for ${host}.`,
      );
    case 'not_due': {
      const due = new Date(answer.dueMs).toISOString();
      return problemAnswer(
        409,
        `The certificate of ${host} is to be renewed at ${due}; force=true renews it now.`,
        {
          members: { dueMs: answer.dueMs },
        },
      );
    }
  }
}

/** What is no escape stays as it is, and is no host name then. */
function hostOf(segment: string): string {
  try {
    return decodeURIComponent(segment).toLowerCase();
  } catch {
    return segment;
  }
}
