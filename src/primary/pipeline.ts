/**
 * The way of a configuration, on one screen: read, validate, certificates, TLS modes, addresses, compile. Primary thread.
 * The stages never call each other; this conductor does. Nothing is changed by it: what comes out is published, or not.
 */

import { setImmediate } from 'node:timers/promises';
import type { SnapshotContent } from '../bridge/snapshot/content.ts';
import type { Certificate, Snapshot, UpstreamTls } from '../bridge/snapshot/model.ts';
import { type Clock, systemClock } from '../kit/clock.ts';
import type { Problem } from '../kit/problem.ts';
import type { AcmeDraft } from './certs/acme/acme-draft.ts';
import { loadAcme } from './certs/acme/load-acme.ts';
import { type WantedName, wantedNames } from './certs/acme/wanted-names.ts';
import { drySelfSigned } from './certs/dry-self-signed.ts';
import { KnownPairs, type PairReader } from './certs/known-pairs.ts';
import { loadCertificate } from './certs/load-certificate.ts';
import { loadUpstreamTls } from './certs/load-upstream-tls.ts';
import type { SelfSignedStore } from './certs/self-signed.ts';
import { type CompileInputs, compile } from './compile/compile.ts';
import { planTls } from './compile/plan-tls.ts';
import { tlsModes } from './compile/tls-modes.ts';
import { formatPath } from './config-document.ts';
import type { ConfigDraft } from './draft.ts';
import { KnownDraft } from './known-draft.ts';
import { makePublication } from './publish/publication.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type BoundLookup = CompileInputs['boundTo'];

/** What was read before. */
export interface KnownReadings {
  readonly draft: KnownDraft;
  readonly pairs: KnownPairs;
}

export function nothingKnown(): KnownReadings {
  return { draft: new KnownDraft(), pairs: new KnownPairs() };
}

/** What the stages need of the process that they run in. */
export interface PipelineGround {
  readonly clock: Clock;
  readonly env: Environment;
  readonly known: KnownReadings;
  /** Files whose stamps are as before are not read again. False where a reload was asked for: it takes nothing for granted. */
  readonly trustStamps: boolean;
  selfSigned(draft: ConfigDraft): SelfSignedStore;
  /** What authorities gave before, by name. */
  automatic(draft: ConfigDraft): Promise<ReadonlyMap<string, Certificate>>;
  /** Finds a port and an IP address for every address, and out whether new ones can be had. */
  addresses(draft: ConfigDraft, opensHttps: boolean): Promise<BoundLookup | readonly Problem[]>;
  /** What only a new start can change. */
  checkAgainstRunning(draft: ConfigDraft): readonly Problem[];
  /** Standard error is a terminal. */
  readonly terminal: boolean;
}

export interface Compiled {
  readonly draft: ConfigDraft;
  readonly content: SnapshotContent;
  /** Null where no certificates are obtained. */
  readonly acme: AcmeDraft | null;
  /** What automatic certificates are to be obtained for. */
  readonly wanted: readonly WantedName[];
  /** The content with these automatic certificates. Reads no file of the configuration: what was read then holds. */
  withAutomatic(certificates: ReadonlyMap<string, Certificate>): Promise<SnapshotContent>;
}

export interface PipelineResult {
  /** Null where there are problems. */
  readonly compiled: Compiled | null;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Every file whose change is worth another try, also where this one failed. */
  readonly watchedFiles: readonly string[];
  /** The stamps of those among them that are known to have been read with it. */
  readonly readStamps: ReadonlyMap<string, string>;
}

/** Nothing else of the primary thread waits for longer while certificates are read: it answers probes and checks health. */
const TURN_MS = 20;

