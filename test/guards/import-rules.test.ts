/** Every import rule of .dependency-cruiser.mjs catches what it was written for: a rule that matches nothing guards nothing. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import rules from '../../.dependency-cruiser.mjs';
import { ROOT } from '../support/source-tree.ts';

/** One small tree that breaks each rule once, and keeps to them elsewhere. */
const TREE: Readonly<Record<string, string>> = {
  'tsconfig.json':
    '{ "compilerOptions": { "module": "nodenext", "allowImportingTsExtensions": true, "noEmit": true } }',
  'package.json': '{ "type": "module" }',
  'node_modules/koffi/package.json': '{ "name": "koffi", "main": "index.js" }',
  'node_modules/koffi/index.js': 'module.exports = {};',
  // Broken.
  'src/kit/imports-bridge.ts': "import '../bridge/fine.ts';",
  'src/bridge/imports-primary.ts': "import '../primary/fine.ts';",
  'src/primary/imports-worker.ts': "import '../worker/fine.ts';",
  'src/worker/imports-primary.ts': "import '../primary/fine.ts';",
  'src/primary/source/imports-stage.ts': "import '../validate/fine.ts';",
  'src/primary/dns/imports-stage.ts': "import '../validate/fine.ts';",
  'src/primary/source/imports-store.ts': "import '../store/file-store.ts';",
  'src/worker/router/imports-stage.ts': "import '../balancer/fine.ts';",
  'src/worker/http1/imports-stage.ts': "import '../balancer/fine.ts';",
  'src/worker/http2/imports-stage.ts': "import '../balancer/fine.ts';",
  'src/worker/imports-generated.ts': "import '../bridge/snapshot/gen/snapshot.js';",
  'src/worker/exchange/imports-uws.ts': "import '../../native/uws.ts';",
  'src/kit/imports-native.ts': "import 'koffi';",
  'src/kit/imports-test.ts': "import '../../test/support/thing.ts';",
  'src/kit/cycle-a.ts': "import './cycle-b.ts';",
  'src/kit/cycle-b.ts': "import './cycle-a.ts';",
  // Fine.
  'src/kit/fine.ts': 'export const a = 1;',
  'src/bridge/fine.ts': "import '../kit/fine.ts';",
  'src/primary/fine.ts': "import '../bridge/fine.ts';",
  'src/primary/validate/fine.ts': "import '../fine.ts';",
  'src/primary/dns/fine.ts': "import '../../kit/fine.ts';",
  'src/primary/certs/fine.ts': "import '../dns/fine.ts';",
  'src/primary/store/store.ts': 'export const a = 1;',
  'src/primary/store/file-store.ts': "import './store.ts';",
  'src/primary/domains/fine.ts': "import '../store/store.ts';",
  'src/worker/fine.ts': "import '../bridge/fine.ts';",
  'src/worker/balancer/fine.ts': 'export const a = 1;',
  'src/worker/http1/fine.ts': "import '../../kit/fine.ts';",
  'src/worker/http2/fine.ts': "import '../http1/fine.ts';",
  'src/worker/upstream/fine.ts': "import '../http1/fine.ts'; import '../http2/fine.ts';",
  'src/worker/exchange/fine.ts': "import '../balancer/fine.ts';",
  'src/worker/listener/uws/fine.ts': "import '../../../native/uws.ts';",
  'src/bridge/snapshot/codec.ts': "import './gen/snapshot.js';",
  'src/bridge/snapshot/gen/snapshot.js': 'export const a = 1;',
  'src/native/uws.ts': "import 'koffi';",
  'test/support/thing.ts': 'export const a = 1;',
};

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

describe('import rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'penstock-import-rules-'));
  let violations: readonly Violation[] = [];

  beforeAll(() => {
    for (const [name, text] of Object.entries(TREE)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const cruiser = join(ROOT, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
    const args = ['src', '--config', join(ROOT, '.dependency-cruiser.mjs'), '--output-type', 'json'];
    const { stdout, stderr } = spawnSync(process.execPath, [cruiser, ...args], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    violations = JSON.parse(stdout).summary.violations;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(rules.forbidden.map(({ name }) => name))('%s catches its violation', (name) => {
    expect(violations.map(({ rule }) => rule.name)).toContain(name);
  });

  it('leave everything else alone', () => {
    const fine = violations.filter(({ from }) => from.includes('fine') || from.endsWith('codec.ts'));
    expect(fine).toEqual([]);
  });

  it('each say how to mend a violation', () => {
    expect(rules.forbidden.filter(({ comment }) => comment.length < 20)).toEqual([]);
  });
});
