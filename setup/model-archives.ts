import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type ModelPackage, modelPackageSchema } from '../lambdas/contracts/models.ts';
import { environments } from '../lib/config/environments.ts';
import { archiveFile } from '../lib/config/model-archives.ts';
import { places, root } from './places.ts';

/** A package by its folder below model-packaging/models. */
export const packageNamed = (name: string): ModelPackage =>
  modelPackageSchema.parse(
    JSON.parse(readFileSync(path.join(root, 'model-packaging', 'models', name, 'model.json'), 'utf8')),
  );

/** The packages that an environment's endpoints serve, as their model.json describes them. */
export const packagesOf = (environment: keyof typeof environments): ModelPackage[] =>
  Object.values(environments[environment].models as Record<string, { package: string }>).map((model) =>
    packageNamed(model.package),
  );

export const servedLocally = (): ModelPackage[] => packagesOf('local');

export const modelArchiveFile = (model: ModelPackage): string => archiveFile(places.models, model, 'local');
