/** `penstock explain`: which route takes a request, why not the others, and what each policy does to it. */

import { Command } from 'commander';
import { createSecretMask } from '../kit/secret-mask.ts';
import { configOption, jsonOption } from './config-option.ts';
import { ExitStatus } from './exit-status.ts';
import { parseExplainRequest } from './explain-request.ts';
import { explainRequest } from './explanation.ts';
import { formatExplanation } from './format-explanation.ts';
import type { Done, Io } from './io.ts';
import { loadConfiguration } from './load-configuration.ts';

interface ExplainOptions {
  readonly config: string;
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
      const explanation = explainRequest(snapshot, request);
      const secrets = createSecretMask();
      secrets.set(draft.secretValues);
      io.stdout(
        options.json === true
          ? secrets.json(`${JSON.stringify(explanation)}\n`)
          : secrets.text(formatExplanation(explanation, process.cwd())),
      );
      done(ExitStatus.DONE);
    });
}
