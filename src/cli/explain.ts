/** `penstock explain`: which route takes a request, why not the others, and what each policy does to it. */

import { Command } from 'commander';
import type { Snapshot } from '../bridge/snapshot/model.ts';
import { readable } from '../kit/byte-string.ts';
import { createSecretMask } from '../kit/secret-mask.ts';
import type { AdminOptions } from './admin-target.ts';
import { askBuckets, findRunning, type Running } from './ask-running.ts';
import { adminOption, configOption, jsonOption, tokenOption } from './config-option.ts';
import { ExitStatus } from './exit-status.ts';
import { type ExplainRequest, parseExplainRequest } from './explain-request.ts';
import { type Explanation, explainRequest } from './explanation.ts';
import { formatExplanation } from './format-explanation.ts';
import type { Done, Io } from './io.ts';
import { loadConfiguration } from './load-configuration.ts';
import { runningView } from './running-view.ts';

interface ExplainOptions extends AdminOptions {
  readonly request: string;
  readonly header: readonly string[];
  readonly ip: string;
  readonly json?: true;
}

const append = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function explainCommand(io: Io, done: Done): Command {
  return new Command('explain')
    .description('say which route takes a request, why not the others, and what becomes of it')
    .argument('<url>', 'such as https://api.example.com/v1?x=1; http and any path work too')
    .addOption(configOption())
    .option('-X, --request <method>', 'the method', 'GET')
    .option('-H, --header <field>', "a field, 'Name: value'; may be given several times", append, [])
    .option('--ip <address>', 'the address that the connection comes from', '127.0.0.1')
    .addOption(adminOption())
    .addOption(tokenOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      "\nExample:\n  penstock explain -X POST -H 'X-Env: canary' https://api.example.com/v1 -c penstock.yaml\n",
    )
    .action(async (url: string, options: ExplainOptions) => {
      const request = parseExplainRequest({
        url,
        method: options.request,
        headers: options.header,
        ip: options.ip,
      });
      const { draft, snapshot } = await loadConfiguration(options.config, io);
      const running = await findRunning(options, io);
      const { explanation, source } =
        typeof running === 'string'
          ? { explanation: explainRequest(snapshot, request), source: { running: null, note: running } }
          : await explainWith(running, snapshot, request);
      const secrets = createSecretMask();
      secrets.set(draft.secretValues);
      io.stdout(
        options.json === true
          ? secrets.json(`${JSON.stringify({ ...explanation, source })}\n`)
          : secrets.text(formatExplanation(explanation, sourceText(source), process.cwd())),
      );
      done(ExitStatus.DONE);
    });
}

/** Where the numbers come from. */
interface Source {
  /** Null: the configuration alone. */
  readonly running: { readonly url: string; readonly snapshotVersion: number } | null;
  /** What is not known, and why; empty: nothing. */
  readonly note: string;
}

async function explainWith(
  running: Running,
  snapshot: Snapshot,
  request: ExplainRequest,
): Promise<{ readonly explanation: Explanation; readonly source: Source }> {
  const { target, version, services } = running;
  // Once to learn which limits it is asked against, then with what is left of them.
  const { route, request: asked, rateLimits } = explainRequest(snapshot, request);
  const names = new Set(rateLimits.map(({ header }) => header));
  const buckets =
    route === null || rateLimits.length === 0
      ? []
      : await askBuckets(running, {
          route: route.name,
          client: asked.client,
          host: asked.host,
          headers: headersOf(request, names),
        });
  const isKnown = typeof buckets !== 'string';
  return {
    explanation: explainRequest(snapshot, request, runningView(services, isKnown ? buckets : [])),
    source: {
      running: { url: target.url.origin, snapshotVersion: version },
      note: isKnown ? '' : `its rate limits are not known: ${buckets}`,
    },
  };
}

/** As text. A field that comes twice is joined, as the workers see it. */
function headersOf({ fields }: ExplainRequest, names: ReadonlySet<string>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? '';
    if (!names.has(name)) continue;
    const value = readable(fields[at + 1] ?? '');
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  return headers;
}

function sourceText({ running, note }: Source): string {
  if (running === null) return `as configured, nothing of a running penstock: ${note}`;
  const from = `of the penstock at ${running.url}, snapshot ${running.snapshotVersion}`;
  return note === '' ? from : `${from}; ${note}`;
}
