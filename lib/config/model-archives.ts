import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ModelPackage } from '../../lambdas/contracts/models.ts';
import type { EnvironmentName } from './schema.ts';

/** A package with the archive of it that an environment's endpoint serves. */
export interface DeployedModel extends ModelPackage {
  /** In the models bucket. Other bytes have another key, and so does another version. */
  readonly archiveKey: string;
  /** Without it nobody knows which bytes would be served: a template can be read, not deployed. */
  readonly isArchiveBuilt: boolean;
}

/** Twelve hexadecimal digits: 48 bits, of which two archives of one version agree by chance in 1 of 10^14 cases. */
const identityDigits = 12;
const unbuilt = 'unbuilt';

/**
 * Where `npm run package-models` leaves the archive that an environment serves. TF Serving's container takes a
 * SavedModel, which is built by a flag of its own because it needs TensorFlow; the ONNX archive beside it is what a
 * machine without that container serves.
 */
export function archiveFile(
  directory: string,
  { name, version, endpoint }: Pick<ModelPackage, 'name' | 'version' | 'endpoint'>,
  environment: EnvironmentName,
): string {
  const isSavedModel = endpoint === 'shots' && environment !== 'local';
  return path.join(directory, name, version, ...(isSavedModel ? ['tensorflow'] : []), 'model.tar.gz');
}

/** Where an archive lies in the models bucket. */
export const archiveKey = ({ name, version }: { name: string; version: string }, sha256: string): string =>
  `models/${name}/${version}-${sha256.slice(0, identityDigits)}/model.tar.gz`;

/** Where all archives of a model lie, whatever their version and bytes. */
export const archivePrefix = ({ name }: { name: string }): string => `models/${name}/`;

/** Adds which archive serves a package: the one in `file`, by its bytes. */
export function withArchive(model: ModelPackage, file: string): DeployedModel {
  const sha256 = sha256Of(file);
  return { ...model, archiveKey: archiveKey(model, sha256 ?? unbuilt), isArchiveBuilt: sha256 !== undefined };
}

/** By file, size and time of change: one process may synthesise often, and an archive has some 80 MB. */
const known = new Map<string, string>();

/** @returns undefined where there is no such file */
function sha256Of(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const state = `${file} ${stat.size} ${stat.mtimeMs}`;
  const sha256 = known.get(state) ?? createHash('sha256').update(readFileSync(file)).digest('hex');
  known.set(state, sha256);
  return sha256;
}
