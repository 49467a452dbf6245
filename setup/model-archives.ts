import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type ModelPackage, modelPackageSchema } from '../lambdas/contracts/models.ts';
import { environments } from '../lib/config/environments.ts';
import { places, root } from './places.ts';

/** The packages that an environment's endpoints serve, as their model.json describes them. */
export function packagesOf(environment: keyof typeof environments): ModelPackage[] {
  return Object.values(environments[environment].models).map(({ package: name }) =>
    modelPackageSchema.parse(
      JSON.parse(readFileSync(path.join(root, 'model-packaging', 'models', name, 'model.json'), 'utf8')),
    ),
  );
}

export const servedLocally = (): ModelPackage[] => packagesOf('local');

export const modelArchiveFile = (model: ModelPackage): string =>
  path.join(places.models, model.name, model.version, 'model.tar.gz');
