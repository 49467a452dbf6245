import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { ModelPackage } from '../../lambdas/contracts/models.ts';
import { modelArchiveFile } from '../../setup/model-archives.ts';
import { Children, requireFreePorts } from '../supervisor/children.ts';
import { addresses, emulatorEnvironment, instanceOf } from '../supervisor/instance.ts';
import { emulatorPlan, modelsPlan } from '../supervisor/plans.ts';

export interface OwnEndpoint {
  s3: S3Client;
  /** SageMaker's runtime API, without the emulator in between. */
  modelsUrl: string;
  modelsProcess: number;
  stop(): Promise<void>;
}

/** Which model answers under which name, and what the endpoint server is told beyond that. */
export interface OwnEndpointPlan {
  instance: string;
  basePort: number;
  endpointName: string;
  model: ModelPackage;
  image: 'pytorch-inference' | 'tensorflow-inference';
  asyncInference?: unknown;
  /** Beside the one of the archive. */
  buckets?: readonly string[];
}

const archives = 'models';
const archiveKey = 'model.tar.gz';

/**
 * S3 and the model server with one endpoint, nothing else of the system. This process's AWS clients are pointed at it.
 * @throws StartError where a port is taken or a part does not start
 */
export async function startOwnEndpoint(plan: OwnEndpointPlan): Promise<OwnEndpoint> {
  const instance = instanceOf(plan.instance, plan.basePort);
  const { emulator, models, torchServe } = instance.ports;
  await requireFreePorts({ emulator, models, torchServe }, 'end the run of this command that is still going');
  rmSync(instance.directory, { recursive: true, force: true });
  Object.assign(process.env, emulatorEnvironment(instance));
  const children = new Children(path.join(instance.directory, 'logs'), (name, log) => {
    throw new Error(`${name} ended by itself; its log is ${log}`);
  });
  // However this process ends by itself, it leaves neither of them running.
  const endWithUs = () => children.kill();
  process.once('exit', endWithUs);
  const stop = async (): Promise<void> => {
    await children.stop();
    process.off('exit', endWithUs);
    rmSync(instance.directory, { recursive: true, force: true });
  };
  try {
    await Promise.all([children.start(emulatorPlan(instance)), children.start(modelsPlan(instance))]);
    const s3 = new S3Client({ forcePathStyle: true });
    for (const Bucket of [archives, ...(plan.buckets ?? [])]) await s3.send(new CreateBucketCommand({ Bucket }));
    const Body = readFileSync(modelArchiveFile(plan.model));
    await s3.send(new PutObjectCommand({ Bucket: archives, Key: archiveKey, Body }));
    const modelsUrl = addresses(instance).models;
    await putEndpoint(modelsUrl, plan);
    return { s3, modelsUrl, modelsProcess: children.processIds()['models'] ?? 0, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function putEndpoint(modelsUrl: string, { endpointName, image, asyncInference }: OwnEndpointPlan): Promise<void> {
  const variant = {
    ...{ variantName: 'serving', image, modelDataUrl: `s3://${archives}/${archiveKey}` },
    environment: {},
  };
  const answer = await fetch(`${modelsUrl}/endpoints/${endpointName}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ endpointName, variants: [variant], asyncInference }),
  });
  if (!answer.ok) throw new Error(`the model server did not take the endpoint: ${await answer.text()}`);
}
