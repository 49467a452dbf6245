import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import type { ModelPackage } from '../../lambdas/contracts/models.ts';
import { modelArchiveFile, servedLocally } from '../../setup/model-archives.ts';
import { places, root } from '../../setup/places.ts';
import { ownPython } from './own-python.ts';

export const cache = path.join(places.workshop, 'measure', 'models');
const packaging = path.join(root, 'model-packaging');

/** TorchServe's published Hugging Face example pads every text to so many tokens. */
const paddedTokens = 150;

export const textEndpoints = ['embed', 'entities'] as const;
export type TextEndpoint = (typeof textEndpoints)[number];

/** The same weights three times: as they ship, and as eager PyTorch with and without padding. */
export interface PreparedModel {
  model: ModelPackage;
  archiveSha256: string;
  shipped: string;
  padded: string;
  unpadded: string;
}

export function servedPackage(endpoint: TextEndpoint | 'rerank'): ModelPackage {
  const model = servedLocally().find((one) => one.endpoint === endpoint);
  if (model === undefined) throw new Error(`no package serves the ${endpoint} endpoint locally`);
  return model;
}

export async function prepareModel(endpoint: TextEndpoint): Promise<PreparedModel> {
  const model = servedPackage(endpoint);
  return {
    model,
    ...(await unpackShipped(model)),
    padded: await makeEager(model, paddedTokens),
    unpadded: await makeEager(model, 0),
  };
}

/** The archive that set-up built, unpacked as SageMaker would. */
export async function unpackShipped(model: ModelPackage): Promise<{ shipped: string; archiveSha256: string }> {
  const archive = modelArchiveFile(model);
  return { shipped: await unpackArchive(archive), archiveSha256: await sha256Of(archive) };
}

/** A folder of an archive's own, named by its bytes. */
export async function unpackArchive(archive: string): Promise<string> {
  const folder = path.join(cache, `archive-${(await sha256Of(archive)).slice(0, 12)}`);
  if (!existsSync(folder)) {
    const unfinished = `${folder}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
    await execa('tar', ['-xzf', archive, '-C', unfinished]);
    await rename(unfinished, folder);
  }
  return folder;
}

const sha256Of = async (file: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

async function makeEager(model: ModelPackage, padTo: number): Promise<string> {
  const folder = path.join(cache, `${model.name}-eager-${padTo}`);
  await mkdir(cache, { recursive: true });
  await execa(
    places.pythonBinary,
    [path.join(import.meta.dirname, 'prepare_eager.py'), model.name, String(padTo), folder],
    { env: { PYTHONPATH: packaging }, stderr: 'inherit' },
  );
  return folder;
}

/** A Python with torch and transformers, of the measures' own. */
export const eagerPython = (): Promise<string> =>
  ownPython({
    folder: path.join(places.workshop, 'measure-python'),
    requirements: path.join(import.meta.dirname, 'requirements.txt'),
    stamp: 'eager.sha256',
    what: 'PyTorch and transformers: 5.5 GB, some minutes',
  });

/** Asks measure/models/bare.py about an unpacked archive, without a server around it. */
export async function bare(
  command: 'time' | 'variant' | 'tokens' | 'profile',
  folder: string,
  requests: readonly unknown[],
  python: string = places.pythonBinary,
): Promise<unknown> {
  const file = path.join(cache, `requests-${command}.json`);
  await mkdir(cache, { recursive: true });
  await writeFile(file, JSON.stringify(requests));
  const { stdout } = await execa(python, [path.join(import.meta.dirname, 'bare.py'), command, folder, file], {
    // As `wirescope_server` sets them.
    env: {
      PYTHONPATH: packaging,
      OMP_NUM_THREADS: '1',
      TOKENIZERS_PARALLELISM: 'false',
      GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
    },
    stderr: 'inherit',
  });
  return JSON.parse(stdout);
}
