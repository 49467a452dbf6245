import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../setup/places.ts';

/** Relative imports of a file, as paths from the root. */
function importsOf(file: string): string[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map(
    ([, specifier]) => specifier ?? '',
  );
  return specifiers.map((specifier) => path.posix.join(path.posix.dirname(file), specifier));
}

const sources = globSync('{bin,lib,lambdas,local,setup,web/src,measure,evaluation,sizing}/**/*.{ts,tsx}', {
  cwd: root,
}).sort();
const steps = ['admit', 'shots', 'describe', 'enrich', 'index', 'search', 'operate', 'workflow', 'api', 'live'];

/** The house a file lives in: a step's folder of lambdas is a house of its own. */
const houseOf = (file: string): string => {
  const [top = '', second = ''] = file.split('/');
  return top === 'lambdas' ? `lambdas/${second}` : top;
};

/** The shot detector itself: the archive's step and the live service run the same code. */
const detectors = ['shots', 'live'];
/** Which version of the embedding model makes, holds and answers: what these steps must agree on. */
const embedders = ['enrich', 'index', 'search'];

const allowed: Record<string, readonly string[]> = {
  // The operator compares embedding versions by the evaluation's collections and metrics.
  bin: ['evaluation', 'lib', 'lambdas/contracts', 'lambdas/clients', 'lambdas/runtime', 'lambdas/embedding', 'setup'],
  lib: ['lambdas/contracts'],
  'lambdas/contracts': [],
  'lambdas/runtime': ['lambdas/contracts'],
  'lambdas/clients': ['lambdas/contracts', 'lambdas/runtime'],
  ...Object.fromEntries(
    steps.map((step) => [
      `lambdas/${step}`,
      [
        'lambdas/clients',
        'lambdas/runtime',
        'lambdas/contracts',
        ...(detectors.includes(step) ? ['lambdas/detection'] : []),
        ...(embedders.includes(step) ? ['lambdas/embedding'] : []),
      ],
    ]),
  ),
  'lambdas/detection': ['lambdas/clients', 'lambdas/runtime', 'lambdas/contracts'],
  'lambdas/embedding': ['lambdas/clients', 'lambdas/runtime', 'lambdas/contracts'],
  web: ['lambdas/contracts'],
  setup: ['lib', 'lambdas/contracts'],
  // An evaluation runs the product's own parts over test collections.
  evaluation: [
    'local',
    'setup',
    'lib',
    'lambdas/contracts',
    'lambdas/clients',
    'lambdas/runtime',
    'lambdas/embedding',
    ...steps.map((step) => `lambdas/${step}`),
  ],
  // Sizing drives an endpoint with the evaluation's texts, by the product's own client.
  sizing: ['evaluation', 'local', 'setup', 'lib', 'lambdas/contracts', 'lambdas/clients', 'lambdas/runtime'],
  // A measure times the product's own parts, whichever they are.
  measure: [
    'bin',
    'evaluation',
    'sizing',
    'local',
    'setup',
    'lib',
    'lambdas/contracts',
    'lambdas/clients',
    'lambdas/runtime',
    'lambdas/detection',
    'lambdas/embedding',
    ...steps.map((step) => `lambdas/${step}`),
  ],
};

describe('the arrows between the houses', () => {
  it('reads imports from the sources at all', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.flatMap(importsOf).length).toBeGreaterThan(100);
  });

  it('knows every house', () => {
    const unknown = new Set(sources.map(houseOf).filter((house) => house !== 'local' && !(house in allowed)));
    expect([...unknown]).toEqual([]);
  });

  it('lets each house import only what it may stand on', () => {
    const wrong = sources
      .filter((file) => houseOf(file) !== 'local')
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => {
            const house = houseOf(target);
            return house !== houseOf(file) && !(allowed[houseOf(file)] ?? []).includes(house);
          })
          .map((target) => `${file} -> ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  it('keeps policy statements in lib/resources', () => {
    const elsewhere = globSync('lib/**/*.ts', { cwd: root })
      .filter((file) => !file.startsWith('lib/resources/'))
      .filter((file) =>
        /PolicyStatement|addToRolePolicy|addToResourcePolicy/.test(readFileSync(path.join(root, file), 'utf8')),
      );
    expect(elsewhere).toEqual([]);
  });

  it('keeps entry points thin: a *.lambda.ts exports its handler and little else', () => {
    const entries = globSync('lambdas/**/*.lambda.ts', { cwd: root });
    expect(entries.length).toBeGreaterThanOrEqual(9);
    const thick = entries.filter((file) => readFileSync(path.join(root, file), 'utf8').split('\n').length > 80);
    expect(thick).toEqual([]);
    for (const file of entries)
      expect(readFileSync(path.join(root, file), 'utf8')).toMatch(/export (const|(async )?function) handler\b/);
  });
});
