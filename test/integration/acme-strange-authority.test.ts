/** Authorities that answer otherwise than Pebble by itself, and configurations that change in the midst of an order: what is kept, counted and said. */

import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { BudgetRequest } from '../../src/primary/certs/acme/budget/budget.ts';
import type { ChallengeSolver } from '../../src/primary/certs/acme/challenge/solver.ts';
import { type AcmeBed, draftFor, openBed, wanted } from '../support/acme-bed.ts';
import {
  type AuthorityFront,
  type FrontAnswer,
  NEW_ORDER,
  startAuthorityFront,
} from '../support/authority-front.ts';
import { makeAuthority, makeCertificate } from '../support/cert-maker.ts';
import { type HttpSolver, startHttpSolver } from '../support/http-solver.ts';
import { OPEN_HOOKS } from '../support/open-hooks.ts';
import { startChallengeServer, startPebble } from '../support/pebble.ts';
import { requireProgram } from '../support/programs.ts';
import { waitFor } from '../support/wait-for.ts';

const HOUR = 3_600_000;
const NEW_ACCOUNT = '/sign-me-up';

requireProgram('pebble', 'pebble-challtestsrv')('an authority that answers otherwise', () => {
  let solver: HttpSolver;
  let front: AuthorityFront;
  let beds: AcmeBed[] = [];

  beforeAll(async () => {
    solver = await startHttpSolver();
    const { dnsPort } = await startChallengeServer();
    const pebble = await startPebble({ httpPort: solver.port, dnsPort });
    front = await startAuthorityFront(pebble);
  });

  beforeEach(async () => {
    for (const { manager } of beds) await manager.close();
    beds = [];
    Object.assign(front, { requests: [], made: [], instead: () => null });
    front.directory = (fields) => fields;
  });

  afterAll(async () => {
    for (const { manager } of beds) await manager.close();
    await front.close();
    await solver.close();
  });

  const bedOf = async (more: Partial<Parameters<typeof openBed>[0]> = {}): Promise<AcmeBed> => {
    const bed = await openBed({ solver, ...more });
    beds.push(bed);
    return bed;
  };
  const draft = () => draftFor(front.directoryUrl, front.caPem);
  /** What the budget is asked and told. */
  const noting = () => {
    const told: string[] = [];
    const asked: BudgetRequest[] = [];
    const budget = {
      ...OPEN_HOOKS.budget,
      mayOrder: async (request: BudgetRequest) => {
        asked.push(request);
        return { ok: true } as const;
      },
      issued: async () => void told.push('issued'),
      failed: async () => void told.push('failed'),
      registered: async () => void told.push('registered'),
      registrationsLimited: async () => void told.push('registrationsLimited'),
    };
    return { asked, told, hooks: { budget } };
  };

  it('another authority is named in the midst of an order: what the first one issues is replaced at once', async () => {
    const another = `${front.directoryUrl}?another`;
    let go = (): void => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    let isAsked = false;
    const slow: ChallengeSolver = {
      ...{ type: 'http-01', cleanUp: (challenge) => solver.cleanUp(challenge) },
      present: async (challenge, signal) => {
        isAsked = true;
        await held;
        await solver.present(challenge, signal);
      },
    };
    const bed = await bedOf({ solver: slow });
    bed.manager.want(wanted('moved.example.com'), draft());
    await waitFor(() => isAsked, { what: 'the challenge' });
    bed.manager.want(wanted('moved.example.com'), { ...draft(), directory: another });
    go();
    await waitFor(() => bed.manager.status()[0]?.certificate?.directory === another, {
      what: 'a certificate of the other authority',
      timeoutMs: 20_000,
    });
  });

  it('a chain that is not good counts as issued, since it was', async () => {
    const { told, hooks } = noting();
    const bed = await bedOf({ hooks });
    const { certPem } = await makeCertificate({ hosts: ['bad.example.com'], issuer: await makeAuthority() });
    front.instead = ({ path }) => (path.startsWith('/certZ/') ? { status: 200, body: certPem } : null);
    bed.manager.want(wanted('bad.example.com'), draft());
    const { attempts } = await bed.attempted('bad.example.com');
    expect(attempts[0]?.cause).toMatchObject({ code: 'chain_wrong', stage: 'download' });
    expect(bed.manager.certificates.size).toBe(0);
    expect(told).toEqual(['registered', 'issued']);
  });

  it('an order that ends after its validation: the reason is told, and is no failed validation', async () => {
    const { told, hooks } = noting();
    const bed = await bedOf({ hooks });
    let isFinal = false;
    front.instead = ({ path }) => {
      isFinal ||= path.startsWith('/finalize');
      if (!isFinal || !/^\/(?:finalize|my-order)/.test(path)) return null;
      const url = `${new URL(front.directoryUrl).origin}/my-order/1`;
      const error = { type: 'urn:ietf:params:acme:error:caa', detail: 'CAA forbids', status: 403 };
      const order = { status: 'invalid', finalize: url, authorizations: [], error };
      return json(200, order);
    };
    bed.manager.want(wanted('late.example.com'), draft());
    const { attempts, phase } = await bed.attempted('late.example.com');
    expect(attempts[0]?.cause).toMatchObject({ code: 'caa_forbids', stage: 'finalise' });
    expect(phase).toBe('production');
    expect(told).toEqual(['registered', 'failed']);
  });

  it('a renewal that is taken as a new order only needs room for one', async () => {
    const { asked, hooks } = noting();
    const bed = await bedOf({ hooks });
    front.directory = (fields) => ({ ...fields, renewalInfo: `${new URL(front.directoryUrl).origin}/ari` });
    front.instead = ({ path, payload }) =>
      path === NEW_ORDER && payload.replaces !== undefined
        ? json(409, { type: 'urn:ietf:params:acme:error:alreadyReplaced', detail: 'replaced already' })
        : null;
    bed.manager.want(wanted('again.example.com'), draft());
    await bed.issued('again.example.com');
    bed.manager.renew('again.example.com', true);
    await waitFor(() => bed.manager.status()[0]?.attempts.length === 2, {
      what: 'a renewal',
      timeoutMs: 20_000,
    });
    expect(asked.map(({ isRenewal, replaces }) => [isRenewal, replaces])).toEqual([
      [false, false],
      [true, true],
      [true, false],
    ]);
  });

  it('accounts that it does not make count for nothing, and its limit is kept', async () => {
    const { told, hooks } = noting();
    const bed = await bedOf({ hooks });
    front.instead = ({ path }) =>
      path === NEW_ACCOUNT
        ? json(
            429,
            { type: 'urn:ietf:params:acme:error:rateLimited', detail: 'too many new registrations' },
            { 'retry-after': '3600' },
          )
        : null;
    bed.manager.want(wanted('first.example.com'), draft());
    const { attempts, next } = await bed.attempted('first.example.com');
    expect(attempts[0]?.cause?.code).toBe('rate_limited');
    expect(next.atMs - Date.now()).toBeGreaterThan(0.9 * HOUR);
    expect(told).toEqual(['registrationsLimited']);
  });

  it('an authorization for another name is answered for nobody', async () => {
    const bed = await bedOf();
    front.instead = ({ path }) =>
      path.startsWith('/authZ/')
        ? json(200, {
            status: 'pending',
            identifier: { type: 'dns', value: 'victim.example.com' },
            challenges: [{ type: 'http-01', url: `${front.directoryUrl}/x`, status: 'pending', token: 'x' }],
          })
        : null;
    const { presented } = solver;
    bed.manager.want(wanted('asked.example.com'), draft());
    const { attempts } = await bed.attempted('asked.example.com');
    expect(attempts[0]?.cause).toMatchObject({
      code: 'authority_error',
      message: expect.stringMatching(/victim\.example\.com/),
    });
    expect(solver.presented).toBe(presented);
  });

  it('a close in the midst of a challenge ends it, and takes its answer away', async () => {
    const held: ChallengeSolver = {
      ...{ type: 'http-01', cleanUp: (challenge) => solver.cleanUp(challenge) },
      present: async (challenge, signal) => {
        await solver.present(challenge, signal);
        await once(signal, 'abort');
      },
    };
    const bed = await bedOf({ solver: held });
    bed.manager.want(wanted('closed.example.com'), draft());
    await waitFor(() => solver.open.size > 0, { what: 'the challenge' });
    await bed.manager.close();
    expect(solver.open.size).toBe(0);
    expect(bed.events).toEqual([]);
  });
});

function json(status: number, body: unknown, fields: Readonly<Record<string, string>> = {}): FrontAnswer {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  return { status, headers: { 'content-type': type, ...fields }, body: JSON.stringify(body) };
}
