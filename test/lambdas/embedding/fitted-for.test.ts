import { describe, expect, it } from 'vitest';
import { fittedFor, unfittedModel } from '../../../lambdas/embedding/fitted-for.ts';
import { environments } from '../../../lib/config/environments.ts';
import { packageNamed } from '../../../setup/model-archives.ts';

describe('the fitted coefficients', () => {
  it.each(Object.values(environments))('belong to the embedding model that $name serves', ({ models }) => {
    const { name, version } = packageNamed(models.embed.package);
    expect(fittedFor).toContain(`${name} ${version}`);
  });

  it('do not belong to another model, nor to another version of it', () => {
    expect(unfittedModel('embed-minilm-128 1.0.0')).toBe('embed-minilm-128 1.0.0');
    expect(unfittedModel('embed-minilm 99.0.0')).toBe('embed-minilm 99.0.0');
  });

  it('have nothing to say against words alone, which are fitted for themselves', () => {
    expect(unfittedModel(undefined)).toBeUndefined();
  });
});
