import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { ModelPackage } from '../../../lambdas/contracts/models.ts';
import { Children, requireFreePorts } from '../../../local/supervisor/children.ts';
import { addresses, emulatorEnvironment, instanceOf } from '../../../local/supervisor/instance.ts';
import { emulatorPlan, modelsPlan } from '../../../local/supervisor/plans.ts';
import { modelArchiveFile } from '../../../setup/model-archives.ts';

const basePort = 6810;

export interface LocalService {
  s3: S3Client;
  modelsProcess: number;
  stop(): Promise<void>;
}

/** S3 and the model server with its asynchronous `shots` endpoint, nothing else of the system. */
export async function startService(model: ModelPackage): Promise<LocalService> {
  const instance = instanceOf('measure-scale', basePort);
  const { emulator, models, torchServe } = instance.ports;
  await requireFreePorts({ emulator, models, torchServe }, 'end the run of this measure that is still going');
  rmSync(instance.directory, { recursive: true, force: true });
  Object.assign(process.env, emulatorEnvironment(instance));
  const children = new Children(path.join(instance.directory, 'logs'), (name, log) => {
    throw new Error(`${name} ended by itself; its log is ${log}`);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void children.stop().finally(() => process.exit(1)));
  await Promise.all([children.start(emulatorPlan(instance)), children.start(modelsPlan(instance))]);
  const s3 = new S3Client({ forcePathStyle: true });
  for (const Bucket of ['originals', 'derived', 'models']) await s3.send(new CreateBucketCommand({ Bucket }));
  const Body = readFileSync(modelArchiveFile(model));
  await s3.send(new PutObjectCommand({ Bucket: 'models', Key: 'model.tar.gz', Body }));
  const variant = {
    ...{ variantName: 'serving', image: 'tensorflow-inference', modelDataUrl: 's3://models/model.tar.gz' },
    environment: {},
  };
  const asyncInference = {
    OutputConfig: {
      S3OutputPath: 's3://derived/inference/shots/output/',
      S3FailurePath: 's3://derived/inference/shots/failure/',
    },
  };
  const answer = await fetch(`${addresses(instance).models}/endpoints/shots`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ endpointName: 'shots', variants: [variant], asyncInference }),
  });
  if (!answer.ok) throw new Error(`the model server did not take the endpoint: ${await answer.text()}`);
  return {
    s3,
    modelsProcess: children.processIds()['models'] ?? 0,
    stop: async () => {
      await children.stop();
      rmSync(instance.directory, { recursive: true, force: true });
    },
  };
}
