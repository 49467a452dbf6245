import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelFileJsonSchema, modelFileSchema } from '../../../lambdas/contracts/model-file.ts';
import { root } from '../../../setup/places.ts';

const packaging = path.join(root, 'model-packaging');
const packages = globSync('models/*/model.json', { cwd: packaging });
const read = (file: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path.join(packaging, file), 'utf8')) as Record<string, unknown>;

describe('model.json', () => {
  it.each(packages)('%s holds all that the schema asks, and nothing that it does not know', (file) => {
    expect(modelFileSchema.safeParse(read(file)).error).toBeUndefined();
  });

  it('is refused without a licence, with limits of another name, or with a source that is pinned to no version', () => {
    const [file = ''] = packages;
    const whole = read(file);
    const { licence: _, ...withoutLicence } = whole;
    const broken = [
      withoutLicence,
      { ...whole, limits: { ...(whole['limits'] as object), maxLetters: 7 } },
      { ...whole, source: { kind: 'pypi', package: 'some-weights', files: [] } },
    ];
    for (const each of broken) expect(modelFileSchema.safeParse(each).success).toBe(false);
  });

  it('is described to Python by the same schema', () => {
    expect(readFileSync(path.join(packaging, 'model.schema.json'), 'utf8')).toBe(modelFileJsonSchema());
  });
});
