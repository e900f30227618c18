/** package-lock.json serves every platform and names no registry: `npm ci` must work wherever a clone is made. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/source-tree.ts';

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const text = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
const { packages } = JSON.parse(text) as { readonly packages: Readonly<Record<string, LockedPackage>> };
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

describe('package-lock.json', () => {
  it('holds every optional package, those of other platforms too', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.entries(optionalDependencies)
        .filter(([, version]) => /^\d+\.\d+\.\d+$/.test(version))
        .map(([name]) => name)
        .filter(
          (name) => !(`node_modules/${name}` in packages || `${path}/node_modules/${name}` in packages),
        ),
    );
    expect(missing, 'run `node scripts/complete-lock.mjs`').toEqual([]);
  });

  it('names no host', () => {
    expect(Object.values(packages).filter(({ resolved }) => resolved?.startsWith('http'))).toEqual([]);
  });

  it('fits the exact versions of package.json', () => {
    const asked = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    const loose = asked.filter(([name, version]) => {
      const exact = version.replace(/^npm:.*@/, '');
      return packages[`node_modules/${name}`]?.version !== exact;
    });
    expect(loose).toEqual([]);
  });
});
