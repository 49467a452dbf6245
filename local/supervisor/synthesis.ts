import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { ModelPackage } from '../../lambdas/contracts/models.ts';
import { archiveFile } from '../../lib/config/model-archives.ts';
import { places, root } from '../../setup/places.ts';
import { mustRun } from '../../setup/program.ts';
import { fingerprint } from '../../setup/step.ts';
import { addresses, type Instance } from './instance.ts';

const inputs = [
  'bin/app.ts',
  'cdk.json',
  'package-lock.json',
  'lib/**/*.ts',
  'lambdas/**/*.ts',
  'web/dist/**/*',
  'model-packaging/models/*/model.json',
];

/**
 * Synthesises the stacks of the local environment, unless nothing they are made of has changed.
 * The app itself is run, with the context that `cdk` would hand it: one process less than through the command line.
 * @returns the cloud assembly's folder.
 */
export async function synthesise(
  instance: Instance,
  served: readonly ModelPackage[],
  { captionApi, embedNext }: { captionApi: string | undefined; embedNext: string | undefined },
): Promise<string> {
  const output = path.join(instance.directory, 'cdk.out');
  const stamp = path.join(instance.directory, 'cdk.out.sha256');
  const context = {
    ...(JSON.parse(readFileSync(path.join(root, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> }).context,
    env: 'local',
    emulatorEndpoint: addresses(instance).emulator,
    pageOrigin: addresses(instance).page,
    webDist: places.pageBuild,
    ...(captionApi === undefined ? {} : { captionApi }),
    ...(embedNext === undefined ? {} : { embedNext }),
  };
  const key = `${fingerprint(inputs)} ${JSON.stringify(context)} ${served.map(archiveState).join(' ')}`;
  if (existsSync(path.join(output, 'manifest.json')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === key)
    return output;
  await rm(output, { recursive: true, force: true });
  await mustRun('synthesising the stacks', 'its message stands above.', process.execPath, ['bin/app.ts'], {
    env: { CDK_OUTDIR: output, CDK_CONTEXT_JSON: JSON.stringify(context) },
  });
  writeFileSync(stamp, key);
  return output;
}

/** The templates name archives by their bytes, of which there are too many to read at every start. */
function archiveState(model: ModelPackage): string {
  const { size, mtimeMs } = statSync(archiveFile(places.models, model, 'local'));
  return `${model.name} ${size} ${mtimeMs}`;
}