export async function runPipeline(file: string, ground: PipelineGround): Promise<PipelineResult> {
  const { env, known: before, trustStamps } = ground;
  const startedMs = ground.clock.epochMs();
  // :: 1. and 2. Bytes to plain values with positions; values to a draft, or every problem.
  const { draft, problems, watchedFiles } = before.draft.read({ file, env, startedMs, trustStamps });
  const warnings: Problem[] = [];
  const files = before.pairs.reading(startedMs, trustStamps);
  const result = (compiled: Compiled | null, found: readonly Problem[]): PipelineResult => ({
    compiled,
    problems: found,
    warnings,
    watchedFiles,
    readStamps: files.stamps,
  });
  const failed = (found: readonly Problem[]): PipelineResult => result(null, found);
  if (draft === null) return failed(problems);
  const fixed = ground.checkAgainstRunning(draft);
  if (fixed.length > 0) return failed(fixed);
  // :: 3. Own certificates, those of TLS to endpoints, and the root of the authority.
  const own = await loadCertificates(draft, ground.clock, files, warnings);
  before.pairs.keep(files);
  if ('problems' in own) return failed(own.problems);
  const { certificates, upstreamTls, acme } = own;
  // :: 4. Which route is served how over TLS, and which names are to get automatic certificates.
  const tls = tlsModes(draft, certificates);
  warnings.push(...tls.warnings);
  const { modes } = tls;
  if (modes === null) return failed(tls.problems);
  const wanted = wantedNames(draft.routes, modes.wanted, acme?.email ?? null);
  warnings.push(...wanted.warnings);
  // :: 5. Addresses.
  const boundTo = await ground.addresses(draft, modes.opensHttps);
  if (typeof boundTo !== 'function') return failed(boundTo);
  // :: 6. One content, ready to be numbered and published; and another whenever an automatic certificate comes.
  const selfSigned = ground.selfSigned(draft);
  const withAutomatic: Compiled['withAutomatic'] = async (automatic) => {
    const plan = await planTls(draft.routes, modes, { own: certificates, automatic, selfSigned });
    return compile(draft, { tls: plan, upstreamTls, boundTo, terminal: ground.terminal });
  };
  const { names } = wanted;
  const known = acme === null || names.length === 0 ? NOTHING_OBTAINED : await ground.automatic(draft);
  return result({ draft, content: await withAutomatic(known), acme, wanted: names, withAutomatic }, []);
}

const NOTHING_OBTAINED: ReadonlyMap<string, Certificate> = new Map();

export interface Preparation {
  readonly prepared: { readonly draft: ConfigDraft; readonly snapshot: Snapshot } | null;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** For `check`, `routes` and `explain`: the same way, but nothing is written, opened or made. */
export async function prepareConfiguration(file: string, env: Environment): Promise<Preparation> {
  const { compiled, problems, warnings } = await runPipeline(file, {
    clock: systemClock,
    env,
    known: nothingKnown(),
    trustStamps: false,
    selfSigned: drySelfSigned,
    automatic: () => Promise.resolve(NOTHING_OBTAINED),
    addresses: () => Promise.resolve((_, configured) => configured),
    checkAgainstRunning: () => [],
    terminal: false,
  });
  if (compiled === null) return { prepared: null, problems, warnings };
  const { snapshot } = makePublication(compiled.content, 1, 0);
  return { prepared: { draft: compiled.draft, snapshot }, problems, warnings };
}

/** What the files of a configuration hold. */
interface Loaded {
  readonly certificates: readonly Certificate[];
  /** By the name of the service. */
  readonly upstreamTls: ReadonlyMap<string, UpstreamTls>;
  readonly acme: AcmeDraft | null;
}

async function loadCertificates(
  draft: ConfigDraft,
  clock: Clock,
  files: PairReader,
  warnings: Problem[],
): Promise<Loaded | { readonly problems: readonly Problem[] }> {
  const certificates: Certificate[] = [];
  const upstreamTls = new Map<string, UpstreamTls>();
  const problems: Problem[] = [];
  const nowMs = clock.epochMs();
  let turnMs = clock.nowMs();
  for (const [index, entry] of draft.certificates.entries()) {
    const result = loadCertificate(entry, `certificates[${index}]`, nowMs, files);
    if ('problems' in result) problems.push(...result.problems);
    else {
      certificates.push(result.certificate);
      warnings.push(...result.warnings);
    }
    if (clock.nowMs() - turnMs < TURN_MS) continue;
    await setImmediate();
    turnMs = clock.nowMs();
  }
  for (const { name, tls } of draft.services) {
    if (tls === null) continue;
    const result = loadUpstreamTls(tls, formatPath(['services', name, 'tls']), nowMs);
    if ('problems' in result) problems.push(...result.problems);
    else {
      upstreamTls.set(name, result.tls);
      warnings.push(...result.warnings);
    }
  }
  const loaded = loadAcme(draft.acme);
  if ('problems' in loaded) return { problems: [...problems, ...loaded.problems] };
  return problems.length > 0 ? { problems } : { certificates, upstreamTls, acme: loaded.acme };
}
